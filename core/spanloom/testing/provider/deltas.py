"""One reply cut into the deltas of a stream, and counted in tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, Literal

from spanloom.testing.provider.received import prompt_texts
from spanloom.testing.provider.replies import Reply, ToolCall, Usage

__all__ = ["Delta", "Part", "arguments_text", "count_usage", "reply_deltas"]

Part = Literal["reasoning", "text", "refusal", "arguments"]

_FRAGMENT = 8


@dataclass(frozen=True)
class Delta:
    """One piece of the answer; `call` is the position of the tool call that arguments belong to."""

    part: Part
    text: str
    call: int = 0


def reply_deltas(reply: Reply) -> Iterator[Delta]:
    """The pieces of the answer in the order of a stream; joined, the pieces of a part are that part."""
    prose: tuple[tuple[Part, str | None], ...] = (
        ("reasoning", reply.reasoning),
        ("text", reply.text),
        ("refusal", reply.refusal),
    )
    for part, text in prose:
        yield from (Delta(part, word) for word in _words(text or ""))
    calls = [
        [Delta("arguments", text, index) for text in _fragments(arguments_text(call))]
        for index, call in enumerate(reply.tool_calls)
    ]
    if reply.interleave:
        yield from (delta for turn in zip_longest(*calls) for delta in turn if delta is not None)
    else:
        yield from chain.from_iterable(calls)


def arguments_text(call: ToolCall) -> str:
    """The arguments as they go over the wire."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(dict(call.arguments), ensure_ascii=False)


def count_usage(reply: Reply, body: Mapping[str, Any]) -> Usage:
    """The reply's own usage, or one token per word of the prompt and of the answer."""
    if reply.usage is not None:
        return reply.usage
    reasoning = _count(reply.reasoning or "")
    output = _count(reply.text or "") + _count(reply.refusal or "")
    output += sum(1 + _count(arguments_text(call)) for call in reply.tool_calls)
    return Usage(
        input_tokens=sum(_count(text) for text in prompt_texts(body)),
        output_tokens=reasoning + output,
        reasoning_tokens=reasoning,
    )


def _count(text: str) -> int:
    return len(text.split())


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _fragments(arguments: str) -> Iterator[str]:
    size = max(1, min(_FRAGMENT, len(arguments) // 2))
    return (arguments[start : start + size] for start in range(0, len(arguments), size))
