from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.errors import SpanloomError
from spanloom.tracing.guard import failures

SECRET = "sk-123456"


def record_everywhere() -> None:
    with suppress(RuntimeError), spanloom.start_span(f"call {SECRET}") as span:
        span.set_inputs({"messages": [{"role": "user", "content": f"my key is {SECRET}"}]})
        span.set_outputs([f"your key is {SECRET}"])
        span.set_attribute("gen_ai.system.prompt", SECRET)
        span.add_event("note", {"text": SECRET})
        spanloom.update_current_trace(tags={"key": SECRET}, metadata={"key": SECRET}, session_id=SECRET, user=SECRET)
        with spanloom.start_span("child"):
            pass
        spanloom.flush()  # while the root is still open
        raise RuntimeError(f"bad key {SECRET}")


def test_what_a_pattern_matches_never_reaches_the_store(store: Path) -> None:
    spanloom.configure(redact=[re.compile(r"sk-\d+")])
    record_everywhere()
    [trace] = spanloom.search_traces()
    assert trace.info.request_preview == "my key is [REDACTED]"
    assert trace.data.spans[0].status_message == "RuntimeError: bad key [REDACTED]"
    spanloom.configure(store="sqlite://")
    everything = b"".join(file.read_bytes() for file in store.parent.glob(f"{store.name}*"))
    assert b"REDACTED" in everything
    assert SECRET.encode() not in everything


def test_key_paths_match_from_the_end_at_any_depth() -> None:
    spanloom.configure(redact=["password", "users.*.email", "gen_ai.system.prompt"])
    with spanloom.start_span("root", attributes={"gen_ai.system.prompt": "hidden", "model": "m"}) as span:
        span.set_inputs({"password": ["a"], "users": [{"email": "x", "name": "n"}], "email": "kept"})
    [stored] = spanloom.search_traces()[0].data.spans
    assert stored.inputs == {"password": "[REDACTED]", "users": [{"email": "[REDACTED]", "name": "n"}], "email": "kept"}
    assert stored.attributes == {"gen_ai.system.prompt": "[REDACTED]", "model": "m"}


def test_a_callable_sees_every_leaf_with_its_path() -> None:
    def no_numbers(path: tuple[str | int, ...], value: Any) -> Any:
        return 0 if path[0] == "inputs" and isinstance(value, int) else value

    spanloom.configure(redact=[no_numbers])
    with spanloom.start_span("root") as span:
        span.set_inputs({"a": [1, "x"]})
        span.set_outputs(2)
    [stored] = spanloom.search_traces()[0].data.spans
    assert (stored.inputs, stored.outputs) == ({"a": [0, "x"]}, 2)


def test_a_rule_that_fails_redacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STRICT", "0")

    def broken(path: tuple[str | int, ...], value: Any) -> Any:
        raise KeyError(value)

    spanloom.configure(redact=[broken])
    with spanloom.start_span("root") as span:
        span.set_inputs({"a": SECRET})
    [stored] = spanloom.search_traces()[0].data.spans
    assert stored.inputs == {"a": "[REDACTED: a redaction rule failed]"}
    assert failures["redaction rule"] > 0


def test_rules_that_are_none_are_refused() -> None:
    with pytest.raises(SpanloomError, match="takes a list of rules"):
        spanloom.configure(redact="password")
    with pytest.raises(SpanloomError, match="3 is no rule; expected a key path"):
        spanloom.configure(redact=[3])


@pytest.mark.parametrize(
    "options",
    [
        {"sample_rate": 1.5},
        {"sample_rate": -1},
        {"max_queue_size": 0},
        {"flush_interval": -1},
        {"max_payload_bytes": 1},
        {"sample_rate": "0.5"},
        {"sample_rate": True},
        {"sampler": 5},
        {"exporters": 5},
        {"exporters": [5]},
        {"capture_content": "no"},
        {"experiment": 5},
    ],
)
def test_values_out_of_range_are_refused_and_change_nothing(options: dict[str, Any]) -> None:
    [name] = options
    with pytest.raises(SpanloomError, match=rf"configure\({name}="):
        spanloom.configure(**options)


def test_keys_match_with_and_without_capitals() -> None:
    spanloom.configure(redact=["password", "User.Email"])
    with spanloom.start_span("one") as span:
        span.set_inputs({"Password": "a", "PASSWORD": "b", "user": {"email": "c"}, "email": "d"})
    (stored,) = spanloom.search_traces()[0].data.spans
    hidden = "[REDACTED]"
    assert stored.inputs == {"Password": hidden, "PASSWORD": hidden, "user": {"email": hidden}, "email": "d"}


@pytest.mark.parametrize("rule", [r"sk-\w+", "", "user.", ".*", "a|b", "^key", "[0-9]", "user..email"])
def test_a_text_that_is_no_path_of_keys_is_refused(rule: str) -> None:
    with pytest.raises(SpanloomError, match=r"re\.compile"):
        spanloom.configure(redact=["password", rule])


@pytest.mark.parametrize("rule", ["*", "user.*.email", "*.x-api-key", "llm.input_messages.0", "$ref", "größe"])
def test_paths_of_keys_are_taken(rule: str) -> None:
    spanloom.configure(redact=[rule])


def test_an_empty_experiment_is_refused() -> None:
    with pytest.raises(SpanloomError, match="expected a name"):
        spanloom.set_experiment("")


@pytest.mark.parametrize("name", ["tags", "metadata", "events", "inputs", "outputs", "name", "session_id"])
def test_a_rule_may_hide_a_part_of_a_trace_as_a_whole(name: str) -> None:
    spanloom.configure(redact=[name])
    with spanloom.start_span("root") as span:
        span.set_inputs({"a": SECRET})
        span.set_outputs({"a": SECRET})
        span.add_event("note")
        spanloom.update_current_trace(tags={"key": SECRET}, metadata={"key": SECRET}, session_id=SECRET)
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    [stored] = trace.data.spans
    parts = {
        "tags": trace.info.tags,
        "metadata": trace.info.trace_metadata,
        "events": [event["name"] for event in stored.events],
        "inputs": stored.inputs,
        "outputs": stored.outputs,
        "name": stored.name,
        "session_id": trace.info.session_id,
    }
    labels = {"key": "[REDACTED]"}
    assert parts[name] == {"tags": labels, "metadata": labels, "events": []}.get(name, "[REDACTED]")
    assert (trace.info.state, stored.status) == ("OK", "OK")
