"""The headers of the request being served, for handlers and agents."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

__all__ = ["get_request_headers", "set_request_headers"]

_headers: ContextVar[Mapping[str, str] | None] = ContextVar("spanloom_request_headers", default=None)


def get_request_headers() -> dict[str, str]:
    """Return the headers of the request being served, names in lower case; nothing outside of a request.

    Example:
        >>> user_token = get_request_headers().get("x-forwarded-access-token")
    """
    return dict(_headers.get() or {})


def set_request_headers(headers: Mapping[str, str]) -> None:
    """Set what `get_request_headers` returns here: the server does, and so may a test."""
    _headers.set(headers)
