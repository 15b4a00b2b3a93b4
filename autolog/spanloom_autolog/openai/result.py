"""What a call returned: a model of the client, or a raw response around one."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call

__all__ = ["answer", "unwrap"]


def unwrap(result: Any) -> Any:
    """Return what `with_raw_response` wraps; its `parse()` keeps the object, so that the caller gets the same one.

    `with_streaming_response` is left alone: reading its body is up to the caller.
    """
    from openai import OpenAIError
    from openai._legacy_response import LegacyAPIResponse

    if not isinstance(result, LegacyAPIResponse):
        return result
    try:
        return result.parse()
    except (OpenAIError, ValueError):
        return None  # the caller meets the same error when parsing


def answer(_call: Call, result: Any) -> Any:
    """Return the model that was returned, or `None` for anything that can't be read without side effects."""
    from openai import BaseModel

    read = unwrap(result)
    return read if isinstance(read, BaseModel) else None
