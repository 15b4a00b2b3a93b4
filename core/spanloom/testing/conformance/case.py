"""One scenario with one driver: a fresh process state, a model server, and the traces that come of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from spanloom.instrument import autolog
from spanloom.testing.conformance.driver import AgentSpec, Driver
from spanloom.testing.conformance.tree import model_spans, normalized
from spanloom.testing.fresh_state import fresh_state
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.server import ProviderServer
from spanloom.tracing import search_traces
from spanloom.tracing.traces import Trace

__all__ = ["Case"]

AnyReply = Reply | ErrorReply


class Case:
    """What a scenario works with. On entering, the process is fresh and the driver's plugin is on.

    Attributes:
        driver: The framework's driver.
        mode: How agents are asked: `run`, `arun`, `stream` or `astream`.
    """

    def __init__(self, driver: Driver, mode: str) -> None:
        self.driver = driver
        self.mode = mode
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(fresh_state())
        autolog(self.driver.plugin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def server(self, *replies: AnyReply, script: Callable[[ReceivedRequest], AnyReply] | None = None) -> ProviderServer:
        """Start a model server with replies in order, or a function of the request; it stops with the case."""
        if script is None:
            return self._stack.enter_context(ProviderServer(self.translated(replies)))
        return self._stack.enter_context(ProviderServer(lambda request: self.translated([script(request)])[0]))

    def translated(self, replies: Sequence[AnyReply]) -> list[AnyReply]:
        """Return the script as the driver's framework wants it on the wire."""
        return list(self.driver.script(replies))

    def agent(self, server: ProviderServer, *tools: Callable[..., Any], name: str = "weather_agent") -> Any:
        """Build an agent that asks the server."""
        streams = self.mode in ("stream", "astream")
        return self.driver.agent(AgentSpec(server.base_url, tools, name, stream=streams))

    def ask(self, agent: Any, text: str) -> str | None:
        """Ask in the case's mode, to the end; the answer's text, or `None` where it was streamed."""
        if self.mode == "run":
            return self.driver.run(agent, text)
        if self.mode == "stream":
            for _ in self.driver.stream(agent, text):
                pass
            return None
        return asyncio.run(self.ask_async(agent, text))

    async def ask_async(self, agent: Any, text: str) -> str | None:
        """Likewise, inside of a running loop."""
        if self.mode == "arun":
            return await self.driver.arun(agent, text)
        async for _ in self.driver.astream(agent, text):
            pass
        return None

    def failure(self, agent: Any, text: str) -> BaseException:
        """Ask, and return the exception that comes of it."""
        try:
            self.ask(agent, text)
        except Exception as error:
            return error
        raise AssertionError("the run should have failed")

    def traces(self) -> list[Trace]:
        """Return all traces, oldest first."""
        return search_traces()[::-1]

    def trace(self) -> Trace:
        """Return the only trace, which must be whole: one root, and no span whose parent never ended."""
        traces = self.traces()
        assert len(traces) == 1, f"one trace was expected, not {[self.tree(trace) for trace in traces]}"
        assert_whole(traces[0])
        return traces[0]

    def tree(self, trace: Trace) -> str:
        """Return the normalized tree."""
        return normalized(trace, self.driver.intermediate)

    def expect(self, tree: str, trace: Trace | None = None) -> Trace:
        """Check the normalized tree of the only trace (or the given one); a model call stands below its agent.

        Drivers of kind `model` have no agent: of the tree only the model calls are expected.
        """
        trace = trace or self.trace()
        expected = tree.strip("\n") if self.driver.kind == "agent" else _models_only(tree)
        found = self.tree(trace)
        assert found == expected, f"expected\n{expected}\nfound\n{found}"
        return trace


def assert_whole(trace: Trace) -> None:
    """Check that every span's parent is there and that one span is the root."""
    known = {span.span_id for span in trace.data.spans}
    roots = [span.name for span in trace.data.spans if span.parent_id is None]
    orphans = [span.name for span in trace.data.spans if span.parent_id is not None and span.parent_id not in known]
    assert len(roots) == 1, f"one root was expected, not {roots}"
    assert not orphans, f"the parents of {orphans} never ended"
    assert all(span.end_time_ns >= span.start_time_ns for span in model_spans(trace))


def _models_only(tree: str) -> str:
    return "\n".join(line.strip() for line in tree.splitlines() if line.strip().startswith("CHAT_MODEL"))
