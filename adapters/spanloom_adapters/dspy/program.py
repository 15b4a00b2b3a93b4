"""What a program takes and gives, and which of its fields are the question, the history and the answer.

A signature tells it, of the module itself or of its only predictor; of other modules, the parameters of `forward` and
the outputs of all predictors.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

import dspy  # type: ignore[import-untyped]

from spanloom.errors import AgentError
from spanloom_adapters.dspy.options import DSPyOptions

__all__ = ["NO_DEFAULT", "REACT_V2", "WORKING_FIELDS", "Program", "accepts", "answer_field", "is_a", "is_reasoning"]

NO_DEFAULT = inspect.Parameter.empty
REACT_V2 = "dspy.predict.react_v2.ReActV2"

_QUESTIONS = ("question", "query", "input", "request", "message", "messages", "prompt", "text", "user_message")
_ANSWERS = ("answer", "response", "output", "text", "result")
_REASONING = frozenset({"reasoning", "rationale", "next_thought", "thought", "final_reasoning"})
WORKING_FIELDS = frozenset(
    {"trajectory", "history", "termination_reason", "next_tool_name", "next_tool_args", "tool_calls"}
)
_INSTRUCTIONS = ("instructions", "system_prompt", "system_message")


class _Input:
    def __init__(self, annotation: Any, default: Any = NO_DEFAULT) -> None:
        self.annotation = annotation
        self.required = default is NO_DEFAULT and not accepts(annotation, type(None))


@dataclass(frozen=True)
class Program:
    """A module and its fields.

    Attributes:
        module: The module.
        options: What the user chose.
        inputs: Its inputs by name.
        outputs: The types of its outputs by name.
        history: The input that takes a `dspy.History`, if any.
        answer: The output that is the text of the answer; `None` where all of them together are.
        calls_in_history: Whether its history holds tool calls and their results.
    """

    module: Any
    options: DSPyOptions
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    history: str | None
    answer: str | None
    calls_in_history: bool

    @classmethod
    def of(cls, module: Any, options: DSPyOptions) -> Program:
        """Find out about a module.

        Raises:
            AgentError: If an option names a field that is not there.
        """
        inputs = _inputs(module)
        calls_in_history = any(is_a(part, REACT_V2) for _, part in module.named_sub_modules())
        if is_a(module, REACT_V2):
            inputs["history"] = _Input(dspy.History, None)
        outputs = _outputs(module)
        return cls(
            module,
            options,
            inputs,
            outputs,
            _chosen("history_field", options.history_field, inputs) or _history(inputs),
            options.output_field or answer_field(outputs),
            calls_in_history,
        )

    def question(self, given: Iterable[str]) -> str:
        """Return the input that takes the user's message, when the request gives those inputs by name.

        Raises:
            AgentError: If none does, or it is not clear which.
        """
        chosen = _chosen("input_field", self.options.input_field, self.inputs)
        if chosen:
            return chosen
        texts = [name for name, field in self.inputs.items() if name != self.history and _is_text(field.annotation)]
        for name in _QUESTIONS:
            if name in texts:
                return name
        left = [name for name in texts if name not in given]
        if len(left) == 1:
            return left[0]
        listed = ", ".join(self.inputs) or "none"
        raise AgentError(
            f"which input of {type(self.module).__name__} takes the user's message? Say wrap(..., input_field=…), or "
            f"make the inputs with wrap(..., input_fn=…); its inputs: {listed}"
        )

    def takes_messages(self, question: str) -> bool:
        """Tell whether the input takes chat messages instead of text."""
        annotation = self.inputs[question].annotation
        return get_origin(annotation) is list or (annotation is NO_DEFAULT and question == "messages")

    def field_for(self, kind: type) -> str | None:
        """Return the input that takes objects of this type, or a list of them."""
        return next((name for name, field in self.inputs.items() if accepts(field.annotation, kind)), None)

    def instructions(self) -> str | None:
        """Return the input that takes what the system says, if there is one."""
        return next((name for name in _INSTRUCTIONS if name in self.inputs), None)

    def reasoning(self) -> str | None:
        """Return the output that holds the reasoning, if there is one."""
        return next((name for name, annotation in self.outputs.items() if is_reasoning(name, annotation)), None)

    def speakers(self) -> frozenset[int]:
        """Return the ids of the parts whose `answer` is the program's own, as soon as it is being written.

        They are predictors, or agents that submit it in a tool call. It must be clear which has the last word: with
        several, or when the last one has another field that is like an answer, only the options tell.
        """
        if self._may_end_otherwise():
            return frozenset()
        found: list[Any] = []
        for name, part in self.module.named_sub_modules():
            signature = getattr(part, "signature", None)
            outputs = getattr(signature, "output_fields", {})
            if (is_a(part, REACT_V2) or isinstance(part, dspy.Predict)) and self.answer in outputs:
                if outputs[self.answer].annotation is not str:
                    continue
                if self.options.predictor in (name, name.removeprefix("self.")):
                    return frozenset({id(part)})
                found.append(part)
        if self.options.predictor is not None:
            names = ", ".join(name for name, _ in self.module.named_predictors())
            raise AgentError(
                f"predictor={self.options.predictor!r}: no predictor of this name writes {self.answer!r} as text; "
                f"the predictors: {names}"
            )
        return frozenset({id(found[0])}) if len(found) == 1 else frozenset()

    def _may_end_otherwise(self) -> bool:
        predictors = self.module.named_predictors()
        if self.options.output_field or self.options.predictor or len(predictors) < 2 or _signature(self.module):  # noqa: PLR2004 - the last of several
            return False
        last = predictors[-1][1].signature.output_fields
        return answer_field({name: field.annotation for name, field in last.items()}) != self.answer


def is_a(module: Any, name: str) -> bool:
    """Tell whether the module is an instance of the class of this full name."""
    return any(f"{kind.__module__}.{kind.__qualname__}" == name for kind in type(module).__mro__)


def accepts(annotation: Any, kind: type) -> bool:
    """Tell whether a field of this type takes objects of that one, in a list or a union perhaps."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return issubclass(annotation, kind)
    return any(accepts(argument, kind) for argument in get_args(annotation))


def is_reasoning(name: str, annotation: Any) -> bool:
    """Tell whether an output holds reasoning."""
    return annotation is dspy.Reasoning or (name in _REASONING and annotation in (str, NO_DEFAULT))


def answer_field(outputs: Mapping[str, Any]) -> str | None:
    """Return the output that is most like an answer: by its name, or the last text, or the only one."""
    left = {
        name: annotation
        for name, annotation in outputs.items()
        if name not in WORKING_FIELDS and not is_reasoning(name, annotation) and not accepts(annotation, dspy.ToolCalls)
    }
    for name in _ANSWERS:
        if name in left:
            return name
    texts = [name for name, annotation in left.items() if annotation is str]
    return texts[-1] if texts else next(iter(left)) if len(left) == 1 else None


def _chosen(option: str, name: str | None, inputs: Mapping[str, _Input]) -> str | None:
    if name is not None and name not in inputs:
        raise AgentError(f"{option}={name!r}: there is no such input; the inputs: {', '.join(inputs) or 'none'}")
    return name


def _history(inputs: Mapping[str, _Input]) -> str | None:
    for name, field in inputs.items():
        if accepts(field.annotation, dspy.History) or (name == "history" and field.annotation is NO_DEFAULT):
            return name
    return None


def _is_text(annotation: Any) -> bool:
    if annotation in (str, Any, NO_DEFAULT) or get_origin(annotation) is list:
        return not accepts(annotation, dspy.Type)
    return str in get_args(annotation)


def _signature(module: Any) -> Any:
    """Return the signature of the module, or of its only predictor if that is given what the module is given."""
    own = getattr(module, "signature", None)
    if hasattr(own, "input_fields"):
        return own
    predictors = module.named_predictors()
    if len(predictors) == 1 and not list(_parameters(module)):
        return predictors[0][1].signature
    return None


def _parameters(module: Any) -> Iterator[inspect.Parameter]:
    for parameter in list(inspect.signature(_forward(module)).parameters.values())[1:]:
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            yield parameter


def _forward(module: Any) -> Any:
    # Of the class: DSPy warns whoever takes it from the module.
    kind = type(module)
    forward = getattr(kind, "forward", None) or getattr(kind, "aforward", None)
    if forward is None:
        raise AgentError(f"{kind.__name__} has no method `forward`: there is nothing to run")
    return forward


def _inputs(module: Any) -> dict[str, _Input]:
    signature = _signature(module)
    if signature is not None:
        return {
            name: _Input(field.annotation, NO_DEFAULT if field.is_required() else field.default)
            for name, field in signature.input_fields.items()
        }
    hints = _hints(_forward(module))
    named = {
        parameter.name: _Input(hints.get(parameter.name, NO_DEFAULT), parameter.default)
        for parameter in _parameters(module)
    }
    if named:
        return named
    first = next(iter(module.named_predictors()), None)
    return {name: _Input(field.annotation) for name, field in first[1].signature.input_fields.items()} if first else {}


def _hints(function: Any) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except (NameError, TypeError):  # annotations that only a type checker understands
        return {}


def _outputs(module: Any) -> dict[str, Any]:
    signature = _signature(module)
    if is_a(module, "dspy.predict.chain_of_thought.ChainOfThought"):
        signature = module.predict.signature
    signatures = [signature] if signature is not None else [part.signature for _, part in module.named_predictors()]
    return {name: field.annotation for each in signatures for name, field in each.output_fields.items()}
