"""Content of Responses items and of Pydantic AI's messages."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any

from pydantic_ai.messages import (
    BinaryContent,
    DocumentUrl,
    FileUrl,
    ImageUrl,
    ToolCallPart,
    UploadedFile,
    UserContent,
)

from spanloom.errors import AgentError

__all__ = ["call_arguments", "text_of", "tool_output", "user_content"]

_AUDIO_TYPES = {"mp3": "audio/mpeg"}


def user_content(content: str | list[dict[str, Any]], provider: str | None) -> str | list[UserContent]:
    """Return what a user message or a tool's result holds.

    Args:
        content: Of the item.
        provider: Whose model is asked: there, files are looked up by their id.

    Raises:
        AgentError: If a part is of a kind that Pydantic AI has no word for.
    """
    if isinstance(content, str):
        return content
    parts = [_input_part(part, provider) for part in content]
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else parts


def text_of(content: str | list[dict[str, Any]]) -> str:
    """Return the text of a system message, or of an earlier answer; a refusal is text there."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def tool_output(part: Any) -> str | list[dict[str, Any]]:
    """Return what a tool gave, as the model sees it, as the output of a function call.

    Args:
        part: A `ToolReturnPart`, or the `RetryPromptPart` of older versions.
    """
    if part.part_kind == "retry-prompt":
        return str(part.model_response())
    content = part.content
    if isinstance(content, str):
        return content
    text, files = str(part.model_response_str()), part.files
    if not files:
        return text
    texts = [{"type": "input_text", "text": text}] if text not in {"", "[]"} else []
    return texts + [_output_part(file) for file in files]


def call_arguments(call: ToolCallPart) -> str:
    """Return the arguments of a call, as the model wrote them if that is known."""
    return call.args if isinstance(call.args, str) else call.args_as_json_str()


def _input_part(part: Mapping[str, Any], provider: str | None) -> UserContent:
    match part.get("type"):
        case "input_text" | "output_text" | "text":
            return str(part["text"])
        case "input_image" if part.get("image_url"):
            details = {"detail": part["detail"]} if part.get("detail") else None
            return _image(part["image_url"], details)
        case "input_image" | "input_file" if part.get("file_id"):
            return _uploaded_file(part["file_id"], provider)
        case "input_file":
            return _file(part)
        case "input_audio":
            audio = part["input_audio"]
            return _binary(audio["data"], _AUDIO_TYPES.get(audio["format"], f"audio/{audio['format']}"))
        case kind:
            raise AgentError(
                f"the message has a part of type {kind!r}; Pydantic AI takes input_text, input_image, input_file and "
                "input_audio"
            )


def _image(url: str, details: dict[str, Any] | None) -> UserContent:
    if not url.startswith("data:"):
        return ImageUrl(url, vendor_metadata=details)
    data_type, data = _split(url)
    return _binary(data, data_type or "image/png", details)


def _file(part: Mapping[str, Any]) -> UserContent:
    guessed = mimetypes.guess_type(part.get("filename") or part.get("file_url") or "")[0]
    if part.get("file_url"):
        return DocumentUrl(part["file_url"], media_type=guessed or "application/pdf")
    if not part.get("file_data"):
        raise AgentError("an input_file needs one of file_data, file_url and file_id")
    data_type, data = _split(part["file_data"])
    return _binary(data, data_type or guessed or "application/pdf")


def _split(url: str) -> tuple[str, str]:
    """Return the type and the data of a data URL; of bare data, no type."""
    head, _, data = url.rpartition(",")
    return head.removeprefix("data:").partition(";")[0], data


def _binary(data: str, media_type: str, details: dict[str, Any] | None = None) -> BinaryContent:
    made = BinaryContent.from_data_uri(f"data:{media_type};base64,{data}")
    made.vendor_metadata = details
    return made


def _uploaded_file(file_id: str, provider: str | None) -> UploadedFile:
    if provider is None:
        raise AgentError(
            f"whose file {file_id!r} is can't be told: give the model as 'provider:model', or an instance of Model"
        )
    return UploadedFile(file_id, provider_name=provider)  # type: ignore[arg-type] # the model's own word


def _output_part(file: Any) -> dict[str, Any]:
    if isinstance(file, UploadedFile):
        return {"type": "input_file", "file_id": file.file_id}
    is_image = file.media_type.startswith("image/")
    url = file.url if isinstance(file, FileUrl) else file.data_uri
    if is_image:
        return {"type": "input_image", "image_url": url, "detail": "auto"}
    return {"type": "input_file", "file_url" if isinstance(file, FileUrl) else "file_data": url}
