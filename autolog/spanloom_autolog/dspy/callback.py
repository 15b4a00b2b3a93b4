"""The callback: what DSPy tells on one side, spans on the other.

DSPy logs and forgets what a callback raises, so every step is under a guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dspy.utils.callback import BaseCallback  # type: ignore[import-untyped]

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import AMBIENT
from spanloom.tracing.span import NOOP_SPAN
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.dspy import adapters, models, modules, optimization
from spanloom_autolog.dspy.calls import OpenCall, OpenCalls
from spanloom_autolog.dspy.kinds import ends_the_run, module_name, module_type
from spanloom_autolog.dspy.values import plain

__all__ = ["TraceCallback"]

Given = Mapping[str, Any]
Failure = BaseException | None


class TraceCallback(BaseCallback):  # type: ignore[misc]
    """Opens a span when a call starts and ends it when the call does.

    Attributes:
        active: Whether new calls are traced; false after autologging was switched off.
    """

    def __init__(self, calls: OpenCalls, *, trace_compile: bool, trace_evaluate: bool) -> None:
        self._calls = calls
        self._trace_compile = trace_compile
        self._trace_evaluate = trace_evaluate
        self.active = True

    def on_module_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of a module or a retriever."""
        call = self._start(call_id, "module", instance)
        if call is None:
            return
        span = self._calls.open_span(call, module_name(instance, call.parent), module_type(instance))
        if span.is_recording:
            with guard("dspy: module inputs"):
                span.set_inputs(modules.inputs(call, inputs))
            with guard("dspy: module attributes"):
                span.set_attributes(modules.facts(call))

    def on_module_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        call = self._calls.leave(call_id)
        if call is not None and exception is None and call.span.is_recording:
            with guard("dspy: module outputs"):
                call.span.set_outputs(modules.outputs(call, outputs))
        self._calls.end(call, exception)

    def on_lm_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of a model call."""
        call = self._start(call_id, "lm", instance)
        if call is None:
            return
        span = self._calls.open_span(call, *models.name_and_type(instance))
        if span.is_recording:
            with guard("dspy: model inputs"):
                span.set_inputs(models.inputs(instance, inputs))
            with guard("dspy: model attributes"):
                span.set_attributes(models.request_facts(instance, inputs))

    def on_lm_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it; what it came to was read before, see `hooks.read_results`."""
        call = self._calls.leave(call_id)
        if call is not None and exception is None and call.span.is_recording:
            with guard("dspy: model outputs"):
                if not call.span.has_outputs:
                    call.span.set_outputs(models.outputs(outputs) if isinstance(outputs, list) else outputs)
            with guard("dspy: tool call ids"):
                agent = call.enclosing("module", span_type=SpanType.AGENT)
                if agent is not None:
                    agent.asked = True
                    agent.pending = models.tool_calls(outputs) if isinstance(outputs, list) else []
        self._calls.end(call, exception)

    def on_adapter_format_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of an adapter that makes a prompt."""
        self._start_adapter(call_id, "format", instance, adapters.format_inputs, inputs)

    def on_adapter_format_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:  # noqa: ARG002
        """End it; its messages are what the model call below the same parent is given."""
        self._calls.end(self._calls.leave(call_id), exception)

    def on_adapter_parse_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of an adapter that reads an answer."""
        self._start_adapter(call_id, "parse", instance, adapters.parse_inputs, inputs)

    def on_adapter_parse_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        self._end_plain(call_id, outputs, exception)

    def on_tool_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of a tool."""
        call = self._start(call_id, "tool", instance)
        if call is None:
            return
        if ends_the_run(instance, call.parent):
            return  # no tool of the user's: the agent's own way to hear that the answer is ready
        if call.parent is not None and call.parent.kind == "interpreter" and call.parent.span.name == instance.name:
            return  # the interpreter has announced it already
        self._open_tool(call, str(instance.name), inputs.get("kwargs"))

    def on_tool_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        self._end_plain(call_id, outputs, exception)

    def on_interpreter_execute_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of code that a model wrote."""
        call = self._start(call_id, "interpreter", instance)
        if call is None:
            return
        agent = call.enclosing("module", span_type=SpanType.AGENT)
        # Before the model was asked anything it is the agent that prepares the interpreter.
        if agent is None or agent.asked:
            self._open_tool(call, "python", {name: value for name, value in inputs.items() if value})

    def on_interpreter_execute_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        final = type(outputs).__name__ == "FinalOutput"
        self._end_plain(call_id, outputs.output if final else outputs, exception)

    def on_interpreter_tool_call_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of a tool that the code calls."""
        call = self._start(call_id, "interpreter", instance)
        if call is not None:
            self._open_tool(call, str(inputs.get("tool_name")), inputs.get("kwargs"))

    def on_interpreter_tool_call_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        self._end_plain(call_id, outputs, exception)

    def on_evaluate_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of an evaluation."""
        call = self._start(call_id, "evaluate", instance)
        if call is None:
            return
        call.metadata = inputs.get("callback_metadata")
        self._open_work(call, "Evaluate", SpanType.EVALUATOR, traced=self._trace_evaluate)
        if call.span.is_recording:
            with guard("dspy: evaluation inputs"):
                call.span.set_inputs(optimization.evaluation_inputs(instance, inputs))

    def on_evaluate_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it, and tell its score to the optimization that it is part of."""
        call = self._calls.leave(call_id)
        if call is not None and exception is None and call.span.is_recording:
            with guard("dspy: evaluation outputs"):
                call.span.set_outputs(optimization.evaluation_outputs(outputs))
            with guard("dspy: evaluation score"):
                call.span.set_attribute(optimization.SCORE, plain(outputs.score))
                optimizer = call.enclosing("compile")
                if optimizer is not None:
                    optimizer.scores.append(optimization.score(call, outputs))
        self._calls.end(call, exception)

    def on_compile_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """Open the span of an optimization."""
        call = self._start(call_id, "compile", instance)
        if call is None:
            return
        self._open_work(call, type(instance).__name__, SpanType.WORKFLOW, traced=self._trace_compile)
        if call.span.is_recording:
            with guard("dspy: optimization inputs"):
                call.span.set_inputs(optimization.compile_inputs(instance, inputs))

    def on_compile_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """End it."""
        call = self._calls.leave(call_id)
        if call is not None and call.span.is_recording:
            with guard("dspy: optimization outputs"):
                call.span.set_outputs(optimization.compile_outputs(call, outputs))
            with guard("dspy: optimization score"):
                best = optimization.best_score(call)
                if best is not None:
                    call.span.set_attribute(optimization.SCORE, best)
        self._calls.end(call, exception)

    def _start(self, call_id: str, kind: str, instance: Any) -> OpenCall | None:
        return self._calls.announce(call_id, kind, instance) if self.active else None

    def _start_adapter(self, call_id: str, kind: str, instance: Any, read: Any, inputs: Given) -> None:
        call = self._start(call_id, kind, instance)
        if call is None:
            return
        above = call.parent
        if above is not None and above.kind == kind and above.instance is instance:
            return  # a method that the adapter's class inherits is announced once for each class
        span = self._calls.open_span(call, f"{type(instance).__name__}.{kind}", SpanType.PARSER)
        if span.is_recording:
            with guard(f"dspy: {kind} inputs"):
                span.set_inputs(read(inputs))

    def _open_tool(self, call: OpenCall, name: str, arguments: Any) -> None:
        span = self._calls.open_span(call, name, SpanType.TOOL)
        if span.is_recording:
            with guard("dspy: tool inputs"):
                span.set_inputs(plain(arguments))
            with guard("dspy: tool attributes"):
                span.set_attribute(attributes.TOOL_NAME, name)
                tool_call_id = call.parent.take_tool_call_id(name) if call.parent is not None else None
                if tool_call_id is not None:
                    span.set_attribute(attributes.TOOL_CALL_ID, tool_call_id)

    def _open_work(self, call: OpenCall, name: str, span_type: str, *, traced: bool) -> None:
        """Open an evaluation or optimization, which is recorded also within one whose inside is not."""
        above = call.enclosing("compile", "evaluate")
        untraced = above is not None and above.inside is NOOP_SPAN
        parent = above.span if above is not None and untraced else AMBIENT
        self._calls.open_span(call, name, span_type, parent, muted=untraced or not traced)

    def _end_plain(self, call_id: str, outputs: Any, exception: Failure) -> None:
        call = self._calls.leave(call_id)
        if call is not None and exception is None and call.span.is_recording:
            with guard(f"dspy: {call.kind} outputs"):
                call.span.set_outputs(plain(outputs))
        self._calls.end(call, exception)
