"""Content off for one plugin: what the other one knows of the same call does not bring it back."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.testing import Reply, Usage, outline

SECRET = "s3cret"
REPLY = Reply(f"It is {SECRET}.", usage=Usage(7, 3))


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("without", [("openai",), ("langchain",), ("openai", "langchain")])
def test_a_call_that_both_tell_of_is_as_silent_as_the_more_silent_one(chat_model, the_trace, without, streams):
    spanloom.autolog("openai", "langchain")
    spanloom.autolog(*without, capture_content=False)
    model = chat_model(REPLY, stream_usage=True)
    if streams:
        assert SECRET in "".join(chunk.text for chunk in model.stream(f"Tell {SECRET}!"))
    else:
        assert SECRET in model.invoke(f"Tell {SECRET}!").text
    trace = the_trace()
    assert SECRET not in trace.to_json()
    assert outline(trace) == "CHAT_MODEL ChatOpenAI [7+3 tokens]"
    [span] = trace.data.spans
    assert span.attributes["gen_ai.request.model"]
    assert (span.inputs, span.outputs, span.status) == (None, None, "OK")


def test_a_span_of_the_user_around_it_keeps_its_own(chat_model, the_trace):
    spanloom.autolog("openai", "langchain", capture_content=False)
    with spanloom.start_span("mine") as span:
        span.set_inputs("asked")
        chat_model(REPLY).invoke(f"Tell {SECRET}!")
        span.set_outputs("answered")
    root, model = the_trace().data.spans
    assert (root.inputs, root.outputs, model.inputs, model.outputs) == ("asked", "answered", None, None)


def test_content_is_back_when_it_is_switched_on_again(chat_model, the_trace):
    spanloom.autolog("openai", "langchain", capture_content=False)
    spanloom.autolog("openai", "langchain")
    chat_model(REPLY).invoke(f"Tell {SECRET}!")
    assert the_trace().to_json().count(SECRET) > 1
