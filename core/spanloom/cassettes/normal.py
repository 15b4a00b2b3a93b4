"""The normal form of a request's JSON: what two runs of one program must agree on."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import commonprefix
from typing import Any

__all__ = ["differences", "normal_form"]

_ID_FIELDS = frozenset({"approval_request_id", "call_id", "item_id", "tool_call_id", "tool_use_id"})
_TRACE_CONTEXT = frozenset({"traceparent", "tracestate"})
"""Which trace a message belongs to (https://www.w3.org/TR/trace-context/), as MCP has it in `_meta`."""

_DELIVERY = "stream_options"
"""How an answer is delivered, not what is asked: autologging asks streams for their usage."""


def normal_form(content: Any) -> Any:
    """Return the content of a request without `null`s and trace context, and its n-th id, wherever it stands, as `#n`.

    Ids of messages and calls are made up anew in each run; which of them are the same one is what counts. What is
    just called `id` is one where a `type` stands beside, as the providers' wires have it; anything else may be asked
    for by its id.
    """
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if key != _DELIVERY}
    return _normal(content, {})


def _normal(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        names = _ID_FIELDS | {"id"} if isinstance(value.get("type"), str) else _ID_FIELDS
        return {
            key: ids.setdefault(item, f"#{len(ids) + 1}")
            if key in names and isinstance(item, str)
            else _normal(item, ids)
            for key, item in sorted(value.items())
            if item is not None and key not in _TRACE_CONTEXT
        }
    if isinstance(value, list):
        return [_normal(item, ids) for item in value]
    return value


def differences(recorded: Any, asked: Any) -> list[str]:
    """Return where two normal forms differ, e.g. `messages[1].content: 'Paris?' became 'Oslo?'`."""
    return list(_walk("", recorded, asked))


def _walk(path: str, recorded: Any, asked: Any) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(asked, dict):
        for key in [*recorded, *(key for key in asked if key not in recorded)]:
            below = f"{path}.{key}" if path else str(key)
            if key not in asked:
                yield f"{below}: {_shown(recorded[key])} is gone"
            elif key not in recorded:
                yield f"{below}: {_shown(asked[key])} is new"
            else:
                yield from _walk(below, recorded[key], asked[key])
    elif isinstance(recorded, list) and isinstance(asked, list):
        yield from _walk_lists(path or "it", recorded, asked)
    elif recorded != asked:
        yield f"{path or 'it'}: {_shown(recorded, asked)} became {_shown(asked, recorded)}"


def _walk_lists(path: str, recorded: list[Any], asked: list[Any]) -> Iterator[str]:
    common = min(len(recorded), len(asked))
    if len(recorded) != len(asked) and recorded[:common] != asked[:common]:
        yield f"{path}: {len(recorded)} entries became {len(asked)}"
        return
    for index in range(common):
        yield from _walk(f"{path}[{index}]", recorded[index], asked[index])
    for index, gone in enumerate(recorded[common:], start=common):
        yield f"{path}[{index}]: {_shown(gone)} is gone"
    for index, new in enumerate(asked[common:], start=common):
        yield f"{path}[{index}]: {_shown(new)} is new"


_SHOWN = 80


def _shown(value: Any, other: Any = "") -> str:
    """Return the value; of a long text that another one begins like, from a little before they part."""
    if isinstance(value, str) and isinstance(other, str) and len(value) > _SHOWN:
        parted = len(commonprefix((value, other)))  # noqa: RUF071 - these are no paths
        if parted > _SHOWN // 2:
            value = "…" + value[parted - _SHOWN // 4 :]
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
