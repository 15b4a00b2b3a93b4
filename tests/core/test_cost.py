from __future__ import annotations

from typing import Any

import pytest

import spanloom
from spanloom.tracing import attributes, cost
from spanloom.tracing.guard import failures


def call_model(model: str = "gpt-5-mini", **facts: Any) -> None:
    with spanloom.start_span("chat", "CHAT_MODEL", {attributes.REQUEST_MODEL: model, **facts}) as span:
        span.set_token_usage(spanloom.TokenUsage(1000, 100, cache_read_input_tokens=200))


def the_trace() -> spanloom.Trace:
    (trace,) = spanloom.search_traces()
    return trace


def the_price(model: str, provider: str | None = None) -> float:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=1000, output_tokens=100, cache_read_tokens=200)
    return float(calc_price(usage, model_ref=model, provider_id=provider).total_price)


def test_a_model_call_of_a_known_model_has_a_price() -> None:
    call_model("gpt-5-mini", **{attributes.PROVIDER: "openai"})
    trace = the_trace()
    assert trace.data.spans[0].cost == trace.info.cost == the_price("gpt-5-mini")
    assert trace.info.cost is not None
    assert trace.info.cost > 0


def test_the_model_that_answered_is_the_one_that_is_paid() -> None:
    call_model("my-alias", **{attributes.RESPONSE_MODEL: "gpt-4o-2024-08-06"})
    assert the_trace().info.cost == the_price("gpt-4o-2024-08-06")


@pytest.mark.parametrize("model", ["openai/gpt-4o", "azure/gpt-4o"])
def test_a_model_written_with_its_provider_is_found(model: str) -> None:
    call_model(model)
    assert the_trace().info.cost == the_price("gpt-4o", model.partition("/")[0])


def test_an_unknown_model_has_no_price() -> None:
    call_model("scripted-model")
    trace = the_trace()
    assert trace.info.cost is None
    assert trace.info.token_usage is not None
    assert not failures


def test_what_an_agent_reports_of_its_calls_is_not_added_to_them() -> None:
    with spanloom.start_span("agent", "AGENT", {attributes.TOTAL_COST: 1e-9}):
        call_model()
        call_model()
    assert the_trace().info.cost == pytest.approx(2 * the_price("gpt-5-mini"))


def test_a_cost_that_the_framework_reported_stands() -> None:
    call_model(**{attributes.TOTAL_COST: 0.5})
    assert the_trace().info.cost == 0.5


def test_a_price_table_that_fails_loses_the_cost_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STRICT", "0")

    def broken(*_: Any) -> float:
        raise RuntimeError("no table today")

    monkeypatch.setattr(cost, "_price_function", lambda: broken)
    call_model()
    trace = the_trace()
    assert trace.info.cost is None
    assert trace.info.token_usage == spanloom.TokenUsage(1000, 100, 1100, cache_read_input_tokens=200)
    assert failures["cost"] == 1
