"""AutoGen AgentChat's agents and teams as standard agents: every `TaskRunner`.

Agents and teams of AutoGen remember what they were told. Each request therefore begins with the agent as it was before
its first request (its model contexts, the state of its participants and of the agents that are its tools), is given the
conversation so far, and runs; requests wait for each other, unless `wrap(factory=…)` makes an agent for each.

How the conversation is given:

- to an agent with a `model_context` (`AssistantAgent`, `CodeExecutorAgent`, `SocietyOfMindAgent`): in that, with tool
  calls, results and system messages; the user's last messages are the task;
- to a team: as messages of their speakers that every participant has yet to read, out of sight of the termination
  conditions; system messages go into the contexts of its assistant agents; the user's last messages are the task;
- to any other runner, and to `MagenticOneGroupChat`, which forgets everything at its start: all of it is the task.

Images are passed on by address or data. AutoGen's messages hold no files, so those are refused.

A hand-off to somebody who does not take part, or a `UserProxyAgent` that would ask on the console, ends the response
`incomplete` with the reason `interrupt`; see `spanloom_adapters.autogen.interrupts` for how it goes on. An agent or
team that reaches its limit of turns ends with `max_turns`; a team's own words are in `custom_outputs["stop_reason"]`.

What agents say inside of a tool (`AgentTool`, `TeamTool`) is that tool's business and not part of the answer; its
tokens are counted. Stopping a run stops its model calls and asynchronous tools at once; a synchronous tool runs in a
thread to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanloom.agents.adapter import NoOptions, Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

if TYPE_CHECKING:
    from autogen_agentchat.base import TaskRunner

    from spanloom_adapters.autogen.initial_state import InitialState
    from spanloom_adapters.autogen.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = ["AutoGenAdapter", "adapter", "to_chat_agent", "to_responses_events", "to_responses_items"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), "spanloom_adapters.autogen.parsing"),
)


class AutoGenAdapter:
    """Streams an agent or a team."""

    name = "autogen"
    targets = frozenset({"autogen_agentchat.base._task.TaskRunner"})
    options = NoOptions

    def __init__(self) -> None:
        self._initial_states: WeakKeyDictionary[Any, InitialState] = WeakKeyDictionary()

    def reentrant(self, agent: TaskRunner) -> bool:  # noqa: ARG002 - none is
        """All keep the conversation on themselves."""
        return False

    def remembers(self, agent: TaskRunner) -> bool:  # noqa: ARG002 - none does
        """None tells conversations apart."""
        return False

    def events(
        self, agent: TaskRunner, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items."""
        from spanloom_adapters.autogen.stream import stream_events

        return stream_events(agent, request, run, self._initial_states)

    async def cancel(self, run: Run) -> None:
        """Cancel the run's token, and what does not listen to it."""
        if run.native is not None:
            await run.native.stop()


adapter = AutoGenAdapter()
