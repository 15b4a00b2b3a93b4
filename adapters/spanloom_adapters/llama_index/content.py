"""Content parts of Responses items as LlamaIndex's blocks, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
)

from spanloom.errors import AgentError

__all__ = ["input_blocks", "output_content", "text_of"]


def input_blocks(content: str | list[dict[str, Any]]) -> list[ContentBlock]:
    """Return what a user message or a tool's output holds.

    Raises:
        AgentError: If a part is of a kind that LlamaIndex has no block for.
    """
    if isinstance(content, str):
        return [TextBlock(text=content)]
    return [_block(part) for part in content]


def text_of(content: str | list[dict[str, Any]]) -> str:
    """Return the text of a message; a refusal is text there."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def output_content(blocks: Iterable[ContentBlock], text: str) -> str | list[dict[str, Any]]:
    """Return what a tool gave as the output of a function call.

    Args:
        blocks: What it gave.
        text: The text of it.
    """
    images = [
        {"type": "input_image", "image_url": str(block.url) if block.url else block.inline_url()}
        for block in blocks
        if isinstance(block, ImageBlock)
    ]
    if not images:
        return text
    return [{"type": "input_text", "text": text}, *images] if text else images


def _block(part: Mapping[str, Any]) -> ContentBlock:
    match part.get("type"):
        case "input_text" | "output_text" | "text":
            return TextBlock(text=part["text"])
        case "input_image" if part.get("image_url"):
            return _image(part["image_url"], part.get("detail"))
        case "input_file" if part.get("file_data") or part.get("file_url"):
            return _file(part)
        case "input_audio":
            audio = part["input_audio"]
            return AudioBlock(audio=audio["data"].encode(), format=audio["format"])
        case "input_image" | "input_file":
            raise AgentError(f"LlamaIndex can't send an uploaded file by its id: give {part['type']} as data or URL")
        case kind:
            raise AgentError(
                f"the message has a part of type {kind!r}; LlamaIndex takes input_text, input_image, input_file and "
                "input_audio"
            )


def _image(url: str, detail: str | None) -> ImageBlock:
    if not url.startswith("data:"):
        return ImageBlock(url=url, detail=detail)
    media_type, data = _split(url)
    return ImageBlock(image=data, image_mimetype=media_type or "image/png", detail=detail)


def _file(part: Mapping[str, Any]) -> DocumentBlock:
    if part.get("file_url"):
        return DocumentBlock(url=part["file_url"], title=part.get("filename"))
    media_type, data = _split(part["file_data"])
    return DocumentBlock(data=data, title=part.get("filename"), document_mimetype=media_type or None)


def _split(url: str) -> tuple[str, bytes]:
    """Return the type of a data URL and its data, still in base64: blocks can't tell plain bytes from that."""
    head, _, data = url.rpartition(",")
    return head.removeprefix("data:").partition(";")[0], data.encode()
