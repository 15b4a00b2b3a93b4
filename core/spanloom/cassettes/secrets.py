"""What a cassette must not hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.tracing.redact import Redactor
from spanloom.tracing.redaction_sets import API_KEYS
from spanloom.tracing.settings import settings

__all__ = ["without_secrets"]

_FIELDS = frozenset(
    {"access_token", "api_key", "client_secret", "id_token", "password", "private_key", "refresh_token"}
)
"""What OAuth 2.0 (RFC 6749) and services' accounts call secrets, wherever it stands in a body."""


def without_secrets() -> Callable[[Any], Any]:
    """Return what takes keys, and all that `configure(redact=...)` names, out of a JSON value."""
    return Redactor([*settings.redact, *_FIELDS, API_KEYS]).redact_value
