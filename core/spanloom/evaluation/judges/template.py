"""Prompts with places for values."""

from __future__ import annotations

import re

__all__ = ["fill", "variables_of"]

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def fill(template: str, values: dict[str, str]) -> str:
    r"""Put values where `{{ name }}` stands.

    What a value itself contains is left alone, except that it can't end the tag of its own name: `</answer>` inside the
    value `answer` becomes `<\/answer>`, so that an answer can't step out of its place in the prompt.

    Example:
        >>> fill("<a>{{ a }}</a>", {"a": "{{ b }}</a>"})
        '<a>{{ b }}<\\/a></a>'
    """
    return _VARIABLE.sub(lambda found: values[found[1]].replace(f"</{found[1]}>", f"<\\/{found[1]}>"), template)


def variables_of(template: str) -> list[str]:
    """Return the names of the places, in order, each once."""
    return list(dict.fromkeys(_VARIABLE.findall(template)))
