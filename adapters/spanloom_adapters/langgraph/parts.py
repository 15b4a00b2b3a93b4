"""What graphs give and stream, in every form that LangGraph has for it, as parts of one form."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage

__all__ = ["part_of", "parts_of_whole"]

_MODES = frozenset({"messages", "updates", "values", "custom", "checkpoints", "tasks", "debug"})


def part_of(streamed: Any) -> dict[str, Any]:
    """Return what `stream` gave, in whatever modes and version, as a part of version 2: `type`, `ns` and `data`.

    Example:
        >>> part_of(("updates", {"model": None}))
        {'type': 'updates', 'ns': (), 'data': {'model': None}}
    """
    if isinstance(streamed, tuple):
        return _tuple_part(streamed)
    if isinstance(streamed, dict) and "ns" in streamed and streamed.get("type") in _MODES:
        return streamed
    is_update = isinstance(streamed, dict) and _is_update(streamed)
    return _part((), "updates" if is_update else "values", streamed)


def _tuple_part(streamed: tuple[Any, ...]) -> dict[str, Any]:
    match streamed:
        case (tuple(namespace), str(mode), data):
            return _part(namespace, mode, data)
        case (BaseMessage(), dict()):
            return _part((), "messages", streamed)
        case (str(mode), data) if mode in _MODES:
            return _part((), mode, data)
        case (tuple(namespace), inner):
            return {**part_of(inner), "ns": namespace}
        case _:
            return _part((), "values", streamed)


def parts_of_whole(native: Any) -> list[dict[str, Any]]:
    """Return what `invoke` gave, or a list of what nodes wrote, as parts."""
    if hasattr(native, "interrupts") and hasattr(native, "value"):  # version 2 of `invoke`
        interrupted = [_part((), "updates", {"__interrupt__": native.interrupts})] if native.interrupts else []
        return [_part((), "values", native.value), *interrupted]
    if isinstance(native, list) and native and all(isinstance(part, dict | tuple) for part in native):
        return [part_of(part) for part in native]
    if isinstance(native, dict) and "__interrupt__" in native and not _is_update(native):
        state = {key: value for key, value in native.items() if key != "__interrupt__"}
        return [_part((), "values", state), _part((), "updates", {"__interrupt__": native["__interrupt__"]})]
    return [part_of(native)]


def _part(namespace: tuple[Any, ...], mode: str, data: Any) -> dict[str, Any]:
    return {"type": mode, "ns": namespace, "data": data}


def _is_update(given: dict[str, Any]) -> bool:
    """Tell updates, by the names of nodes, from a state; both are dicts."""
    values = [value for key, value in given.items() if key != "__interrupt__"]
    if "messages" in given:
        return False
    return all(value is None or isinstance(value, dict) or _all_dicts(value) for value in values)


def _all_dicts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)
