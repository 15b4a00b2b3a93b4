"""The callback handler: LangChain's events on one side, spans on the other.

Handlers must not touch context variables that others read by value: in async code the start of a run is told in the
caller's context, its end in another. So spans are found by run id, and context is pulled (see `Runs.current`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import LLMResult

from spanloom.tracing import attributes
from spanloom.tracing.context import model_span
from spanloom.tracing.guard import guard, strict
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.langchain import models, roots
from spanloom_autolog.langchain.content import chat_content
from spanloom_autolog.langchain.interrupts import record_interrupt
from spanloom_autolog.langchain.kinds import chain_type, is_hidden, is_node, mark_graph
from spanloom_autolog.langchain.partial import PartialAnswer
from spanloom_autolog.langchain.runs import Run, Runs
from spanloom_autolog.langchain.values import document, readable

__all__ = ["TraceHandler"]

Serialized = Mapping[str, Any] | None


class TraceHandler(BaseCallbackHandler):
    """Opens a span when a run starts and ends it when the run does.

    Attributes:
        active: Whether new runs are traced; false after autologging was switched off.
    """

    # Else sync handlers run in a thread pool under an event loop, in any order.
    run_inline = True

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self.active = True
        self.raise_error = strict()

    def on_chain_start(self, serialized: Serialized, inputs: Any, **run: Any) -> None:
        """Open the span of a graph, a node, or any other runnable."""
        with guard("langchain: chain start"):
            tags, metadata = run.get("tags"), run.get("metadata") or {}
            root = run.get("parent_run_id") is None
            span_type = chain_type(run.get("name"), run.get("run_type"), tags, metadata, root=root)
            started = self._start(serialized, span_type, run)
            if started is None or not started.span.is_recording:
                return
            if started.parent is not None and is_node(tags):
                mark_graph(started.parent.span, started.span.name, metadata)
            if not started.hidden:
                started.span.set_inputs(readable(inputs))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, inputs: Any = None, **_: Any) -> None:
        """End it."""
        run = self._runs.get(run_id)
        if run is None:
            return
        if run.span.is_recording and not run.hidden:
            with guard("langchain: chain outputs"):
                if inputs is not None:  # only now does a stream know what it was given
                    run.span.set_inputs(readable(inputs))
                run.span.set_outputs(readable(outputs))
        self._end(run)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, inputs: Any = None, **_: Any) -> None:
        """End it with what went wrong, unless it is control flow."""
        run = self._runs.get(run_id)
        if run is not None and inputs is not None and not run.hidden:
            with guard("langchain: chain inputs"):
                run.span.set_inputs(readable(inputs))
        self._fail(run, error)

    def on_chat_model_start(
        self, serialized: Serialized, messages: Sequence[Sequence[BaseMessage]], **run: Any
    ) -> None:
        """Open the span of a chat model, and announce it to the client plugin below."""
        with guard("langchain: chat model start"):
            started = self._start_model(serialized, SpanType.CHAT_MODEL, run)
            if started is not None and started.span.is_recording:
                conversation = messages[0] if messages else ()
                started.span.set_inputs(models.chat_inputs(conversation, run.get("invocation_params") or {}))

    def on_llm_start(self, serialized: Serialized, prompts: Sequence[str], **run: Any) -> None:
        """Open the span of a completion model."""
        with guard("langchain: model start"):
            started = self._start_model(serialized, SpanType.LLM, run)
            if started is not None and started.span.is_recording:
                prompt = prompts[0] if len(prompts) == 1 else list(prompts)
                started.span.set_inputs({"prompt": prompt, **models.parameters(run.get("invocation_params") or {})})

    def on_llm_new_token(self, token: Any, *, run_id: UUID, chunk: Any = None, **_: Any) -> None:
        """Remember the chunk, in case the run is stopped; note when the first one came."""
        run = self._runs.get(run_id)
        if run is None or not run.span.is_recording:
            return
        with guard("langchain: token"):
            if run.answer is None:
                run.answer = PartialAnswer()
                elapsed = time.time_ns() - run.span.start_time_ns
                run.span.set_attribute(attributes.TIME_TO_FIRST_CHUNK_MS, round(elapsed / 1e6, 3))
                # The wire call has begun long ago: one that begins from now on is somebody else's.
                run.span.claimed = True
            run.answer.add(token, chunk)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        """End the span of a model with its answer."""
        run = self._runs.get(run_id)
        if run is not None:
            self._record_answer(run, response)
            self._end(run)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, response: LLMResult | None = None, **_: Any) -> None:
        """End the span of a model that failed or was stopped.

        What it had streamed is recorded; without a stream the answer that LangChain passes here is made up.
        """
        run = self._runs.get(run_id)
        if run is not None and run.answer is not None and response is not None:
            self._record_facts(run, response)
        self._fail(run, error)

    def on_tool_start(self, serialized: Serialized, input_str: str, **run: Any) -> None:
        """Open the span of a tool."""
        with guard("langchain: tool start"):
            started = self._start(serialized, SpanType.TOOL, run)
            if started is None or not started.span.is_recording:
                return
            inputs = run.get("inputs")
            started.span.set_inputs(input_str if inputs is None else readable(inputs))
            started.span.set_attribute(attributes.TOOL_NAME, started.span.name)
            if run.get("tool_call_id"):
                started.span.set_attribute(attributes.TOOL_CALL_ID, run["tool_call_id"])

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """End the span of a tool; one that reports its failure as a message has failed, too."""
        run = self._runs.get(run_id)
        if run is None:
            return
        with guard("langchain: tool output"):
            if run.span.is_recording:
                # The message around it is for the model; the span tells what the tool returned.
                message = output if isinstance(output, ToolMessage) else None
                run.span.set_outputs(readable(output) if message is None else chat_content(message.content))
                if message is not None and message.status == "error":
                    run.span.set_status(SpanStatus.ERROR, str(message.text))
        self._end(run)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """End the span of a tool that raised."""
        self._fail(self._runs.get(run_id), error)

    def on_retriever_start(self, serialized: Serialized, query: str, **run: Any) -> None:
        """Open the span of a retriever."""
        with guard("langchain: retriever start"):
            started = self._start(serialized, SpanType.RETRIEVER, run)
            if started is not None:
                started.span.set_inputs({"query": query})

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_: Any) -> None:
        """End it with the documents."""
        run = self._runs.get(run_id)
        if run is None:
            return
        with guard("langchain: documents"):
            if run.span.is_recording:
                run.span.set_outputs([document(found) for found in documents])
        self._end(run)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """End the span of a retriever that raised."""
        self._fail(self._runs.get(run_id), error)

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **_: Any) -> None:
        """Keep an event that the user's code dispatched."""
        run = self._runs.get(run_id)
        if run is not None and run.span.is_recording:
            with guard("langchain: custom event"):
                run.span.add_event(name, {"data": readable(data)})

    def _start(self, serialized: Serialized, span_type: str, run: Mapping[str, Any]) -> Run | None:
        if not self.active:
            return None
        name = run.get("name") or _serialized_name(serialized) or span_type
        hidden = is_hidden(run.get("tags"))
        started = self._runs.start(run["run_id"], run.get("parent_run_id"), name, span_type, hidden=hidden)
        if started.parent is None and started.span.is_recording:
            with guard("langchain: session and metadata"):
                roots.describe(started.span, run.get("metadata") or {}, run.get("tags") or ())
        return started

    def _start_model(self, serialized: Serialized, span_type: str, run: Mapping[str, Any]) -> Run | None:
        started = self._start(serialized, span_type, run)
        if started is not None and started.span.is_recording:
            model_span.set(started.span)
            with guard("langchain: model request"):
                invocation, metadata = run.get("invocation_params") or {}, run.get("metadata") or {}
                started.span.set_attributes(models.request_attributes(invocation, metadata))
        return started

    def _record_answer(self, run: Run, response: LLMResult) -> None:
        if not run.span.is_recording:
            return
        with guard("langchain: answer"):
            run.span.set_outputs(models.outputs(response))
        self._record_facts(run, response)

    def _record_facts(self, run: Run, response: LLMResult) -> None:
        with guard("langchain: answer's facts"):
            run.span.set_attributes(models.response_attributes(response))
        with guard("langchain: usage"):
            usage = models.token_usage(response)
            if usage is not None:
                run.span.set_token_usage(usage)

    def _end(self, run: Run) -> None:
        with guard("langchain: end"):
            self._runs.end(run)

    def _fail(self, run: Run | None, error: BaseException) -> None:
        if run is None:
            return
        with guard("langchain: interrupt"):
            record_interrupt(run, error)
        with guard("langchain: error"):
            self._runs.end(run, error)


def _serialized_name(serialized: Serialized) -> str | None:
    if not serialized:
        return None
    path = serialized.get("id")
    return serialized.get("name") or (str(path[-1]) if path else None)
