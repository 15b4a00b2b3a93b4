"""What a call that is not on the record does to the others, and what the report makes of it."""

from __future__ import annotations

import contextlib

import pytest

import spanloom
from spanloom import ReplayError, SpanType


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "tools.jsonl"


@pytest.fixture
def look(cassette):
    @spanloom.trace(name="look", span_type=SpanType.TOOL)
    def look(city):
        return f"{city} as it was" if is_recorded else f"{city} now"

    is_recorded = True
    with spanloom.record(cassette):
        look("Paris")
        look("Oslo")
    is_recorded = False
    return look


def test_a_call_that_is_not_on_the_record_leaves_the_answers_of_others_alone(cassette, look):
    with spanloom.replay(cassette, on_missing="call") as report:
        assert [look("Rome"), look("Paris"), look("Oslo")] == ["Rome now", "Paris as it was", "Oslo as it was"]
    assert [request.content for request in report.new] == [{"city": "Rome"}]
    assert not report.different
    assert not report.missing


def ask_for_more(look):
    look("Paris")
    with contextlib.suppress(ReplayError):
        look("Paris")
    assert look("Oslo") == "Oslo as it was"


def test_a_call_too_many_does_not_become_one_that_comes_later(cassette, look):
    with pytest.raises(ReplayError, match=r'new: look {"city":"Paris"}'), spanloom.replay(cassette) as report:
        ask_for_more(look)
    assert not report.different


def test_what_a_call_became_is_told_among_those_that_nobody_made(cassette, look):
    with spanloom.replay(cassette, on_missing="call") as report:
        look("Rome")
        look("Paris")
    assert report.different[0].changes == ["city: 'Oslo' became 'Rome'"]
    assert not report.missing


def interrupted(look):
    look("Paris")
    raise KeyboardInterrupt


def test_the_report_is_complete_also_if_the_block_is_interrupted(cassette, look):
    with pytest.raises(KeyboardInterrupt), spanloom.replay(cassette) as report:
        interrupted(look)
    assert [request.content for request in report.missing] == [{"city": "Oslo"}]
