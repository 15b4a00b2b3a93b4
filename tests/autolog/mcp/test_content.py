from __future__ import annotations

import base64
from typing import Any

import pytest
from mcp import types

import spanloom
from spanloom_autolog.mcp import tools

pytestmark = pytest.mark.anyio

CAMEL_CASE = "isError" in types.CallToolResult.model_fields


def make_result(*content: Any, structured: Any = None) -> types.CallToolResult:
    return types.CallToolResult(
        content=list(content), **{"structuredContent" if CAMEL_CASE else "structured_content": structured}
    )


def text(value: str) -> types.TextContent:
    return types.TextContent(type="text", text=value)


@pytest.mark.parametrize(
    ("result", "outputs"),
    [
        (make_result(), ""),
        (make_result(text("one"), text("two")), "one\ntwo"),
        (make_result(text("7"), structured={"result": 7}), 7),
        (make_result(text('{"result": 7}'), structured={"result": 7}), {"result": 7}),
        (make_result(text("a"), text("b"), structured={"result": ["a", "b"]}), ["a", "b"]),
        (make_result(structured={"rows": []}), {"rows": []}),
    ],
)
def test_text_and_structured_results_are_told_once(result: Any, outputs: Any):
    assert tools.outputs(result) == outputs


def test_content_that_is_not_all_text_is_told_in_parts():
    data = base64.b64encode(b"picture").decode()
    note = types.TextResourceContents(uri="notes://today", text="milk")
    image = types.ImageContent.model_validate({"type": "image", "data": data, "mimeType": "image/png"})
    link = types.ResourceLink(type="resource_link", name="more", uri="notes://more")
    result = make_result(text("look:"), image, types.EmbeddedResource(type="resource", resource=note), link)
    with spanloom.start_span("tool") as span:
        span.set_outputs(tools.outputs(result))
    *parts, linked = span.outputs
    assert parts == [
        {"type": "text", "text": "look:"},
        {
            "type": "image",
            "mime_type": "image/png",
            "data": {"type": "binary", "size": 7, "sha256": span.outputs[1]["data"]["sha256"]},
        },
        {"type": "resource", "uri": "notes://today", "text": "milk"},
    ]
    assert (linked["type"], linked["name"], linked["uri"]) == ("resource_link", "more", "notes://more")
