"""What the spans say."""

from __future__ import annotations

import threading

import dspy
import pytest
from dspy.lm15 import Message, Request
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import Reply, Usage
from spanloom.tracing import TokenUsage, attributes

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def test_a_model_call(lm, the_trace):
    reply = Reply("Sunny.", usage=Usage(12, 5, cached_tokens=4), model="gpt-4o-mini-2024-07-18")
    lm(reply, temperature=0.5)("Paris?", max_tokens=7)
    (span,) = the_trace().data.spans
    assert (span.name, span.span_type) == ("chat gpt-4o-mini", "CHAT_MODEL")
    assert span.inputs == snapshot(
        {
            "messages": [{"role": "user", "content": "Paris?"}],
            "model": "gpt-4o-mini",
            "temperature": 0.5,
            "max_tokens": 7,
        }
    )
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    facts = {key: value for key, value in span.attributes.items() if ".usage." not in key}
    assert facts.pop(attributes.RESPONSE_ID)
    assert facts.pop(attributes.TOTAL_COST) > 0
    assert facts == snapshot(
        {
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.finish_reasons": ["stop"],
        }
    )
    assert span.token_usage == TokenUsage(12, 5, 17, 4, 0, 0)
    assert "a secret" not in the_trace().to_json()


def test_an_answer_from_the_cache_costs_nothing(lm, the_trace, tmp_path, monkeypatch):
    from dspy.clients.cache import Cache

    monkeypatch.setattr(dspy, "cache", Cache(enable_disk_cache=False, enable_memory_cache=True, disk_cache_dir=None))
    model = lm(Reply("Sunny.", usage=Usage(12, 5)), cache=True)
    with spanloom.start_span("both"):
        assert model("Paris?") == model("Paris?")
    paid, free = the_trace().data.spans[1:]
    assert paid.attributes[attributes.TOTAL_COST] > 0
    assert free.attributes[attributes.TOTAL_COST] == 0
    assert free.attributes["dspy.cache_hit"] is True
    assert free.token_usage is None
    assert free.outputs == paid.outputs
    assert the_trace().info.token_usage.total_tokens == 17


def test_the_tokens_are_known_also_where_dspy_keeps_no_history(lm, the_trace):
    with dspy.context(disable_history=True):
        lm(Reply("Sunny.", usage=Usage(12, 5)))("Paris?")
    assert the_trace().info.token_usage.total_tokens == 17


def test_tokens_of_calls_at_the_same_time_on_one_model_are_not_mixed_up(lm):
    gate = threading.Barrier(2)

    def script(request):
        gate.wait(30)
        number = int(request.body["messages"][-1]["content"])
        return Reply(str(number), usage=Usage(number, number))

    model = lm(script=script)
    threads = [threading.Thread(target=model, args=(str(number),)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = [span for trace in spanloom.search_traces() for span in trace.data.spans]
    assert len(spans) == 2
    for span in spans:
        assert span.outputs["messages"][0]["content"] == str(span.token_usage.input_tokens)


def test_a_request_of_dspys_own_type_is_shown_as_a_conversation(lm, the_trace):
    request = Request(model="openai/gpt-4o-mini", messages=(Message.user("Paris?"),), system="Be brief.")
    lm(Reply("Sunny.", usage=Usage(1, 1)))(request)
    (span,) = the_trace().data.spans
    assert span.inputs == snapshot(
        {
            "model": "gpt-4o-mini",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Paris?"}],
        }
    )
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}


@pytest.mark.anyio
async def test_custom_types_and_conversations_are_plain(lm, fields, the_trace):
    signature = dspy.Signature(
        {
            "image": (dspy.Image, dspy.InputField()),
            "history": (dspy.History, dspy.InputField()),
            "answer": (str, dspy.OutputField()),
        }
    )
    history = dspy.History(messages=[{"image": None, "answer": "A cat."}])
    with dspy.context(lm=lm(fields(answer="A dog."))):
        await dspy.Predict(signature).acall(image=dspy.Image(PIXEL), history=history)
    root = the_trace().data.spans[0]
    assert root.inputs == {
        "image": [{"type": "image_url", "image_url": {"url": PIXEL}}],
        "history": {"messages": [{"image": None, "answer": "A cat."}]},
    }
    assert root.outputs == {"answer": "A dog."}
