"""What makes a native agent a standard agent: an adapter per framework, and the run it works on."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from spanloom.errors import AgentError
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.outcome import exception_message
from spanloom.tracing.usage import TokenUsage

__all__ = ["Adapter", "InputFunction", "NoOptions", "OutputFunction", "Run"]

AgentT_contra = TypeVar("AgentT_contra", contravariant=True)

InputFunction = Callable[[ResponsesAgentRequest], Any]
"""Makes the native agent's input out of a request."""
OutputFunction = Callable[[Any], Any]
"""Makes text, an item, or a list of items out of what the native agent returned."""


@dataclass(frozen=True)
class NoOptions:
    """The options of an adapter that has none."""


class Run:
    """One request on its way through a native agent.

    Attributes:
        response: Writes the response: its methods (`text`, `function_call`, `item`, …) return the events to yield.
        options: The adapter's own options, an instance of its `options`.
        conversation_id: Names the state this request may share with others; `None`: with none.
        state: What the adapter has to remember of this conversation besides its items, such as what waits for an
            approval: a JSON value. As the last request left it; `None` at first. What is there at the end is kept.
        native: For the adapter: whatever `cancel` needs to stop the native run.
        model: What the response shall name as its model at the end, instead of what it began with.
        usage: The tokens of all model calls so far; `None` while nobody told.
        custom_outputs: The response's custom outputs.
        incomplete_reason: Set by the adapter when the run stopped before its end, e.g. to ask a person.
        input_fn: What the user gave to make the native input, if anything.
        output_fn: What the user gave to read the native output, if anything: then the adapter yields
            `output_events(native result)` and nothing else.
    """

    def __init__(
        self,
        request: ResponsesAgentRequest,
        response: ResponseStreamBuilder,
        options: Any = None,
        input_fn: InputFunction | None = None,
        output_fn: OutputFunction | None = None,
    ) -> None:
        self.response = response
        self.options: Any = NoOptions() if options is None else options
        self.conversation_id = request.context.conversation_id if request.context is not None else None
        self.state: Any = None
        self.native: Any = None
        self.model: str | None = None
        self.usage: TokenUsage | None = None
        self.custom_outputs: dict[str, Any] = {}
        self.incomplete_reason: str | None = None
        self.input_fn = input_fn
        self.output_fn = output_fn
        self._lock = threading.Lock()

    def add_usage(self, usage: TokenUsage) -> None:
        """Add the tokens of one model call."""
        with self._lock:  # nodes of a graph run in threads
            self.usage = usage if self.usage is None else self.usage.plus(usage)

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        """Return the events that end the response, after all of its items: complete, or incomplete with the reason."""
        fields = {"model": self.model, "usage": _usage(self.usage), "custom_outputs": self.custom_outputs or None}
        if self.incomplete_reason is None:
            return self.response.finish("completed", **fields)
        return self.response.finish("incomplete", incomplete_details={"reason": self.incomplete_reason}, **fields)

    def fail(self, error: Exception) -> list[ResponsesAgentStreamEvent]:
        """Return the events that end the response because of an error."""
        # Some frameworks put the whole stack into the message; that is nothing for a client.
        text = exception_message(error).partition("\nTraceback (most recent call last)")[0]
        details = {"code": "server_error", "message": f"{type(error).__name__}: {text}"}
        return self.response.finish("failed", error=details)

    def native_input(self, request: ResponsesAgentRequest, default: InputFunction) -> Any:
        """Return what the user's `input_fn` makes of the request, or else what `default` does."""
        return default(request) if self.input_fn is None else self.input_fn(request)

    def output_events(self, result: Any) -> list[ResponsesAgentStreamEvent]:
        """Return the events of what the user's `output_fn` makes of the native result.

        Raises:
            AgentError: If that is neither text nor items.
        """
        assert self.output_fn is not None
        made = self.output_fn(result)
        if isinstance(made, str):
            return self.response.text(made)
        items = [made] if isinstance(made, dict) else made
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise AgentError(f"output_fn must return text, an output item or a list of them, not {type(made).__name__}")
        return [event for item in items for event in self.response.item(item)]


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


class Adapter(Protocol[AgentT_contra]):
    """Drives the native agents of one framework.

    Everything else (the four ways to call, ids, sequence numbers, first and terminal events, errors, tracing, limits,
    conversations) is the same for all and not the adapter's business. Register it under the entry-point group
    `spanloom.adapters`.

    Attributes:
        name: The framework, as people call it; also the extra that installs it.
        targets: Classes it takes, as `"module.QualName"`; looked up in the object's class and its bases, so that no
            framework is imported to decide.
        options: A frozen dataclass: what `wrap(agent, option=…)` takes for this framework, beyond what it takes for
            all; `NoOptions` if nothing.
    """

    name: str
    targets: frozenset[str]
    options: type[Any]

    def reentrant(self, agent: AgentT_contra) -> bool:
        """Tell whether the agent can serve several requests at once; if not, they wait for each other."""

    def remembers(self, agent: AgentT_contra) -> bool:
        """Tell whether the agent itself keeps conversations by `run.conversation_id`.

        If not, earlier items of the conversation are put in front of the request's.
        """

    def events(
        self, agent: AgentT_contra, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items (made by `run.response`) as they come.

        Exceptions of the agent pass; items still open at the end are closed by the caller.
        """

    async def cancel(self, run: Run) -> None:
        """Stop the native run at once; called before the `events` of an unfinished run are closed."""
