"""What DSPy's programs and tools give, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from dspy.adapters.types.citation import Citations  # type: ignore[import-untyped]
from pydantic_core import to_jsonable_python

__all__ = [
    "Citations",
    "annotation",
    "code_output",
    "failure_text",
    "json_text",
    "last_line",
    "new_call_id",
    "plain",
    "source",
    "value_text",
]


def plain(value: Any) -> Any:
    """Return any value as JSON could hold it."""
    return to_jsonable_python(value, fallback=str)


def json_text(value: Any) -> str:
    """Return any value as JSON."""
    return json.dumps(plain(value), ensure_ascii=False)


def value_text(value: Any) -> str:
    """Return text as it is, anything else as JSON; nothing as no text."""
    value = plain(value)
    return value if isinstance(value, str) else "" if value is None else json_text(value)


def code_output(value: Any) -> str:
    """Return what code printed or submitted."""
    value = value.output if type(value).__name__ == "FinalOutput" else value
    return "\n".join(map(str, value)) if isinstance(value, list) else value_text(value)


def failure_text(error: BaseException) -> str:
    """Return what happened, without where."""
    return f"{type(error).__name__}: {error}"


def last_line(text: str) -> str:
    """Return a failure as DSPy tells it to the model, without the traceback: that tells about the server."""
    head, mark, traceback = text.partition("Traceback (most recent call last)")
    if not mark:
        return text
    # The frames are indented; the exception, which may have several lines, is not.
    lines = traceback.rstrip().splitlines()
    last_frame = max((index for index, line in enumerate(lines) if line.startswith("  ")), default=0)
    return f"{head.rstrip()} {' '.join(lines[last_frame + 1 :])}".strip()


def new_call_id() -> str:
    """Return an id for a call that has none."""
    return f"call_{uuid4().hex}"


def source(citation: Any) -> dict[str, Any]:
    """Return a citation as a mapping: of a field of the type `Citations`, or of a model's answer."""
    found = citation.format() if isinstance(citation, Citations.Citation) else citation
    return {name: value for name, value in plain(found).items() if value is not None}


def annotation(cited: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a citation in OpenAI's form: of a web page where there is an address, else of a document."""
    title = cited.get("document_title") or cited.get("title")
    url = cited.get("url")
    if not url:
        name = str(title or f"document_{cited.get('document_index', 0)}")
        return {"type": "file_citation", "file_id": name, "filename": name, "index": cited.get("document_index") or 0}
    words = cited.get("supported_text") or cited.get("text") or ""
    start = text.find(words) if words else -1
    end = len(text) if start < 0 else start + len(words)
    return {
        "type": "url_citation",
        "url": url,
        "title": str(title or url),
        "start_index": max(start, 0),
        "end_index": end,
    }
