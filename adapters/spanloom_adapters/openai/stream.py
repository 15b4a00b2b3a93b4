"""The events of one model call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, NamedTuple

from openai import APIConnectionError, APIError

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.arguments import chat_arguments, expects_json, responses_arguments
from spanloom_adapters.openai.call import NativeCall
from spanloom_adapters.openai.chat_turn import ChatTurn
from spanloom_adapters.openai.parsing import whole_response
from spanloom_adapters.openai.response_turn import ResponseTurn, text_of
from spanloom_adapters.openai.turn_end import end_turn
from spanloom_adapters.openai.usage import token_usage

__all__ = ["stream_events"]

Events = list[ResponsesAgentStreamEvent]

_INCOMPLETE = frozenset({"context_length_exceeded", "content_filter"})
"""Codes of errors that say: with this input there is no answer."""


class _Api(NamedTuple):
    create: Callable[[Any], Callable[..., Any]]
    arguments: Callable[[ResponsesAgentRequest, Callable[..., Any]], dict[str, Any]]
    input: str
    turn: type[ResponseTurn | ChatTurn]


_APIS = {
    "responses": _Api(lambda client: client.responses.create, responses_arguments, "input", ResponseTurn),
    "chat": _Api(lambda client: client.chat.completions.create, chat_arguments, "messages", ChatTurn),
}


async def stream_events(
    client: Any, request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the model's answer to the request."""
    api = _APIS[run.options.api]
    create = api.create(client)
    given = run.native_input(request, lambda request: api.arguments(request, create))
    arguments = {"model": run.options.model, **(given if isinstance(given, Mapping) else {api.input: given})}
    call = NativeCall(client, create, arguments)
    try:
        if run.output_fn is not None:
            closing = _whole(await call.whole(), run)
        else:
            turn = api.turn(run.response)
            async with aclosing(call.stream()) as natives:  # type: ignore[type-var] # a generator
                async for native in natives:
                    for event in turn.add(native):
                        yield event
            closing = _end(turn, call, run, structured=expects_json(arguments))
    except Exception as error:
        run.incomplete_reason = _incomplete_reason(error)
        if run.incomplete_reason is None:
            raise
        return
    for event in closing:
        yield event


def _whole(answer: Any, run: Run) -> Events:
    usage = whole_response(answer).get("usage")
    if usage:
        run.add_usage(token_usage(usage))
    return run.output_events(answer)


def _end(turn: ResponseTurn | ChatTurn, call: NativeCall, run: Run, *, structured: bool) -> Events:
    request = call.native.response.request
    if turn.error is not None:
        # The client raises what fails in a chat completion, but not what fails in a response.
        raise APIError(turn.error.get("message") or "the response failed", request, body=turn.error)
    if isinstance(turn, ResponseTurn) and not turn.ended:
        raise APIConnectionError(message="The stream ended in the middle of the response.", request=request)
    events = end_turn(turn, run)
    if structured and run.incomplete_reason is None:
        texts = [text_of(item) for item in run.response.output if item["type"] == "message"]
        with suppress(ValueError):  # a refusal, or a provider that does not hold to it
            run.custom_outputs["structured_response"] = json.loads(texts[-1] if texts else "")
    return events


def _incomplete_reason(error: Exception) -> str | None:
    code = getattr(error, "code", None)
    return code if code in _INCOMPLETE else None
