"""The events of a chat model or runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from langchain_core.runnables import Runnable

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.answer import Answer
from spanloom_adapters.langchain.endings import overflow_reason
from spanloom_adapters.langchain.inputs import runnable_input
from spanloom_adapters.langchain.message_items import MessageItems
from spanloom_adapters.langchain.model_calls import ModelCalls
from spanloom_adapters.langchain.output_parsers import without_output_parser
from spanloom_adapters.langchain.parameters import with_parameters
from spanloom_adapters.langchain.run_config import run_config

__all__ = ["stream_events"]


async def stream_events(
    agent: Runnable[Any, Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request."""
    native_input = run.native_input(request, lambda request: runnable_input(agent, request))
    config = run_config(run, request, ModelCalls(run))
    runnable = with_parameters(agent, request)
    answer = Answer(run, MessageItems(run))
    try:
        if run.output_fn is not None:
            for event in run.output_events(await runnable.ainvoke(native_input, config)):
                yield event
            return
        native = without_output_parser(runnable).astream(native_input, config)
        async with aclosing(native) as chunks:  # type: ignore[type-var] # every Runnable's is a generator
            async for chunk in chunks:
                for event in answer.add(chunk):
                    yield event
    except Exception as error:
        run.incomplete_reason = overflow_reason(error)
        if run.incomplete_reason is None:
            raise
    for event in answer.finish():
        yield event
