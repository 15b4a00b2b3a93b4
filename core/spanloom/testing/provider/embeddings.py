"""The embeddings wire (https://platform.openai.com/docs/api-reference/embeddings)."""

from __future__ import annotations

import base64
import math
import re
import struct
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

__all__ = ["embeddings_body", "embeddings_inputs"]

_DEFAULT_DIMENSIONS = 1536


def embeddings_inputs(value: object) -> list[str] | None:
    """The texts to embed, token lists spelled out as words; None when `input` is not what the API takes."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, str) for item in value):
        return value
    if _is_tokens(value):
        return [_spelled(value)]
    if all(isinstance(item, list) and item and _is_tokens(item) for item in value):
        return [_spelled(item) for item in value]
    return None


def embeddings_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """The list of embeddings, as numbers or as base64 of little-endian 32-bit floats, as the request asks."""
    texts = embeddings_inputs(body["input"]) or []
    dimensions = body.get("dimensions") or _DEFAULT_DIMENSIONS
    encode = _base64 if body.get("encoding_format") == "base64" else list
    tokens = sum(len(text.split()) for text in texts)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": encode(_vector(text, dimensions))}
            for index, text in enumerate(texts)
        ],
        "model": body["model"],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str, dimensions: int) -> list[float]:
    """A unit vector of hashed words: the same text gives the same vector, shared words give near ones."""
    vector = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or [text]:
        # Sixteen places a word, so that two words that meet in one place stay distinct.
        for place in struct.unpack("<16I", blake2b(word.encode(errors="surrogatepass")).digest()):
            vector[(place >> 1) % dimensions] += 1.0 if place & 1 else -1.0
    length = math.hypot(*vector)
    # With very few dimensions the signs may cancel out to nothing.
    return [value / length for value in vector] if length else [1.0, *vector[1:]]


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _is_tokens(items: list[Any]) -> bool:
    return all(isinstance(item, int) for item in items)


def _spelled(tokens: list[int]) -> str:
    return " ".join(map(str, tokens))
