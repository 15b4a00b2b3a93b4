"""Asking a model about rows of data, one answer each: what fails at one row is that row's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from inspect import isroutine
from typing import Any, Final, get_args, get_origin

import orjson

from spanloom.agents.python_model import PythonModel
from spanloom.errors import ModelError, extra_needed
from spanloom.evaluation.rate_limits import RateLimits
from spanloom.models.frames import is_frame, plain, records
from spanloom.models.loaded import PyFuncModel
from spanloom.models.type_hints import input_hint

__all__ = ["Answer", "RowModel"]

_RESPONSES: Final = "agent/v1/responses"
_SCALARS: Final = {bool, bytes, datetime, float, int, str}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one row: a value, or why there is none."""

    value: Any = None
    error: BaseException | None = None


class RowModel:
    """A model that answers rows.

    Agents, and functions that take one value, are asked row by row. Models that take many rows (annotated as a list or
    a DataFrame; or without an annotation, if they are objects or their signature names columns) are asked once, and row
    by row where that fails. What was refused with HTTP status 429 is repeated. A response that says it failed is no
    answer.

    Args:
        model: The model.
        params: Further parameters of every call.
    """

    def __init__(self, model: PyFuncModel, params: dict[str, Any] | None = None) -> None:
        self._model = model
        self._params = params
        self._limits = RateLimits()
        signature = model.metadata.signature
        self._columns = [spec.get("name") for spec in (signature.inputs if signature else None) or ()]
        author = model.unwrap_python_model()
        self._task = model.metadata.task
        hint = Any if self._task else _hint(author)
        self._takes_list = get_origin(hint) is list
        self._takes_scalars = self._takes_list and get_args(hint)[0] in _SCALARS
        self._takes_many = not self._task and (
            self._takes_list or _is_pandas(hint) or (hint is Any and (any(self._columns) or not isroutine(author)))
        )

    def answers(self, rows: Sequence[Any]) -> list[Answer]:
        """Answer rows: dictionaries of columns, where `None` is an empty cell, or single values.

        A text given to an agent is what the user says, or a whole request as JSON.
        """
        if self._takes_many and len(rows) > 1:
            try:
                return [Answer(value) for value in self._answer_many(rows)]
            except Exception:  # noqa: S110 - asked again, row by row, where it is told
                pass
        return [self._answer(row) for row in rows]

    def _answer(self, row: Any) -> Answer:
        try:
            if self._takes_many:
                return Answer(self._answer_many([row])[0])
            request = self._request(row) if self._task else row
            answer = self._limits.call(lambda: self._model.predict(request, self._params))
        except BaseException as error:
            return Answer(error=error)
        failure = answer.get("error") if self._task == _RESPONSES and isinstance(answer, Mapping) else None
        return Answer(answer) if failure is None else Answer(error=ModelError(_failure_text(failure)))

    def _request(self, row: Any) -> Any:
        if not isinstance(row, str):
            return {name: cell for name, cell in row.items() if cell is not None} if isinstance(row, Mapping) else row
        key = "input" if self._task == _RESPONSES else "messages"
        return _json_request(row, key) or {key: row if key == "input" else [{"role": "user", "content": row}]}

    def _answer_many(self, rows: Sequence[Any]) -> list[Any]:
        data = [self._item(row) for row in rows] if self._takes_list else self._frame(rows)
        answers = self._limits.call(lambda: self._model.predict(data, self._params))
        values = records(answers) if is_frame(answers) else plain(answers)
        if not isinstance(values, list):
            values = [values] if len(rows) == 1 else []
        if len(values) != len(rows):
            raise ModelError(f"the model was asked about {len(rows)} rows and answered {len(values)}")
        return values

    def _item(self, row: Any) -> Any:
        is_column = self._takes_scalars and isinstance(row, Mapping) and len(row) == 1
        return next(iter(row.values())) if is_column else row

    def _frame(self, rows: Sequence[Any]) -> Any:
        with extra_needed("a model that takes a DataFrame", "pandas", "pandas"):
            import pandas as pd
        if all(isinstance(row, Mapping) for row in rows):
            return pd.DataFrame(list(rows))
        return pd.DataFrame({next(filter(None, self._columns), "0"): list(rows)})


def _json_request(text: str, key: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return request if key in request else None


def _failure_text(failure: Any) -> str:
    message = failure.get("message") if isinstance(failure, Mapping) else None
    return str(message or failure)


def _hint(author: Any) -> Any:
    function = author.predict if isinstance(author, PythonModel) or not callable(author) else author
    return input_hint(function)


def _is_pandas(hint: Any) -> bool:
    return getattr(hint, "__module__", "").partition(".")[0] == "pandas"
