"""What `wrap` takes for DSPy programs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

__all__ = ["DSPyOptions"]


@dataclass(frozen=True)
class DSPyOptions:
    """The options of the adapter `dspy`; which fields are meant is found out where they are not given.

    Attributes:
        input_field: The input that takes the text of the user's message.
        output_field: The output that is the text of the answer.
        history_field: The input that takes the earlier turns as a `dspy.History`.
        predictor: The predictor whose `output_field` is the answer while it is being written, by its name in
            `program.named_predictors()`: only where several have that field.
        lm: The model, a `dspy.LM`, for the predictors that have none of their own.
        adapter: What makes the prompts, a `dspy.Adapter`.

    Example:
        >>> agent = spanloom.wrap(program, input_field="claim", output_field="verdict", lm=dspy.LM("openai/gpt-5-mini"))
    """

    input_field: str | None = None
    output_field: str | None = None
    history_field: str | None = None
    predictor: str | None = None
    lm: Any = None
    adapter: Any = None

    def __post_init__(self) -> None:
        for option in fields(self)[:4]:
            name = getattr(self, option.name)
            if name is not None and not isinstance(name, str):
                raise ValueError(f"{option.name}={name!r}: expected a name")
        if isinstance(self.lm, str):
            raise ValueError(f"lm={self.lm!r}: expected a model, dspy.LM({self.lm!r})")  # noqa: TRY004 - as all options
        if self.lm is not None and not callable(self.lm):
            raise ValueError(f"lm={self.lm!r}: expected a model, dspy.LM(...)")
        if self.adapter is not None and not callable(getattr(self.adapter, "format", None)):
            raise ValueError(f"adapter={self.adapter!r}: expected a DSPy adapter, such as dspy.JSONAdapter()")
