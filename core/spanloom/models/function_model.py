"""Calling a function, a `PythonModel`, or what a loader module gave."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from spanloom.agents.background import iterate_sync, run_sync
from spanloom.agents.threads import iterate_in_thread, run_in_thread
from spanloom.errors import ModelError
from spanloom.models.context import PythonModelContext
from spanloom.models.frames import is_frame
from spanloom.models.hinted_frames import frame_forms, takes_list
from spanloom.models.type_hints import input_hint
from spanloom.schemas.validation import schema_error

__all__ = ["FunctionModel"]


class FunctionModel:
    """A model that takes and gives what it likes; its annotations, where it has any, are checked.

    Args:
        python_model: What its author wrote.
        predict: The function: `(model_input)`, and `context` and `params` where it names them; synchronous or not. A
            generator function streams.
        predict_stream: The function that streams.
        context: What is passed as `context`.
        hint: The annotation of the data, if the function's own does not tell it.
    """

    def __init__(
        self,
        python_model: Any,
        predict: Callable[..., Any],
        predict_stream: Callable[..., Any] | None = None,
        context: PythonModelContext | None = None,
        hint: Any = None,
    ) -> None:
        self.python_model = python_model
        self._context = context
        self._generates = _unwrapped(predict, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        self._predict = predict
        self._stream = predict_stream or (predict if self._generates else None)
        self.streamable = self._stream is not None
        self._hint = input_hint(predict) if hint is None else hint
        self._adapter = _adapter(self._hint)

    def get_raw_model(self) -> Any:
        """Return what its author wrote; MLflow asks by this name."""
        return self.python_model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what it answers; of a generator, all that it yields.

        Raises:
            SchemaError: If the input does not fit the annotation; the message names every field path.
        """
        if self._generates:
            return list(self.predict_stream(model_input, params))
        result = self._call(self._predict, model_input, params)
        return run_sync(result) if inspect.iscoroutine(result) else result

    def predict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield what it answers.

        Raises:
            ModelError: If it does not stream.
        """
        stream = self._call(self._streaming(), model_input, params, is_one=not isinstance(model_input, list))
        return iterate_sync(stream) if hasattr(stream, "__aiter__") else iter(stream)

    async def apredict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what it answers; a synchronous function runs in a thread."""
        if _unwrapped(self._predict, inspect.iscoroutinefunction):
            return await self._call(self._predict, model_input, params)
        return await run_in_thread(self.predict, model_input, params)

    def apredict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> AsyncIterator[Any]:
        """Yield what it answers; a synchronous generator runs in a thread."""
        streaming = self._streaming()
        if _unwrapped(streaming, inspect.isasyncgenfunction):
            stream: AsyncIterator[Any] = self._call(streaming, model_input, params)
            return stream
        return iterate_in_thread(lambda: self.predict_stream(model_input, params))

    def _streaming(self) -> Callable[..., Any]:
        if self._stream is None:
            raise ModelError("this model does not stream: it has no predict_stream; use predict")
        return self._stream

    def _call(
        self,
        function: Callable[..., Any],
        model_input: Any,
        params: dict[str, Any] | None,
        *,
        is_one: bool = False,
    ) -> Any:
        names = inspect.signature(function).parameters
        keywords = {"params": params} if "params" in names else {}
        data = self._fitting(model_input, is_one=is_one)
        if "context" in names or sum(_is_needed(parameter) for parameter in names.values()) > 1:
            return function(self._context, data, **keywords)
        return function(data, **keywords)

    def _fitting(self, data: Any, *, is_one: bool = False) -> Any:
        if self._adapter is None:
            return data
        forms = frame_forms(data, self._hint) if is_frame(data) else [data]
        if is_one and takes_list(self._hint):
            forms.append([data])  # MLflow takes lists apart before it asks for a stream
        refusals = []
        for form in forms:
            try:
                return self._adapter.validate_python(form)
            except ValidationError as error:
                refusals.append(error)
        raise schema_error(refusals[0], "the model's input") from None


def _is_needed(parameter: inspect.Parameter) -> bool:
    positional = parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    return positional and parameter.default is parameter.empty and parameter.name != "params"


def _adapter(hint: Any) -> TypeAdapter[Any] | None:
    if hint is Any:
        return None
    try:
        return TypeAdapter(hint)
    except PydanticUserError:  # nothing that pydantic knows, such as a DataFrame; typing.TypedDict before Python 3.12
        return None


def _unwrapped(function: Callable[..., Any], *questions: Callable[[Any], bool]) -> bool:
    inner = inspect.unwrap(function)
    inner = inner if inspect.isroutine(inner) else getattr(inner, "__call__", inner)  # noqa: B004 - an object with that method
    return any(question(inner) for question in questions)
