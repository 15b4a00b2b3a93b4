"""Pictures, files and sounds in a user's message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_origin

import dspy  # type: ignore[import-untyped]

from spanloom.errors import AgentError
from spanloom_adapters.dspy.program import Program

__all__ = ["user_values"]


def user_values(parts: Iterable[dict[str, Any]], program: Program, question: str) -> dict[str, Any]:
    """Return the inputs that a user's message gives.

    Media go to the input of their type. Where there is none, or it is taken, they stand in the text: DSPy's adapters
    put what is printed into a text back into a content part of its own.

    Raises:
        AgentError: If there is a part that DSPy can't pass on.
    """
    values: dict[str, Any] = {}
    text = ""
    for part in parts:
        if part.get("type") in ("input_text", "text", "output_text"):
            text += part["text"]
            continue
        medium = _medium(part)
        name = program.field_for(type(medium))
        if name is not None and get_origin(program.inputs[name].annotation) is list:
            values.setdefault(name, []).append(medium)
        elif name is not None and name not in values:
            values[name] = medium
        else:
            text += str(medium.serialize_model())
    return {question: text, **values}


def _medium(part: dict[str, Any]) -> Any:
    try:
        match part.get("type"):
            case "input_image" if part.get("image_url"):
                return dspy.Image(part["image_url"])
            case "input_file" if part.get("file_data") or part.get("file_id"):
                known = ("file_data", "file_id", "filename")
                return dspy.File(**{name: part[name] for name in known if part.get(name)})
            case "input_audio":
                sound = part["input_audio"]
                return dspy.Audio(data=sound["data"], audio_format=sound["format"])
    except ValueError as error:
        raise AgentError(f"a content part of the type {part['type']!r} can't be passed on: {error}") from error
    given = ", ".join(name for name in part if name != "type")
    raise AgentError(
        f"DSPy takes no content part of the type {part.get('type')!r} with {given or 'nothing'}; it takes input_text, "
        "input_image with an image_url, input_file with file_data or a file_id, and input_audio"
    )
