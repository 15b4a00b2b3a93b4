"""Model requests without an agent: `pydantic_ai.direct`, and models that the program instruments itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.context import use_span
from spanloom.tracing.recorder import open_span
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.pydantic_ai.requests import ModelRequest
from spanloom_autolog.pydantic_ai.switch import only_ours
from spanloom_autolog.pydantic_ai.work import OWNER

__all__ = ["request", "request_stream"]


async def request(function: Callable[..., Any], call: Call) -> Any:
    """Ask an instrumented model."""
    model = call.instance
    ask = model.wrapped.request if only_ours(model.instrumentation_settings) else function
    asked, context = _open(call)
    try:
        with use_span(asked.span):
            response = await ask(*call.args, **call.kwargs)
    except BaseException as error:
        asked.record(context, None)
        asked.fail(error)
        raise
    asked.record(context, response)
    asked.span.end()
    return response


def request_stream(function: Callable[..., Any], call: Call) -> AbstractAsyncContextManager[Any]:
    """Ask an instrumented model for a stream."""
    model = call.instance
    return _observed(model.wrapped.request_stream if only_ours(model.instrumentation_settings) else function, call)


@asynccontextmanager
async def _observed(ask: Callable[..., AbstractAsyncContextManager[Any]], call: Call) -> AsyncIterator[Any]:
    asked, context = _open(call)
    try:
        opening = ask(*call.args, **call.kwargs)
        with use_span(asked.span):
            asked.stream = await opening.__aenter__()
        try:
            yield asked.stream
        except BaseException as error:
            if not await opening.__aexit__(type(error), error, error.__traceback__):
                raise
        else:
            await opening.__aexit__(None, None, None)
    except BaseException as error:
        asked.record(context, None)
        asked.fail(error)
        raise
    asked.record(context, None)
    asked.span.end()


def _open(call: Call) -> tuple[ModelRequest, Any]:
    """Open the span; return it with what `record` takes for the request."""
    model = call.instance.wrapped
    names = ("messages", "model_settings", "model_request_parameters")
    given = {**dict.fromkeys(names), **dict(zip(names, call.args, strict=False)), **call.kwargs}
    span = open_span(f"chat {model.model_name}", SpanType.CHAT_MODEL, owner=OWNER)
    return ModelRequest(span), SimpleNamespace(model=model, **{name: given[name] for name in names})
