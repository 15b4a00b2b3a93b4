"""Values of any kind as JSON could hold them."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_jsonable_python

__all__ = ["plain_value"]


def plain_value(value: Any) -> Any:
    """Return any value as JSON could hold it."""
    return to_jsonable_python(value, fallback=str)
