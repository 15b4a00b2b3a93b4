"""What tools are given tells their calls apart; what they give back comes back with the types of all that is in it."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import spanloom
from spanloom import ReplayError, SpanType
from spanloom.cassettes.values import answer_of


class Item(BaseModel):
    name: str


class Holder(BaseModel):
    content: Any


class Secured(BaseModel):
    password: int


@dataclass
class Basket:
    items: list


@dataclass(frozen=True)
class Context:
    client: object
    run: int


class Colour(Enum):
    RED = "r"
    BLUE = "b"


Point = namedtuple("Point", "x y")  # noqa: PYI024 - the plain kind


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "tools.jsonl"


@spanloom.trace(span_type=SpanType.TOOL)
def look(thing, context=None):
    return f"the {thing!r}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (date(2026, 1, 1), date(2027, 1, 1)),
        (Item(name="a"), Item(name="b")),
        (Basket([Item(name="a")]), Basket([Item(name="b")])),
        ((1, 2), (3, 4)),
        (Point(1, 2), Point(1, 3)),
        (Colour.RED, Colour.BLUE),
        ({"a", "b"}, {"a", "c"}),
        (b"a", b"b"),
        (Decimal(1), Decimal(2)),
        (2**70, 2**71),
        (float("inf"), float("nan")),
        ("\ud800", "\ud801"),
        ([1, (2,)], [1, (3,)]),
        ({1: "a"}, {2: "a"}),
        ({"day": date(2026, 1, 1), "log": print}, {"day": date(2027, 1, 1), "log": print}),
    ],
    ids=repr,
)
def test_arguments_of_every_type_count(cassette, one, other):
    with spanloom.record(cassette):
        said = [look(one), look(other)]
    with spanloom.replay(cassette) as report:
        assert [look(other), look(one)] == said[::-1]
    assert not report.changed


def test_an_object_without_a_content_does_not_count(cassette):
    with spanloom.record(cassette):
        said = look("a", Context(object(), run=1)), look("b", object())
    with spanloom.replay(cassette) as report:
        assert (look("a", Context(object(), run=2)), look("b", object())) == said
    assert not report.changed


@pytest.mark.parametrize(
    "value",
    [
        [Item(name="a")],
        {"first": Item(name="a"), "rest": [(1, {2})]},
        (Item(name="a"), None),
        Basket([Item(name="a"), date(2026, 1, 1)]),
        [Basket([])],
        Holder(content=(Item(name="a"), "b")),
        {"a": (1, (2,))},
        Colour.RED,
        frozenset({1, 2}),
    ],
    ids=repr,
)
def test_what_is_in_a_result_comes_back_as_what_it_was(cassette, value):
    tool = spanloom.trace(lambda: value, name="tool", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        tool()
    with spanloom.replay(cassette):
        replayed = tool()
    assert replayed == value
    assert repr(replayed) == repr(value)


@pytest.mark.parametrize("value", [{1: "a"}, [object()], 2**70, [b"\xff"], Holder(content=object())], ids=repr)
def test_what_would_come_back_as_something_else_is_refused(cassette, value):
    tool = spanloom.trace(lambda: value, name="tool", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        tool()
    with pytest.raises(ReplayError, match="could not be recorded"), spanloom.replay(cassette):
        tool()


def test_a_result_that_cannot_do_without_its_secret_is_told(cassette):
    tool = spanloom.trace(lambda: Secured(password=5), name="tool", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        tool()
    with pytest.raises(ReplayError, match="a secret in it was replaced"), spanloom.replay(cassette):
        tool()


def test_a_cassette_makes_nothing_but_values(tmp_path: Path) -> None:
    command = {"args": ["touch", str(tmp_path / "made")]}
    with pytest.raises(ReplayError, match="Popen"):
        answer_of({"value": command, "type": {"subprocess:Popen": {}}})
    assert not (tmp_path / "made").exists()
