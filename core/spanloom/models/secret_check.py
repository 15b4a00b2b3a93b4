"""Making sure that what is saved holds no secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from spanloom.errors import ModelError
from spanloom.models.digests import files_of
from spanloom.tracing.redaction_sets import API_KEYS

__all__ = ["holds_credentials", "refuse_named_secrets", "refuse_secrets"]

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"(?:^|[_-])(?:api[_-]?key|secret(?:[_-]?key)?|password|passwd|credentials?|(?:access|auth|bearer)[_-]?token)$",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(
    r"://[^/\s:@]*:(?![$<{*])[^/\s@]+@"  # postgres://user:password@host
    r"|[?&;](?:[\w-]*(?:api[_-]?key|secret|password|passwd|pwd|signature)|sig|(?:(?:access|auth|private)[_-]?)?token)"
    r"=(?![$<{*])[^&\s]",
    re.IGNORECASE,
)
"""What an address holds that lets in whoever knows it."""
_REFERENCE = re.compile(r"\$|\{\{|[A-Z][A-Z0-9_]*$")
"""A value that only says where the secret is: `${KEY}`, `{{secrets/scope/key}}`, the name of a variable."""
_MIN_LENGTH: Final = 12
_MAX_FILE_BYTES: Final = 10_000_000


def refuse_secrets(folder: Path) -> None:
    """Look for keys and tokens, and for the values of environment variables that are named like secrets.

    Raises:
        ModelError: If a file holds one; the message names the file, and the line or the variable.
    """
    secrets = {
        name: value.encode()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value) >= _MIN_LENGTH and not Path(value).exists()
    }
    for path in files_of(folder):
        if path.stat().st_size <= _MAX_FILE_BYTES:
            _refuse(path.relative_to(folder).as_posix(), path.read_bytes(), secrets)


def holds_credentials(text: str) -> bool:
    """Whether a text names an address with a password or token in it."""
    return _CREDENTIALS.search(text) is not None


def refuse_named_secrets(what: str, value: Any) -> None:
    """Look for text under a name such as `api_key` or `password`, and for addresses with a password, at any depth.

    Args:
        what: What the value is called, for the message.
        value: What is to be saved: a configuration, an example.

    Raises:
        ModelError: If there is such a text; the message names its path.
    """
    if isinstance(value, str) and holds_credentials(value):
        raise ModelError(f"{what} holds an address with a password or token, and would be saved: leave that out")
    parts: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        parts = [(str(name), part) for name, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(str(index), part) for index, part in enumerate(value)]
    for name, part in parts:
        if isinstance(part, str) and part and _NAMED_SECRET.search(name) and _REFERENCE.match(part) is None:
            raise ModelError(
                f"{what}.{name} looks like a secret, and would be saved with the model: give the name of an "
                "environment variable, and read that where the model runs"
            )
        refuse_named_secrets(f"{what}.{name}", part)


def _refuse(file: str, content: bytes, secrets: dict[str, bytes]) -> None:
    for name, value in secrets.items():
        if value in content:
            raise ModelError(
                f"{file} holds the value of the environment variable {name}, and would be saved with it: read it where "
                f"the model runs, os.environ[{name!r}]"
            )
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        if API_KEYS((), line) != line:
            raise ModelError(
                f"{file}, line {number}, holds what looks like a key or token, and would be saved with it: read it "
                "from the environment where the model runs"
            )
