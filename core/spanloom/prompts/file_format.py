"""A version as a file to read and edit: a text as Markdown with YAML front matter, messages as YAML.

Belongs to the extra `prompts`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from spanloom.errors import PromptError, extra_needed
from spanloom.prompts.prompt import PromptVersion
from spanloom.prompts.registration import make_version

__all__ = ["SUFFIXES", "content_of", "from_text", "from_yaml", "suffix_of", "to_text", "to_yaml"]

SUFFIXES: Final = (".md", ".yaml")
_FACTS: Final = ("commit_message", "tags", "model_config", "response_format", "creation_timestamp", "user_id")
_ODD_BREAK = re.compile("[\x85\u2028\u2029]")
"""YAML takes them for ends of lines, and would read another one; only between double quotes they are escaped."""
_FRONT_MATTER = re.compile(r"---\r?\n(?P<facts>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def suffix_of(prompt: PromptVersion) -> str:
    """Return how the name of its file ends."""
    return SUFFIXES[0] if prompt.is_text_prompt else SUFFIXES[1]


def to_text(prompt: PromptVersion) -> str:
    """Return the content of its file; the newline at the end belongs to the file, not to the template."""
    facts = {name: value for name in _FACTS if (value := getattr(prompt, name)) not in (None, {}, 0)}
    if isinstance(prompt.template, str):
        return f"---\n{to_yaml(facts) if facts else ''}---\n{prompt.template}\n"
    return to_yaml({**facts, "messages": prompt.template})


def content_of(data: bytes) -> str:
    """Return the text of a file, without what Windows makes of it: a byte order mark, other ends of all lines.

    In a file that was written here the first line ends as on Unix, and what its template says stays.

    Raises:
        UnicodeDecodeError: If it is not UTF-8.
    """
    content = data.decode("utf-8-sig")
    first, newline, _ = content.partition("\n")
    return content.replace("\r\n", "\n") if newline and first.endswith("\r") else content


def from_text(name: str, version: int, suffix: str, content: str) -> PromptVersion:
    """Return the version that a file holds, checked.

    Raises:
        PromptError: If it is no such file, or says what can't be.
    """
    if suffix == SUFFIXES[0]:
        front = _FRONT_MATTER.match(content)
        facts = from_yaml(front["facts"]) if front is not None else {}
        body = content[front.end() :] if front is not None else content
        template: Any = body.removesuffix("\n")
    else:
        facts = from_yaml(content)
        if "messages" not in facts:
            raise PromptError("it has no 'messages'; a prompt that is a text is a .md file")
        template = facts.pop("messages")
    return _checked(name, version, template, facts)


def _checked(name: str, version: int, template: Any, facts: dict[str, Any]) -> PromptVersion:
    unknown = facts.keys() - set(_FACTS)
    if unknown:
        raise PromptError(f"{min(map(str, unknown))!r} is not known; expected {', '.join(_FACTS)}")
    created, user = facts.pop("creation_timestamp", None) or 0, facts.pop("user_id", None)
    if not isinstance(created, int) or not 0 <= created < 2**63:
        raise PromptError(f"creation_timestamp: expected Unix milliseconds, got {created!r}")
    for key, value in {"commit_message": facts.get("commit_message"), "user_id": user}.items():
        if not isinstance(value, str | None):
            raise PromptError(f"{key}: expected a text, got {value!r}")
    tags = facts.get("tags") or {}
    if not isinstance(tags, Mapping):
        raise PromptError(f"tags: expected keys and values, got {tags!r}")
    prompt = make_version(name, version, template, **facts)
    return replace(prompt, creation_timestamp=created, user_id=user)


def to_yaml(value: Any) -> str:
    """Return YAML as people write it: in the order given, texts of several lines as they are."""
    return str(_yaml().dump(value, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120))


def from_yaml(content: str) -> dict[str, Any]:
    """Return the facts that YAML says.

    Raises:
        PromptError: If it is no YAML, or something else than names with values.
    """
    yaml = _yaml()
    try:
        value = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise PromptError(f"its YAML can't be read: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict | None):
        raise PromptError(f"its YAML should hold names with values, got {type(value).__name__}")
    return value or {}


def _dumper() -> Any:
    yaml = _yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        style = '"' if _ODD_BREAK.search(value) else "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


def _yaml() -> Any:
    with extra_needed("a prompt as a file", "prompts", "yaml"):
        return importlib.import_module("yaml")  # its type stubs are a package of their own
