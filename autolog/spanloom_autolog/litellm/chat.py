"""Chat completions: LiteLLM's objects are OpenAI's, with a few places of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from spanloom.instrument import Call
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field
from spanloom_autolog.litellm.request import Function
from spanloom_autolog.litellm.result import cached, hidden_facts
from spanloom_autolog.openai import chat

__all__ = ["ChunkReader", "inputs", "outputs", "result_attributes", "usage"]


def inputs(function: Function) -> Callable[[Call], dict[str, Any]]:
    """Return the reader of messages and parameters."""

    def read(call: Call) -> dict[str, Any]:
        return chat.inputs(Call(None, (), function.parameters(call)))

    return read


def outputs(completion: Any) -> dict[str, Any]:
    """Return the message of each choice."""
    return {"messages": [_message(field(choice, "message")) for choice in completion.choices or ()]}


def _message(value: Any) -> dict[str, Any]:
    found = chat.message(value)
    refusal = field(field(value, "provider_specific_fields"), "refusal")
    return {**found, "refusal": refusal} if refusal else found


def usage(completion: Any) -> TokenUsage | None:
    """Return the tokens of a chat completion, text completion or embedding; none were used where the cache answered."""
    if cached(completion):
        return None
    found = chat.usage(completion)
    # Anthropic's count stands apart; LiteLLM adds it to the input as OpenAI would.
    written = field(completion.usage, "cache_creation_input_tokens")
    if found is not None and not found.cache_creation_input_tokens and isinstance(written, int):
        return found._replace(cache_creation_input_tokens=written)
    return found


def result_attributes(completion: Any) -> dict[str, Any]:
    """Return id, model, finish reasons, provider and cost."""
    return {**chat.result_attributes(completion), **hidden_facts(completion)}


class ChunkReader:
    """Puts the chunks of a stream together: reads from LiteLLM's chunks what OpenAI's reader wants to know."""

    def __init__(self) -> None:
        self._reader = chat.ChunkReader()

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        values, hidden = _values(chunk), chunk._hidden_params  # noqa: SLF001 - there is no public name for it
        choices = [_choice(_values(choice)) for choice in values.get("choices") or ()]
        # The chunk's own model is the one that was asked for.
        model = hidden.get("provider_response_model")
        # A usage that the caller did not ask for is hidden, and all zeros if there was none.
        usage = values.get("usage") or hidden.get("usage")
        self._reader.add(_Chunk(values["id"], model, choices, usage if field(usage, "total_tokens") else None))

    def result(self) -> chat.Completion:
        """Return what the chunks said so far."""
        return self._reader.result()


class _Chunk(NamedTuple):
    id: str
    model: str | None
    choices: list[_Choice]
    usage: Any


class _Choice(NamedTuple):
    index: int  # type: ignore[assignment]  # the name is OpenAI's; nobody looks for a value in this tuple
    finish_reason: str | None
    delta: _Delta | None


class _Delta(NamedTuple):
    content: str | None
    refusal: str | None
    tool_calls: Any
    model_extra: dict[str, str]


def _choice(choice: Mapping[str, Any]) -> _Choice:
    delta = choice.get("delta")
    if delta is None:
        return _Choice(choice["index"], choice.get("finish_reason"), None)
    values = _values(delta)
    get, reasoning = values.get, values.get("reasoning_content")
    extra = {"reasoning_content": reasoning} if reasoning else _NO_EXTRA
    read = _Delta(get("content"), get("refusal"), get("tool_calls"), extra)
    return _Choice(choice["index"], choice.get("finish_reason"), read)


_NO_EXTRA: dict[str, str] = {}


def _values(model: Any) -> dict[str, Any]:
    """Return the fields of a pydantic model: asking it for one that it lacks takes microseconds, per chunk."""
    declared: dict[str, Any] = model.__dict__
    return {**declared, **model.__pydantic_extra__} if model.__pydantic_extra__ else declared
