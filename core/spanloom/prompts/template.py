"""Templates: a text, or chat messages, with `{{ variables }}` in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from spanloom.errors import PromptError

__all__ = ["Template", "check_template", "fill", "is_jinja", "mapped", "single_braces", "texts", "variables"]

Template = str | list[dict[str, Any]]

_VARIABLE: Final = re.compile(r"\{\{\s*([a-z_]\w*(?:\.[a-z_]\w*)*)\s*\}\}", re.ASCII | re.IGNORECASE)
"""The rule of MLflow's prompt registry."""


def check_template(template: Any) -> Template:
    """Return a copy of the template.

    Raises:
        PromptError: If it is neither a text nor a list of chat messages.
    """
    if isinstance(template, list):
        for place, message in enumerate(template):
            _check_message(message, f"template[{place}]")
    if not isinstance(template, str | list) or template == []:
        raise PromptError(
            f"a template is a text or a list of messages, e.g. [{{'role': 'user', 'content': '{{{{ question }}}}'}}]; "
            f"got {'an empty list' if template == [] else type(template).__name__}"
        )
    try:
        copy: Template = orjson.loads(orjson.dumps(template))
    except (TypeError, ValueError) as error:
        raise PromptError(f"the template can't be written as JSON: {error}") from error
    return copy


def _check_message(message: Any, place: str) -> None:
    if not isinstance(message, Mapping):
        raise PromptError(f"{place}: expected a message with 'role' and 'content', got {type(message).__name__}")
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not role:
        raise PromptError(f"{place}.role: expected a text such as 'system' or 'user', got {role!r}")
    parts = isinstance(content, list) and all(isinstance(part, Mapping) for part in content)
    if not (isinstance(content, str) or parts or (content is None and message.get("tool_calls"))):
        raise PromptError(f"{place}.content: expected a text or a list of content parts, got {content!r:.80}")


def texts(template: Template) -> Iterator[str]:
    """Yield every text in which variables may stand: the contents of messages, not their roles."""
    if isinstance(template, str):
        yield template
    else:
        for message in template:
            yield from _leaves(message.get("content"))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)


def mapped(template: Template, change: Callable[[str], str]) -> Template:
    """Return the template with each of these texts changed."""
    if isinstance(template, str):
        return change(template)
    return [{**message, "content": _changed(message.get("content"), change)} for message in template]


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _changed(part, change) for key, part in value.items()}
    return [_changed(part, change) for part in value] if isinstance(value, list) else value


def is_jinja(template: Template) -> bool:
    """Whether it holds statements, `{% … %}`, which only Jinja understands."""
    return any("{%" in each and "%}" in each for each in texts(template))


def variables(template: Template) -> set[str]:
    """Return the names between double braces."""
    return {name for each in texts(template) for name in _VARIABLE.findall(each)}


def fill(template: Template, values: Mapping[str, Any], others: str = r"\g<0>") -> Template:
    """Return the template with the values that are given.

    Args:
        template: The template.
        values: Per variable what is put in its place.
        others: What is put in place of the other variables, as `re.Match.expand` reads it.
    """

    def value(found: re.Match[str]) -> str:
        return str(values[found[1]]) if found[1] in values else found.expand(others)

    return mapped(template, lambda each: _VARIABLE.sub(value, each))


def single_braces(template: Template, values: Mapping[str, Any]) -> Template:
    """Return the template with the values that are given, and `{name}` for any other `{{ name }}`."""
    return fill(template, values, r"{\1}")
