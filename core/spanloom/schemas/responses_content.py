"""Content parts and annotations of Responses items, as the OpenAI Responses API defines them.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from spanloom.schemas.wire import Text, WireModel, kind_of

__all__ = [
    "Annotation",
    "AnnotationContainerFileCitation",
    "AnnotationFileCitation",
    "AnnotationFilePath",
    "AnnotationURLCitation",
    "MessageContent",
    "OtherAnnotation",
    "OutputContent",
    "ResponseInputAudio",
    "ResponseInputFile",
    "ResponseInputImage",
    "ResponseInputText",
    "ResponseOutputRefusal",
    "ResponseOutputText",
]


class AnnotationFileCitation(WireModel):
    """A passage that comes from a file."""

    type: Literal["file_citation"] = "file_citation"
    file_id: Text
    index: int
    filename: Text | None = None


class AnnotationURLCitation(WireModel):
    """A passage that comes from a web page; indices count characters of the text."""

    type: Literal["url_citation"] = "url_citation"
    title: Text
    url: Text
    start_index: int | None = None
    end_index: int | None = None


class AnnotationFilePath(WireModel):
    """A path to a file that the model made."""

    type: Literal["file_path"] = "file_path"
    file_id: Text
    index: int


class AnnotationContainerFileCitation(WireModel):
    """A passage that comes from a file in a code interpreter's container."""

    type: Literal["container_file_citation"] = "container_file_citation"
    container_id: Text
    file_id: Text
    filename: Text | None = None
    start_index: int | None = None
    end_index: int | None = None


class OtherAnnotation(WireModel):
    """An annotation of a type this version does not know; passed through."""

    type: Text


_ANNOTATIONS = ("file_citation", "url_citation", "file_path", "container_file_citation")
_ANNOTATION_TAGS = {kind: f"<{kind}>" for kind in _ANNOTATIONS}


def _annotation_tag(value: Any) -> str:
    kind = kind_of(value)
    return _ANNOTATION_TAGS.get(kind, "<other>") if isinstance(kind, str) else "<other>"


Annotation = Annotated[
    Annotated[AnnotationFileCitation, Tag("<file_citation>")]
    | Annotated[AnnotationURLCitation, Tag("<url_citation>")]
    | Annotated[AnnotationFilePath, Tag("<file_path>")]
    | Annotated[AnnotationContainerFileCitation, Tag("<container_file_citation>")]
    | Annotated[OtherAnnotation, Tag("<other>")],
    Discriminator(_annotation_tag),
]
"""Any annotation, told apart by `type`."""


class ResponseInputText(WireModel):
    """Text given to the model. The type `text` of chat completions is accepted too."""

    type: Literal["input_text", "text"] = "input_text"
    text: Text


class ResponseInputImage(WireModel):
    """An image given to the model: a URL (also `data:`) or the id of an uploaded file."""

    type: Literal["input_image"] = "input_image"
    image_url: Text | None = None
    file_id: Text | None = None
    detail: Text | None = None


class ResponseInputFile(WireModel):
    """A file given to the model: an uploaded file's id, a URL, or base64 data with a file name."""

    type: Literal["input_file"] = "input_file"
    file_id: Text | None = None
    file_url: Text | None = None
    file_data: Text | None = None
    filename: Text | None = None


class ResponseInputAudio(WireModel):
    """Sound given to the model: `{"data": base64, "format": "wav" | "mp3"}`."""

    type: Literal["input_audio"] = "input_audio"
    input_audio: dict[str, Any]


class ResponseOutputText(WireModel):
    """Text that the model wrote."""

    type: Literal["output_text"] = "output_text"
    text: Text
    annotations: list[Annotation] = Field(default_factory=list)
    logprobs: list[dict[str, Any]] | None = None


class ResponseOutputRefusal(WireModel):
    """The model's explanation why it will not answer."""

    type: Literal["refusal"] = "refusal"
    refusal: Text


_OUTPUT_TAGS = {"output_text": "<output_text>", "refusal": "<refusal>"}
_MESSAGE_TAGS = _OUTPUT_TAGS | {
    "input_text": "<input_text>",
    "text": "<input_text>",
    "input_image": "<input_image>",
    "input_file": "<input_file>",
    "input_audio": "<input_audio>",
}


def _output_tag(value: Any) -> str | None:
    kind = kind_of(value)
    return _OUTPUT_TAGS.get(kind) if isinstance(kind, str) else None


def _message_tag(value: Any) -> str | None:
    kind = kind_of(value)
    return _MESSAGE_TAGS.get(kind) if isinstance(kind, str) else None


OutputContent = Annotated[
    Annotated[ResponseOutputText, Tag("<output_text>")] | Annotated[ResponseOutputRefusal, Tag("<refusal>")],
    Discriminator(
        _output_tag,
        custom_error_type="content_part",
        custom_error_message="Input should be a content part with 'type' one of output_text, refusal",
    ),
]
"""A part of what the model wrote."""

MessageContent = Annotated[
    Annotated[ResponseInputText, Tag("<input_text>")]
    | Annotated[ResponseOutputText, Tag("<output_text>")]
    | Annotated[ResponseInputImage, Tag("<input_image>")]
    | Annotated[ResponseInputFile, Tag("<input_file>")]
    | Annotated[ResponseInputAudio, Tag("<input_audio>")]
    | Annotated[ResponseOutputRefusal, Tag("<refusal>")],
    Discriminator(
        _message_tag,
        custom_error_type="content_part",
        custom_error_message="Input should be a content part with 'type' one of " + ", ".join(sorted(_MESSAGE_TAGS)),
    ),
]
"""A part of a message in a request: what was given to the model, or what it wrote earlier."""
