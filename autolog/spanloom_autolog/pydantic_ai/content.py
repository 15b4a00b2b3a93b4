"""What users give to an agent, in the content parts of OpenAI's chat form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["chat_content", "file_part"]


def chat_content(content: Any) -> Any:
    """Return a text as it is, and a sequence of texts and files as content parts."""
    if isinstance(content, str) or content is None:
        return content
    return [_part(item) for item in content if getattr(item, "kind", None) != "cache-point"]


def _part(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return _text(item)
    kind = getattr(item, "kind", type(item).__name__)
    make = _PARTS.get(kind)
    return make(item) if make is not None else {"type": kind, "content": item}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _file(**file: Any) -> dict[str, Any]:
    return {"type": "file", "file": file}


def file_part(binary: Any) -> dict[str, Any]:
    """Return the part that holds a `BinaryContent`."""
    kind, _, name = binary.media_type.partition("/")
    if kind == "image":
        return _image(binary.data_uri)
    if kind == "audio":
        return {"type": "input_audio", "input_audio": {"data": binary.base64, "format": name}}
    return _file(file_data=binary.data_uri)


_PARTS: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "text-content": lambda item: _text(item.content),
    "structured-content": lambda item: _text(item.content),
    "image-url": lambda item: _image(item.url),
    "audio-url": lambda item: _file(file_url=item.url),
    "video-url": lambda item: _file(file_url=item.url),
    "document-url": lambda item: _file(file_url=item.url),
    "uploaded-file": lambda item: _file(file_id=item.file_id),
    "binary": file_part,
}
