"""The events of a workflow, and what it gives in the end, written into a response."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentStreamStructuredOutput,
    AgentWorkflow,
    CodeActAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.agent.workflow.base_agent import BaseWorkflowAgent
from llama_index.core.tools import ToolSelection
from llama_index.core.workflow import Event, InputRequiredEvent, StopEvent, Workflow
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.content import output_content
from spanloom_adapters.llama_index.model_turn import ModelTurn, call_items
from spanloom_adapters.llama_index.results import ResultWriter
from spanloom_adapters.llama_index.sources import Sources, nodes_of
from spanloom_adapters.llama_index.splitting import (
    CodeActSplitter,
    GuessingSplitter,
    PlainSplitter,
    ReActSplitter,
    Splitter,
)

__all__ = ["WorkflowOutput"]

Events = list[ResponsesAgentStreamEvent]


class WorkflowOutput:
    """Takes the events of a workflow, and returns those to send.

    The events of agents are read wherever they come from, also those that a workflow of one's own passes on from
    agents inside of it. Of other events, a text in `delta` is part of the answer.

    Args:
        run: The run whose response is written.
        workflow: The workflow, where it is known.

    Attributes:
        questions: What a person was asked.
        finish_word: The provider's word for why the last turn of an agent ended, if known.
    """

    def __init__(self, run: Run, workflow: Workflow | None = None) -> None:
        self.questions: list[InputRequiredEvent] = []
        self.finish_word: str | None = None
        self._run = run
        self._sources = Sources(run)
        self._results = ResultWriter(run, self._sources)
        self._agents = _agents_of(workflow)
        self._named = not isinstance(workflow, BaseWorkflowAgent) and len(self._agents) != 1
        self._turns: dict[str | None, ModelTurn] = {}
        self._said: str | None = None

    def add(self, event: Event) -> Events:
        """Take an event."""
        if isinstance(event, AgentStream):
            return self._turn(event.current_agent_name).add(event.delta, event.thinking_delta, event.raw)
        if isinstance(event, AgentOutput):
            return self._end_turn(event)
        if isinstance(event, ToolCallResult):
            return self._add_result(event)
        if isinstance(event, AgentStreamStructuredOutput):
            self._run.custom_outputs["structured_response"] = to_jsonable_python(event.output, fallback=str)
        elif isinstance(event, InputRequiredEvent):
            self.questions.append(event)
        elif not isinstance(event, StopEvent):
            delta = getattr(event, "delta", None)
            if isinstance(delta, str):
                return self._turn(None).add(delta)
        return []

    async def finish(self, result: Any) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
        """Yield the events of the result, as far as it was not said before."""
        for event in self.close():
            yield event
        async with aclosing(self._results.stream(*self._rest(result))) as events:
            async for event in events:
                yield event

    def finish_whole(self, result: Any) -> Events:
        """Return them, of a result that is no stream."""
        return self.close() + self._results.write(*self._rest(result))

    def close(self) -> Events:
        """Finish what is open."""
        events: Events = []
        for name, turn in self._turns.items():
            if name is None and turn.spoke:
                self._said = turn.text
            events += turn.finish()
        self._turns.clear()
        return events

    def _turn(self, name: str | None) -> ModelTurn:
        turn = self._turns.get(name)
        if turn is None:
            turn = ModelTurn(self._run.response, self._sources, self._splitter(name), self._speaker(name))
            self._turns[name] = turn
        return turn

    def _splitter(self, name: str | None) -> Splitter:
        if name is None:
            return PlainSplitter()
        agent = self._agents.get(name)
        if agent is None:
            return GuessingSplitter()
        if isinstance(agent, ReActAgent):
            return ReActSplitter()
        return CodeActSplitter() if isinstance(agent, CodeActAgent) else PlainSplitter()

    def _end_turn(self, output: AgentOutput) -> Events:
        turn = self._turn(output.current_agent_name)
        events = turn.add_message(output.response, output.raw)
        del self._turns[output.current_agent_name]
        if turn.spoke:
            self._said = turn.text
        events += turn.finish()
        self.finish_word = turn.finish_word
        # The last output of a run also lists the results of all of its calls.
        calls = [call for call in output.tool_calls if isinstance(call, ToolSelection)]
        for item in call_items(calls, output.response):
            events += self._run.response.item(item)
        return events

    def _add_result(self, result: ToolCallResult) -> Events:
        output = result.tool_output
        self._said = None
        self._sources.add(nodes_of(output.raw_output))
        content = output_content(output.blocks, output.content)
        item = {"type": "function_call_output", "call_id": result.tool_id, "output": content}
        return self._run.response.item(item)

    def _rest(self, result: Any) -> tuple[Any, str | None, str | None]:
        """Return what there is to write of a result, what was said before, and who speaks.

        Of an agent's output that is what no model said, such as the output of a tool that ends the run.
        """
        if not isinstance(result, AgentOutput):
            return result, self._said, None
        value: Any = result.structured_response
        if value is None and self._said is None:
            value = result.response.content or None
        return value, self._said, self._speaker(result.current_agent_name)

    def _speaker(self, name: str | None) -> str | None:
        return name if self._named else None


def _agents_of(workflow: Workflow | None) -> dict[str, BaseWorkflowAgent]:
    if isinstance(workflow, AgentWorkflow):
        return dict(workflow.agents)
    return {workflow.name: workflow} if isinstance(workflow, BaseWorkflowAgent) else {}
