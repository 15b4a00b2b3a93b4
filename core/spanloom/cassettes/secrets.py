"""What a cassette must not hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from spanloom.tracing.redact import REDACTED, Redactor
from spanloom.tracing.redaction_sets import API_KEYS
from spanloom.tracing.settings import settings

__all__ = ["ARGUMENTS", "is_secret_parameter", "without_secrets"]

ARGUMENTS = "arguments"
"""The path at which the arguments of tools are redacted."""

_FIELD = (
    r"(?:^|[-_])(?:(?:api|access|private|secret|subscription)[-_]?key|authorization|cookie|credentials?|passwd|password"
    r"|(?:access|auth|bearer|id|refresh|security|session)[-_]?token|(?:client[-_]?)?secret)$"
)
"""What is a secret wherever it stands: the names of OAuth 2.0 (RFC 6749), services' accounts and request headers."""

_PARAMETER = r"(?:^|[-_])(?:auth|code|key|sig|signature|(?<!page[-_])(?<!next[-_])token)$|apikey"
"""What else is one in the query of a URL; elsewhere, people call other things so."""

_is_field = re.compile(_FIELD, re.IGNORECASE).search
_is_parameter = re.compile(f"{_FIELD}|{_PARAMETER}", re.IGNORECASE).search
_IN_TEXT = re.compile(r"(?<=[?&])([\w.~-]+)=([^\s&#\"'<>]+)")


def without_secrets() -> Callable[..., Any]:
    """Return what takes keys, and all that `configure(redact=...)` names, out of a JSON value."""
    return Redactor([*settings.redact, _without_fields, _without_parameters, API_KEYS]).redact_value


def is_secret_parameter(name: str) -> bool:
    """Whether the query of a URL holds a secret under this name."""
    return _is_parameter(name) is not None


def _without_fields(path: tuple[str | int, ...], value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    is_token = path[:1] == (ARGUMENTS,) and path[-1] == "token"
    return REDACTED if is_token or any(isinstance(key, str) and _is_field(key) for key in path) else value


def _without_parameters(_path: tuple[str | int, ...], value: Any) -> Any:
    return _IN_TEXT.sub(_without_parameter, value) if isinstance(value, str) and "=" in value else value


def _without_parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={REDACTED}" if is_secret_parameter(found[1]) else found[0]
