"""`make_judge`: a judge by your own instructions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson
from pydantic import Field

from spanloom.errors import EvaluationError
from spanloom.evaluation.judges.answer_format import AnswerFormat
from spanloom.evaluation.judges.judge import Judge
from spanloom.evaluation.judges.template import fill, variables_of
from spanloom.evaluation.judges.trace_text import trace_as_text
from spanloom.evaluation.scorers.verdict import recorded
from spanloom.evaluation.scoring import PARAMETERS
from spanloom.evaluation.texts import text_of
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.snapshot import snapshot
from spanloom.tracing.traces import Trace

__all__ = ["InstructionsJudge", "make_judge"]


def make_judge(
    name: str,
    instructions: str,
    model: Any = None,
    description: str | None = None,
    feedback_value_type: Any = str,
    inference_params: dict[str, Any] | None = None,
    base_url: str | None = None,
    extra_headers: dict[str, str] | None = None,
    *,
    client: Any = None,
    votes: int = 1,
    cache: bool = True,
    aggregations: list[Any] | None = None,
    pass_if: Callable[[Any], bool] | None = None,
) -> Judge:
    """Make a judge. Names and arguments are those of `mlflow.genai.judges.make_judge`.

    Args:
        name: The name of the feedback.
        instructions: What to judge, with any of `{{ inputs }}`, `{{ outputs }}`, `{{ expectations }}` and
            `{{ trace }}`. Each is named in its place, and shown whole below the instructions.
        model: See `Judge`, as for the arguments that are not named here.
        description: What is judged, for people.
        feedback_value_type: What the model answers with: `bool`, `int`, `float`, `str`, a `Literal` of texts, or a list
            or dictionary of them.
        inference_params: Arguments of every request.
        base_url: The endpoint.
        extra_headers: HTTP headers of every request.
        client: See `Judge`.
        votes: How often the model is asked.
        cache: Whether answers are kept.
        aggregations: See `Scorer`.
        pass_if: Whether a value passes.

    Raises:
        EvaluationError: If the instructions name none of the four, or something else, or the type can't be answered.

    Example:
        >>> tone = make_judge(
        ...     "tone", "Is the tone of {{ outputs }} friendly?", feedback_value_type=Literal["friendly", "rude"]
        ... )
        >>> tone(outputs="Look it up yourself.").value
        'rude'
    """
    _check(name, instructions, feedback_value_type)
    return InstructionsJudge(
        name=name,
        instructions=instructions,
        model=model,
        description=description,
        feedback_value_type=feedback_value_type,
        inference_params=inference_params or {},
        base_url=base_url,
        extra_headers=extra_headers,
        client=client,
        votes=votes,
        cache=cache,
        aggregations=aggregations,
        pass_if=pass_if,
    )


class InstructionsJudge(Judge):
    """A judge by instructions; `make_judge` makes it.

    Attributes:
        instructions: See `make_judge`.
        feedback_value_type: See `make_judge`.
    """

    instructions: str = Field(repr=False)
    feedback_value_type: Any = Field(default=str, exclude=True)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(variables_of(self.instructions))

    def __call__(
        self, *, inputs: Any = None, outputs: Any = None, expectations: Any = None, trace: Trace | None = None
    ) -> Feedback:
        """Score one row."""
        row = {"inputs": inputs, "outputs": outputs, "expectations": expectations, "trace": trace}
        values = {name: self._shown(name, row[name]) for name in self.parameters}
        asked = fill(self.instructions, {name: f"<{name}>" for name in self.parameters})
        places = "\n".join(f"<{name}>\n{{{{ {name} }}}}\n</{name}>" for name in self.parameters)
        return self.ask(f"{asked}\n\n{fill(places, values)}", self.feedback_value_type)

    def _shown(self, name: str, value: Any) -> str:
        if name == "trace":
            return trace_as_text(recorded(self, value))
        return text_of(value) if name == "outputs" else orjson.dumps(orjson.loads(snapshot(value))).decode()


def _check(name: str, instructions: str, value_type: Any) -> None:
    named = variables_of(instructions)
    unknown = [variable for variable in named if variable not in PARAMETERS]
    if unknown or not named:
        what = f"{{{{ {unknown[0]} }}}}" if unknown else "no part of the row"
        expected = ", ".join(f"{{{{ {parameter} }}}}" for parameter in PARAMETERS)
        raise EvaluationError(f"the instructions of the judge {name!r} name {what}; expected one or more of {expected}")
    _ = AnswerFormat(value_type).value_schema
