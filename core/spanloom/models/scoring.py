"""The JSON in which servers are asked for predictions of models that are no agents. The forms are MLflow's."""

from __future__ import annotations

from typing import Any, NamedTuple

from spanloom.errors import SchemaError, extra_needed
from spanloom.models.frames import is_frame, plain, records

__all__ = ["ScoringInput", "answer_of", "scoring_input"]

_WRAPPERS = ("inputs", "instances", "dataframe_split", "dataframe_records")


class ScoringInput(NamedTuple):
    """What a request asks for.

    Attributes:
        data: What the model is given.
        params: Its parameters.
        wrapped: Whether the answer is to stand under `predictions`.
    """

    data: Any
    params: dict[str, Any] | None
    wrapped: bool


def scoring_input(body: dict[str, Any]) -> ScoringInput:
    """Read the body of a request: `{"inputs": …}`, `{"instances": …}`, `{"dataframe_split": …}` or
    `{"dataframe_records": …}`, each with `params` if need be; any other object is itself what the model is given.

    Raises:
        SchemaError: If it says two of that, or a table is none.
        MissingExtraError: If a table needs pandas, which is not installed.
    """  # noqa: D205 - the forms belong together
    named = [key for key in _WRAPPERS if key in body]
    if not named:
        return ScoringInput(body, None, wrapped=False)
    params = body.get("params")
    if len(named) > 1 or (params is not None and not isinstance(params, dict)):
        raise SchemaError(f"expected one of {', '.join(_WRAPPERS)}, and params as an object if need be")
    [key] = named
    data = _frame(key, body[key]) if key.startswith("dataframe") else body[key]
    return ScoringInput(data, params, wrapped=True)


def answer_of(answer: Any, *, wrapped: bool) -> Any:
    """Return what a model answered as JSON values."""
    value = records(answer) if is_frame(answer) else plain(answer)
    return {"predictions": value} if wrapped else value


def _frame(key: str, table: Any) -> Any:
    with extra_needed(f"a request with {key}", "pandas", "pandas"):
        import pandas as pd  # type: ignore[import-untyped,unused-ignore] # an extra
    try:
        if key == "dataframe_records":
            return pd.DataFrame.from_records(table)
        return pd.DataFrame(table["data"], index=table.get("index"), columns=table.get("columns"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SchemaError(f"{key}: no table can be made of it: {type(error).__name__}: {error}") from error
