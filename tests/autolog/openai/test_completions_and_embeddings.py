from __future__ import annotations

import base64
import json

import pytest

import spanloom
from spanloom.testing import outline

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def completion(*texts, **fields) -> dict:
    choices = [
        {"index": index, "text": text, "finish_reason": "stop", "logprobs": None} for index, text in enumerate(texts)
    ]
    return {"id": "cmpl_1", "object": "text_completion", "created": 0, "model": "m", "choices": choices, **fields}


def test_a_legacy_completion_is_one_llm_span(canned, only_span):
    client = canned(json.dumps(completion("a time", usage=USAGE)))
    client.completions.create(model="davinci", prompt="Once upon", max_tokens=5)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == "LLM text_completion davinci [3+2 tokens]"
    assert span.inputs == {"model": "davinci", "prompt": "Once upon", "max_tokens": 5}
    assert span.outputs == "a time"
    assert span.attributes["gen_ai.response.id"] == "cmpl_1"
    assert span.attributes["gen_ai.response.finish_reasons"] == ["stop"]


def test_a_streamed_legacy_completion_is_put_together(canned, only_span):
    chunks = [completion("a ", "one"), completion("time", " day"), {**completion(), "usage": USAGE}]
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    list(canned(body).completions.create(model="davinci", prompt="Once upon", n=2, stream=True))
    assert only_span().outputs == ["a time", "one day"]
    assert outline(spanloom.search_traces()[0]) == "LLM text_completion davinci [3+2 tokens]"


@pytest.mark.parametrize("options", [{}, {"encoding_format": "float"}, {"encoding_format": "base64"}])
def test_embeddings_keep_count_and_dimensions_but_no_vectors(client, only_span, options):
    result = client.embeddings.create(model="embed", input=["cats", "dogs"], dimensions=8, **options)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == "EMBEDDING embeddings embed [2+0 tokens]"
    assert span.inputs == {"model": "embed", "input": ["cats", "dogs"], "dimensions": 8, **options}
    assert span.outputs == {"count": 2, "dimensions": 8}
    assert span.attributes["gen_ai.response.model"] == "embed"
    vector = result.data[0].embedding
    assert len(base64.b64decode(vector)) == 32 if isinstance(vector, str) else len(vector) == 8


@pytest.mark.anyio
async def test_async_embeddings_are_one_span(async_client, only_span):
    await async_client.embeddings.create(model="embed", input="cats", dimensions=8)
    assert only_span().outputs == {"count": 1, "dimensions": 8}
