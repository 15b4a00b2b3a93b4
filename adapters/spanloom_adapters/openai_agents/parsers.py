"""What the SDK's runner returned, as standard items, events and messages: for loops of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from agents import RunResult, RunResultStreaming

from spanloom.agents.adapter import Run
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.run_end import write_end
from spanloom_adapters.openai_agents.run_items import item_of, speaks_by_name, write_once
from spanloom_adapters.openai_agents.run_output import RunOutput
from spanloom_adapters.openai_agents.usage import token_usage

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


def to_responses_items(native: RunResult | RunResultStreaming) -> list[dict[str, Any]]:
    """Return the output items of a run that is over, those of its earlier parts included if it was resumed.

    Example:
        >>> items = to_responses_items(await Runner.run(agent, "hi"))
        >>> items[-1]["content"][0]["text"]
        'Hello!'
    """
    output: list[dict[str, Any]] = _whole(native)["output"]
    return output


def to_chat_agent(native: RunResult | RunResultStreaming) -> ChatAgentResponse:
    """Return a run that is over as a chat agent's answer."""
    return response_to_chat_agent(ResponsesAgentResponse.model_validate(_whole(native)))


async def to_responses_events(native: RunResultStreaming) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a run is, from first to last.

    Args:
        native: What `Runner.run_streamed` returned. Its `stream_events()` are consumed; what it raises passes, after
            `response.failed`.
    """
    run = _new_run()
    for event in run.response.start():
        yield event
    events = RunOutput(native, native.current_agent, run).events()
    try:
        async for event in events:
            yield event
    except Exception as error:
        for event in run.fail(error):
            yield event
        raise
    finally:
        await events.aclose()  # type: ignore[attr-defined] # a generator
    for event in run.finish():
        yield event


def _whole(native: RunResult | RunResultStreaming) -> dict[str, Any]:
    run = _new_run()
    named = any(speaks_by_name(item.agent) for item in native.new_items)
    for item in native.new_items:
        body = item_of(item)
        if body is not None:
            if named and body["type"] == "message":
                body["name"] = item.agent.name
            write_once(body, run.response)
    write_end(native, run)
    run.add_usage(token_usage(native.context_wrapper.usage))
    body = run.finish()[-1].response
    return dict(body)


def _new_run() -> Run:
    return Run(ResponsesAgentRequest(input=""), ResponseStreamBuilder())
