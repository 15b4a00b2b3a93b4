"""Chat completions (https://platform.openai.com/docs/api-reference/chat)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from spanloom.instrument import Call
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field, sequence
from spanloom_autolog.clients.results import response_facts
from spanloom_autolog.openai.request import parameters
from spanloom_autolog.openai.tokens import token_usage

__all__ = ["ChunkReader", "Completion", "inputs", "message", "outputs", "result_attributes", "tool_call", "usage"]


class Completion(NamedTuple):
    """A completion put together from chunks; its names are those of the client's model."""

    id: str | None
    model: str | None
    choices: list[dict[str, Any]]
    usage: Any


def inputs(call: Call) -> dict[str, Any]:
    """Return messages and parameters."""
    messages = call.kwargs.get("messages")
    if sequence(messages):
        # An answer of the client may stand in the history as it was returned.
        messages = [each if isinstance(each, Mapping) else message(each) for each in sequence(messages)]
    return {"messages": messages, **parameters(call, "messages", "tools")}


def outputs(completion: Any) -> dict[str, Any]:
    """Return the message of each choice."""
    return {"messages": [message(field(choice, "message")) for choice in completion.choices or ()]}


def message(value: Any) -> dict[str, Any]:
    """Return a message of the client as a dictionary."""
    found: dict[str, Any] = {"role": field(value, "role") or "assistant", "content": field(value, "content")}
    # Not OpenAI's: reasoning is `reasoning_content` at DeepSeek and others, `reasoning` at OpenRouter and newer vLLM.
    reasoning = field(value, "reasoning_content") or field(value, "reasoning")
    if isinstance(reasoning, str):
        found["reasoning_content"] = reasoning
    if field(value, "tool_calls"):
        found["tool_calls"] = [_tool_call(call) for call in field(value, "tool_calls")]
    if field(value, "tool_call_id"):
        found["tool_call_id"] = field(value, "tool_call_id")
    if field(value, "refusal"):
        found["refusal"] = field(value, "refusal")
    audio = field(value, "audio")
    if audio:
        found["audio"] = {"id": field(audio, "id"), "transcript": field(audio, "transcript")}
    return found


def _tool_call(call: Any) -> dict[str, Any]:
    custom = field(call, "custom")
    if custom is not None:
        return tool_call(field(call, "id"), "custom", field(custom, "name"), field(custom, "input"))
    function = field(call, "function")
    return tool_call(field(call, "id"), "function", field(function, "name"), field(function, "arguments"))


def tool_call(call_id: Any, kind: str, name: Any, text: Any) -> dict[str, Any]:
    """Return a tool call as it stands in a message; the text is kept verbatim, valid JSON or not."""
    return {"id": call_id, "type": kind, kind: {"name": name, "arguments" if kind == "function" else "input": text}}


def usage(completion: Any) -> TokenUsage | None:
    """Return the tokens of a chat completion, legacy completion or embedding."""
    return token_usage(completion.usage, "prompt", "completion")


def result_attributes(completion: Any) -> dict[str, Any]:
    """Return id, model and finish reasons of a chat completion or legacy completion."""
    reasons = [field(choice, "finish_reason") for choice in completion.choices or ()]
    return response_facts(completion, [reason for reason in reasons if reason])


class ChunkReader:
    """Puts the chunks of a chat stream together."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._model: str | None = None
        self._choices: dict[int, _Choice] = {}
        self._usage: Any = None

    def add(self, chunk: Any) -> None:
        """Take the next chunk; the last one may have no choices but the usage."""
        if not self._id:
            # Azure begins with a chunk that has neither.
            self._id, self._model = chunk.id, chunk.model
        if chunk.usage is not None:
            self._usage = chunk.usage
        for choice in chunk.choices or ():
            known = self._choices.get(choice.index)
            if known is None:
                known = self._choices[choice.index] = _Choice()
            known.add(choice)

    def result(self) -> Completion:
        """Return what the chunks said so far."""
        choices = [self._choices[index].whole() for index in sorted(self._choices)]
        return Completion(self._id, self._model, choices, self._usage)


class _Choice:
    """One choice while it is streamed."""

    __slots__ = ("_calls", "_finish_reason", "_texts")

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[int, _Call] = {}
        self._finish_reason: str | None = None

    def add(self, choice: Any) -> None:
        if choice.finish_reason is not None:
            self._finish_reason = choice.finish_reason
        delta = choice.delta
        if delta is None:
            return
        if delta.content is not None:
            self._texts.setdefault("content", []).append(delta.content)
        if delta.refusal:
            self._texts.setdefault("refusal", []).append(delta.refusal)
        for name in delta.model_extra or ():
            if name in _REASONING and isinstance(delta.model_extra[name], str):
                self._texts.setdefault(name, []).append(delta.model_extra[name])
        for fragment in delta.tool_calls or ():
            self._add_call(fragment)

    def _add_call(self, fragment: Any) -> None:
        index = fragment.index
        if index is None:
            # Some compatible servers leave it out: an id begins the next call.
            index = len(self._calls) if fragment.id or not self._calls else len(self._calls) - 1
        self._calls.setdefault(index, _Call()).add(fragment)

    def whole(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: "".join(parts) for name, parts in self._texts.items()}
        found["tool_calls"] = [self._calls[index].whole() for index in sorted(self._calls)]
        return {"message": found, "finish_reason": self._finish_reason}


_REASONING = frozenset({"reasoning_content", "reasoning"})


class _Call:
    """One tool call while it is streamed: id and name come in the first fragment, the arguments in pieces."""

    __slots__ = ("_arguments", "_id", "_name")

    def __init__(self) -> None:
        self._id: str | None = None
        self._name: str | None = None
        self._arguments: list[str] = []

    def add(self, fragment: Any) -> None:
        self._id = self._id or fragment.id
        if fragment.function is not None:
            self._name = self._name or fragment.function.name
            self._arguments.append(fragment.function.arguments or "")

    def whole(self) -> dict[str, Any]:
        return tool_call(self._id, "function", self._name, "".join(self._arguments))
