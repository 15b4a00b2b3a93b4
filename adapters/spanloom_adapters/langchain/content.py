"""Content parts of Responses items and content blocks of LangChain messages."""

from __future__ import annotations

from typing import Any

__all__ = ["input_content", "output_block", "tool_output"]

_AUDIO_TYPES = {"mp3": "audio/mpeg"}


def input_content(content: str | list[dict[str, Any]]) -> str | list[str | dict[Any, Any]]:
    """Return what a user, system or tool message holds; other kinds of part are passed on as they are."""
    return content if isinstance(content, str) else [_input_block(part) for part in content]


def _input_block(part: dict[str, Any]) -> dict[Any, Any]:
    match part.get("type"):
        case "input_text" | "text" | "output_text":
            return {"type": "text", "text": part["text"]}
        case "input_image" if part.get("image_url"):
            image = {"url": part["image_url"], **({"detail": part["detail"]} if part.get("detail") else {})}
            return {"type": "image_url", "image_url": image}
        case "input_image" if part.get("file_id"):
            return {"type": "image", "file_id": part["file_id"]}
        case "input_file":
            return _file_block(part)
        case "input_audio":
            audio = part["input_audio"]
            mime_type = _AUDIO_TYPES.get(audio["format"], f"audio/{audio['format']}")
            return {"type": "audio", "base64": audio["data"], "mime_type": mime_type}
        case _:
            return part


def _file_block(part: dict[str, Any]) -> dict[Any, Any]:
    block: dict[Any, Any] = {"type": "file"}
    if part.get("file_data"):
        head, _, data = part["file_data"].rpartition(",")
        mime_type = head.removeprefix("data:").removesuffix(";base64") or "application/pdf"
        block |= {"base64": data, "mime_type": mime_type}
    elif part.get("file_url"):
        block["url"] = part["file_url"]
    else:
        block["file_id"] = part.get("file_id")
    if part.get("filename"):
        block["filename"] = part["filename"]
    return block


def output_block(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of an earlier answer as a block of an `AIMessage`."""
    if part["type"] == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    if "text" in part:
        return {"type": "text", "text": part["text"]}
    return part


def tool_output(content: str | list[Any]) -> str | list[dict[str, Any]]:
    """Return the content of a `ToolMessage` as the output of a function call."""
    return content if isinstance(content, str) else [_output_part(block) for block in content]


def _output_part(block: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(block, str):
        return {"type": "input_text", "text": block}
    match block.get("type"):
        case "text":
            return {"type": "input_text", "text": block["text"]}
        case "image_url":
            image = block["image_url"]
            return {"type": "input_image", "image_url": image if isinstance(image, str) else image["url"]}
        case "image" | "file" if _data_url(block) is not None:
            kind = block["type"]
            place = "image_url" if kind == "image" else "file_url" if block.get("url") else "file_data"
            part = {"type": f"input_{kind}", place: _data_url(block)}
            return {**part, "filename": block["filename"]} if block.get("filename") else part
        case _:
            return block


def _data_url(block: dict[str, Any]) -> str | None:
    if block.get("url"):
        return str(block["url"])
    data = block.get("base64") or block.get("data")
    return f"data:{block.get('mime_type', 'application/octet-stream')};base64,{data}" if data else None
