"""Values as text."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_jsonable_python

__all__ = ["code_output", "failure_text", "json_text", "last_line", "plain", "value_text"]


def plain(value: Any) -> Any:
    """Return any value as JSON could hold it."""
    return to_jsonable_python(value, fallback=str)


def json_text(value: Any) -> str:
    """Return any value as JSON."""
    return json.dumps(plain(value), ensure_ascii=False)


def value_text(value: Any) -> str:
    """Return text as it is, anything else as JSON; nothing as no text."""
    value = plain(value)
    return value if isinstance(value, str) else "" if value is None else json_text(value)


def code_output(value: Any) -> str:
    """Return what code printed or submitted."""
    value = value.output if type(value).__name__ == "FinalOutput" else value
    return "\n".join(map(str, value)) if isinstance(value, list) else value_text(value)


def failure_text(error: BaseException) -> str:
    """Return what happened, without where."""
    return f"{type(error).__name__}: {error}"


def last_line(text: str) -> str:
    """Return a failure as DSPy tells it to the model, without the traceback: that tells about the server."""
    head, mark, traceback = text.partition("Traceback (most recent call last)")
    if not mark:
        return text
    # The frames are indented; the exception, which may have several lines, is not.
    lines = traceback.rstrip().splitlines()
    last_frame = max((index for index, line in enumerate(lines) if line.startswith("  ")), default=0)
    return f"{head.rstrip()} {' '.join(lines[last_frame + 1 :])}".strip()
