"""What adapters were given: DSPy's way from a signature to a prompt, and from an answer to its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["format_inputs", "parse_inputs"]


def format_inputs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the signature and the number of examples.

    The values are those of the module above, and the messages made of them are those of the model call that follows.
    """
    named = _by_name(given, "signature", "demos", "inputs")
    return {"signature": _signature(named), "demos": len(named.get("demos") or ())}


def parse_inputs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the signature and the text."""
    named = _by_name(given, "signature", "completion")
    return {"signature": _signature(named), "completion": named.get("completion")}


def _by_name(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    # A method that the adapter's class inherits is announced with its arguments unnamed.
    if "kwargs" not in given:
        return dict(given)
    return {**dict(zip(names, given.get("args") or (), strict=False)), **given["kwargs"]}


def _signature(named: Mapping[str, Any]) -> Any:
    return getattr(named.get("signature"), "signature", None)
