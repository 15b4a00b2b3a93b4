"""No secret is written: in headers and arguments of tools, their results and errors, URLs and bodies."""

from __future__ import annotations

import pytest

import spanloom
from spanloom import SpanType

httpx = pytest.importorskip("httpx2")


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "calls.jsonl"


@spanloom.trace(span_type=SpanType.TOOL)
def fetch(query, token=None, headers=None):
    if query == "fail":
        raise LookupError("401 for https://example.com/x?api_key=hidden-1&q=Paris&sig=hidden-2")
    return {"password": 5, "city": "Paris", "next": "https://example.com/?page_token=two"}


HEADERS = {"Authorization": "hidden-3", "x-api-key": "hidden-4", "Cookie": "hidden-5", "accept": "text/html"}


def test_tools_are_kept_without_secrets(cassette):
    with spanloom.record(cassette):
        fetch("Paris", token="hidden-6", headers=HEADERS)
        with pytest.raises(LookupError):
            fetch("fail")
    assert "hidden" not in cassette.read_text()
    assert "text/html" in cassette.read_text()
    with spanloom.replay(cassette) as report:
        replayed = fetch("Paris", token="another", headers={**HEADERS, "x-api-key": "another"})
        with pytest.raises(LookupError, match=r"api_key=\[REDACTED\]&q=Paris&sig=\[REDACTED\]"):
            fetch("fail")
    assert replayed == {"password": "[REDACTED]", "city": "Paris", "next": "https://example.com/?page_token=two"}
    assert not report.changed


def test_what_only_sounds_like_a_secret_is_kept(cassette):
    tool = spanloom.trace(lambda code, key, page_token: [code, key, page_token], name="run", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        said = tool("print(1)", "name", "two")
    with spanloom.replay(cassette):
        assert tool("print(1)", "name", "two") == said == ["print(1)", "name", "two"]


def test_pages_are_told_apart_by_their_tokens(server, cassette):
    with httpx.Client() as client:
        with spanloom.record(cassette):
            one, two = (client.get(f"{server.url}/list?page_token={page}&token=hidden").json() for page in (1, 2))
        with spanloom.replay(cassette):
            assert client.get(f"{server.url}/list?page_token=2").json() == two
            assert client.get(f"{server.url}/list?page_token=1").json() == one
    assert "hidden" not in cassette.read_text()


def test_a_record_of_former_rules_is_found_by_those_of_today(cassette):
    tool = spanloom.trace(lambda pin: "open", name="unlock", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        tool("1234")
    spanloom.configure(redact=["pin"])
    with spanloom.replay(cassette) as report:
        assert tool("1234") == "open"
    assert not report.changed
