"""The state in which every request finds an agent: the one it had before its first request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from autogen_core import CancellationToken, SingleThreadedAgentRuntime

from spanloom_adapters.autogen.members import everybody, task_roots, teams

__all__ = ["InitialState"]


class InitialState:
    """What an agent, its participants and the agents that are its tools know before the first request."""

    def __init__(self) -> None:
        self._states: dict[int, Mapping[str, Any]] = {}
        self._contexts: dict[int, Mapping[str, Any]] = {}

    @classmethod
    async def of(cls, agent: Any) -> InitialState:
        """Return the agent's present state."""
        state = cls()
        for root in task_roots(agent):
            with suppress(AttributeError, NotImplementedError):  # a runner need not be able to
                state._states[id(root)] = await root.save_state()
        for member in everybody(agent):
            context = getattr(member, "model_context", None)
            if context is not None:
                state._contexts[id(member)] = await context.save_state()
        return state

    async def restore(self, agent: Any) -> None:
        """Bring the agent back to this state, whatever the last run did to it."""
        for team in teams(agent):
            _renew_runtime(team)
        for root in task_roots(agent):
            await _reset(root)
            if id(root) in self._states:
                await root.load_state(self._states[id(root)])
        for member in everybody(agent):
            if id(member) in self._contexts:  # a reset clears also what a context was constructed with
                await member.model_context.load_state(self._contexts[id(member)])


async def _reset(runner: Any) -> None:
    if hasattr(runner, "on_reset"):
        await runner.on_reset(CancellationToken())
    elif hasattr(runner, "reset"):
        await runner.reset()


def _renew_runtime(team: Any) -> None:
    """Give the team a new runtime, and with it a new manager.

    After a run that failed or was stopped, the manager still waits for the speaker of that run: every later run would
    end with "The group chat is stopped." after its first message. No reset and no loaded state clears that.
    """
    team._runtime = SingleThreadedAgentRuntime(ignore_unhandled_exceptions=False)  # noqa: SLF001 - there is no other way
    team._output_message_queue = asyncio.Queue()  # noqa: SLF001 - the old one may be bound to another loop
    team._initialized = False  # noqa: SLF001 - so that the participants register with the new runtime
    team._is_running = False  # noqa: SLF001 - requests do not overlap
