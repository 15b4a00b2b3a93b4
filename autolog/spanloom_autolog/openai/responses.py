"""Responses (https://platform.openai.com/docs/api-reference/responses)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field, sequence
from spanloom_autolog.clients.results import response_facts
from spanloom_autolog.openai.items import messages_of
from spanloom_autolog.openai.request import parameters
from spanloom_autolog.openai.tokens import token_usage

if TYPE_CHECKING:
    from spanloom.instrument import StreamReader

__all__ = ["event_reader", "failure", "inputs", "outputs", "result_attributes", "usage"]


def inputs(call: Call) -> dict[str, Any]:
    """Return instructions and input items as messages, and the parameters."""
    found = parameters(call, "tools")
    instructions, given = found.pop("instructions", None), found.pop("input", None)
    messages: Any = [{"role": "system", "content": instructions}] if instructions else []
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
    elif isinstance(given, list | tuple):
        messages += messages_of(given)
    elif given is not None:
        messages.append(given)
    return {"messages": messages, **found}


def outputs(response: Any) -> dict[str, Any]:
    """Return the output items as messages."""
    return {"messages": messages_of(response.output)}


def usage(response: Any) -> TokenUsage | None:
    """Return the tokens of a response."""
    return token_usage(response.usage, "input", "output")


def result_attributes(response: Any) -> dict[str, Any]:
    """Return id, model and finish reason."""
    reason = _finish_reason(response)
    return response_facts(response, [reason] if reason else [])


def _finish_reason(response: Any) -> str | None:
    """Return why the model stopped, in the words of chat completions."""
    if response.status == "completed":
        kinds = {field(item, "type") for item in sequence(response.output)}
        return "tool_calls" if kinds & {"function_call", "custom_tool_call"} else "stop"
    if response.status == "incomplete":
        reason: str | None = field(response.incomplete_details, "reason")
        return "length" if reason == "max_output_tokens" else reason
    return None


def failure(response: Any) -> str | None:
    """Return the message of a response that failed: the client does not raise it."""
    if response.status != "failed":
        return None
    error = response.error
    return ": ".join(text for text in (field(error, "code"), field(error, "message")) if text) or "the response failed"


def event_reader() -> StreamReader:
    """Make a reader for the events of a streamed response."""
    from spanloom_autolog.openai.response_events import EventReader

    return EventReader()
