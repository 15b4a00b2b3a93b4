"""Templates and tags as they are given to a command."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import orjson

from spanloom.errors import PromptError
from spanloom.prompts import PromptVersion
from spanloom.prompts.file_format import SUFFIXES, content_of, from_text
from spanloom.prompts.names import checked_name

__all__ = ["parse_tags", "read_template"]


def read_template(name: str, file: str) -> PromptVersion:
    """Return what a file, or `-` for standard input, says: a version without a number.

    Raises:
        PromptError: If it can't be read.
    """
    checked_name(name)
    suffix = Path(file).suffix
    try:
        content = content_of(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
        if suffix in SUFFIXES:
            return from_text(name, 0, suffix, content)
        if suffix == ".json":
            return PromptVersion(name, 0, orjson.loads(content))
    except (OSError, ValueError) as error:  # PromptError is one, too
        raise PromptError(f"{file}: {error}") from error
    return PromptVersion(name, 0, content.removesuffix("\n"))


def parse_tags(given: Iterable[str]) -> dict[str, str]:
    """Return tags written as `key=value`.

    Raises:
        PromptError: If one is written otherwise.
    """
    tags = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise PromptError(f"--tag {each!r}: expected KEY=VALUE, e.g. --tag team=support")
        tags[key] = value
    return tags
