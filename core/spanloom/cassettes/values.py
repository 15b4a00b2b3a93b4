"""What tools give back or raise, as it stands in a cassette."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.cassettes.report import ReplayError
from spanloom.cassettes.shapes import class_of, dumped, is_plain, loaded, name_of

__all__ = ["RecordedToolError", "answer_of", "answered", "failed"]


class RecordedToolError(Exception):
    """Raised in the place of a tool's exception that could not be made again."""


def answered(value: Any) -> dict[str, Any]:
    """Return the response of a tool that gave this back; `{"unstorable": type}` if JSON can't bring it back."""
    try:
        content, shape = dumped(value)
    except Exception:
        return {"unstorable": name_of(type(value))}
    return {"value": content} if shape is None else {"value": content, "type": shape}


def failed(error: Exception) -> dict[str, Any]:
    """Return the response of a tool that raised."""
    arguments = list(error.args) if is_plain(list(error.args)) else None
    return {"error": {"type": name_of(type(error)), "message": str(error), "args": arguments}}


def answer_of(response: Mapping[str, Any]) -> Any:
    """Return what the tool gave back, or raise what it raised.

    Raises:
        ReplayError: If the record holds no such value any more: a secret in it was replaced, or its class has changed.
    """
    if "error" in response:
        raise _exception(response["error"])
    try:
        return loaded(response["value"], response.get("type"))
    except Exception as error:
        raise ReplayError(
            f"what is on the record can't be made a {response['type']} again, since its class has changed, or a secret "
            f"in it was replaced; let it be called by spanloom.replay(..., on_missing='call'): {error}"
        ) from error


def _exception(error: Mapping[str, Any]) -> Exception:
    if error["args"] is not None:
        try:
            kind = class_of(error["type"])
            if issubclass(kind, Exception):
                made: Exception = kind(*error["args"])
                return made
        except Exception:  # noqa: S110 - its class has moved, or takes other arguments
            pass
    return RecordedToolError(f"{error['type']}: {error['message']}")
