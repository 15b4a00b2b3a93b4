"""The methods of Pydantic AI's `Instrumentation` capability, each called around one kind of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom.tracing.context import current
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.pydantic_ai.messages import question
from spanloom_autolog.pydantic_ai.requests import ModelRequest, end_interrupted, running
from spanloom_autolog.pydantic_ai.switch import only_ours
from spanloom_autolog.pydantic_ai.work import OWNER, run_under

__all__ = ["invalid_call", "model_request", "output", "run", "tool"]

Method = Callable[..., Awaitable[Any]]
Work = Callable[[], Awaitable[Any]]


async def run(method: Method, call: Call) -> Any:
    """Run an agent. Pydantic AI makes what is current here current in the run's own task, too."""
    context = call.args[0] if call.args else call.kwargs["ctx"]
    work = _work(method, call, call.kwargs["handler"])
    if getattr(context, "realtime", False):
        return await work()
    name = (context.agent.name if context.agent is not None else None) or "agent"
    span = open_span(name, SpanType.AGENT, owner=OWNER)
    if span.is_recording:
        with guard("pydantic_ai: run"):
            span.set_attribute(attributes.AGENT_NAME, name)
            if span.active_trace.session_id is None and context.conversation_id:
                span.active_trace.session_id = context.conversation_id
        with guard("pydantic_ai: question"):
            span.set_inputs({"messages": question(context.messages, context.prompt)})
    return await run_under(span, lambda: _with_interrupted(span, work), lambda result: span.set_outputs(result.output))


async def _with_interrupted(span: Span, work: Work) -> Any:
    try:
        result = await work()
    except BaseException as error:
        end_interrupted(span, error)
        raise
    end_interrupted(span, None)
    return result


async def model_request(method: Method, call: Call) -> Any:
    """Ask the model once, streamed or not."""
    context = call.kwargs["request_context"]
    work = _work(method, call, lambda: call.kwargs["handler"](context))
    request = ModelRequest(open_span(f"chat {context.model.model_name}", SpanType.CHAT_MODEL, owner=OWNER))
    outer, ambient, announced = running.get(), current.get(), request.announce()
    running.set(request)
    current.set(request.span)
    try:
        response = await work()
    except BaseException as error:
        request.record(context, None)
        request.fail(error)
        raise
    finally:
        running.set(outer)
        current.set(ambient)
        request.withdraw(announced)
    request.record(context, response)
    request.span.end()
    return response


async def tool(method: Method, call: Call) -> Any:
    """Run a tool."""
    arguments = call.kwargs["args"]
    work = _work(method, call, lambda: call.kwargs["handler"](arguments))
    span = _tool_span(call.kwargs["call"], lambda: arguments)
    return await run_under(span, work, lambda result: span.set_outputs(_returned(result)))


async def invalid_call(method: Method, call: Call) -> Any:
    """Refuse a tool call whose arguments are not what the tool takes."""
    work = _work(method, call, lambda: _raise(call.kwargs["error"]))
    tool_call = call.kwargs["call"]
    return await run_under(_tool_span(tool_call, tool_call.args_as_dict), work, lambda _: None)


async def output(method: Method, call: Call) -> Any:
    """Make the run's output of what the model said, where the program has a function for it."""
    context, said = call.kwargs["output_context"], call.kwargs["output"]
    work = _work(method, call, lambda: call.kwargs["handler"](said))
    if not context.has_function:
        return await work()
    if context.tool_call is not None:
        span = _tool_span(context.tool_call, context.tool_call.args_as_dict)
    else:
        span = open_span(getattr(context, "function_name", None) or "output function", SpanType.PARSER, owner=OWNER)
        span.set_inputs(said)
    return await run_under(span, work, span.set_outputs)


def _work(method: Method, call: Call, work: Work) -> Work:
    """Return what the method does; where the program does not instrument, that is only what it is called around."""
    return work if only_ours(call.instance.settings) else lambda: method(*call.args, **call.kwargs)


async def _raise(error: BaseException) -> Any:
    raise error


def _tool_span(call: Any, arguments: Callable[[], Any]) -> Span:
    span = open_span(call.tool_name, SpanType.TOOL, owner=OWNER)
    if span.is_recording:
        with guard("pydantic_ai: tool arguments"):
            span.set_inputs(arguments())
        with guard("pydantic_ai: tool attributes"):
            span.set_attribute(attributes.TOOL_NAME, call.tool_name)
            span.set_attribute(attributes.TOOL_CALL_ID, call.tool_call_id)
    return span


def _returned(result: Any) -> Any:
    """Return the value of a tool that also says what else the model should see."""
    return result.return_value if getattr(result, "kind", None) == "tool-return" else result
