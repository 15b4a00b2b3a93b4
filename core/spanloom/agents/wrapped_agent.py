"""A native agent behind the standard interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from spanloom.agents.adapter import Adapter, Run
from spanloom.agents.background import iterate
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.context import current_span
from spanloom.tracing.outcome import exception_message
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["WrappedAgent"]


class WrappedAgent(ResponsesAgent):
    """What `spanloom.wrap` returns: any native agent as a `ResponsesAgent`.

    Attributes:
        native: The agent that was wrapped.
    """

    def __init__(self, native: Any, adapter: Adapter[Any], name: str) -> None:
        self.native = native
        self.name = name
        self._adapter = adapter

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} ({self._adapter.name})>"

    async def apredict_stream(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the native agent. It always runs on the background loop, which its pooled clients are bound to."""
        stream = iterate(self._run(request))
        try:
            async for event in stream:
                yield event
        finally:
            await stream.aclose()  # type: ignore[attr-defined] # both kinds are generators

    async def _run(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        run = Run(request, ResponseStreamBuilder(model=request.model or self.name, metadata=request.metadata))
        native = self._adapter.events(self.native, request, run)
        finished = False
        try:
            for event in run.response.start():
                yield event
            async for event in native:
                yield event
            finished = True
            for event in _finish(run):
                yield event
        except Exception as error:
            finished = True
            message = f"{type(error).__name__}: {exception_message(error)}"
            for event in run.response.finish("failed", error={"code": "server_error", "message": message}):
                yield event
            raise
        finally:
            if not finished:
                span = current_span()
                if span is not None:
                    span.set_status(SpanStatus.CANCELLED, "the stream was closed before its end")
                await self._adapter.cancel(run)
            await native.aclose()  # type: ignore[attr-defined] # an async generator in every adapter


def _finish(run: Run) -> list[ResponsesAgentStreamEvent]:
    fields = {"usage": _usage(run.usage), "custom_outputs": run.custom_outputs or None}
    if run.incomplete_reason is None:
        return run.response.finish("completed", **fields)
    return run.response.finish("incomplete", incomplete_details={"reason": run.incomplete_reason}, **fields)


def _usage(usage: TokenUsage | None) -> dict[str, Any] | None:
    """Return the usage as OpenAI writes it; `None`, not zeros, where nothing is known."""
    if usage is None or not usage.total:
        return None
    return {
        "input_tokens": usage.input_tokens or 0,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_input_tokens or 0,
            "cache_write_tokens": usage.cache_creation_input_tokens or 0,
        },
        "output_tokens": usage.output_tokens or 0,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens or 0},
        "total_tokens": usage.total,
    }
