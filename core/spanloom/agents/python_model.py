"""The general model: any inputs, any outputs."""

from __future__ import annotations

from typing import Any

from spanloom.errors import AgentError
from spanloom.tracing.decorator import trace
from spanloom.tracing.vocabulary import SpanType

__all__ = ["PythonModel"]


class PythonModel:
    """A model with inputs and outputs of its own; every call is traced as a CHAIN span.

    Example:
        >>> class Double(spanloom.PythonModel):
        ...     def predict(self, context, model_input, params=None):
        ...         return [2 * value for value in model_input]
        >>> Double().predict(None, [1, 2])
        [2, 4]
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in ("predict", "predict_stream"):
            if method in vars(cls):
                setattr(cls, method, trace(vars(cls)[method], f"{cls.__name__}.{method}", SpanType.CHAIN))

    def load_context(self, context: Any) -> None:
        """Load what the model needs (weights, indexes, configuration), once, before its first request."""

    def predict(self, *_args: Any, **_kwargs: Any) -> Any:
        """Answer `(context, model_input, params=None)`."""
        raise AgentError(f"{type(self).__qualname__} must define predict(self, context, model_input, params=None)")

    def predict_stream(self, *_args: Any, **_kwargs: Any) -> Any:
        """Answer `(context, model_input, params=None)` as a stream."""
        raise AgentError(
            f"{type(self).__qualname__} must define predict_stream(self, context, model_input, params=None) to stream"
        )
