"""Attributes whose names spell out a path (`llm.input_messages.0.message.role`), put back into lists and objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["items", "part", "parts"]


def items(facts: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Return the list of objects that the attributes below `prefix` describe.

    Example:
        >>> items({"a.1.b": "y", "a.0.b": "x"}, "a")
        [{'b': 'x'}, {'b': 'y'}]
    """
    return _objects(_nested(facts, prefix))


def part(whole: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return the object at a path, an empty one where there is none."""
    found: Any = whole
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def parts(whole: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list that stands there."""
    return _objects(whole.get(name))


def _objects(found: Any) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _nested(facts: Mapping[str, Any], prefix: str) -> Any:
    """Return what the attributes below `prefix` describe; an empty object where there are none."""
    start = f"{prefix}."
    tree: dict[str, Any] = {}
    for key, value in facts.items():
        if not key.startswith(start):
            continue
        *path, last = key.removeprefix(start).split(".")
        place = tree
        for name in path:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):  # a value and a path of the same name: nobody writes both
                break
            place = inner
        else:
            place[last] = value
    return _with_lists(tree)


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() for key in tree):
        return [_with_lists(tree[key]) for key in sorted(tree, key=int)]
    return {key: _with_lists(value) for key, value in tree.items()}
