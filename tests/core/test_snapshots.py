from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import io
import uuid
from collections import OrderedDict, deque
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import orjson
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom.tracing.snapshot import cut_text, snapshot


def taken(value: Any) -> Any:
    return orjson.loads(snapshot(value))


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class City(pydantic.BaseModel):
    name: str
    founded: dt.date


class Pair(NamedTuple):
    left: int
    right: int


class Hostile:
    def __repr__(self) -> str:
        raise AssertionError("repr was called")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        ({1: "a", (1, 2): "b"}, {"1": "a", "<builtins.tuple>": "b"}),
        (Point(1, Point(2, {3})), {"x": 1, "y": {"x": 2, "y": [3]}}),
        (City(name="Rome", founded=dt.date(1, 4, 21)), {"name": "Rome", "founded": "0001-04-21"}),
        (Pair(1, 2), {"left": 1, "right": 2}),
        (Color.RED, "red"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (decimal.Decimal("1.50"), "1.50"),
        (PurePosixPath("a/b"), "a/b"),
        ({"s"}, ["s"]),
        (deque([1, 2]), [1, 2]),
        (OrderedDict(a=1), {"a": 1}),
        (float("nan"), None),
        (2**70, str(2**70)),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        (ValueError("bad"), {"type": "builtins.ValueError", "message": "bad"}),
        (Point, f"{__name__}.Point"),
        (len, "<builtins.builtin_function_or_method>"),
        (Hostile(), f"<{__name__}.Hostile>"),
        ([Hostile()], [f"<{__name__}.Hostile>"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_become_readable_json(value: Any, expected: Any) -> None:
    assert taken(value) == expected


def test_binary_becomes_size_and_digest() -> None:
    data = b"\x89PNG" * 100
    expected = {"type": "binary", "size": 400, "sha256": hashlib.sha256(data).hexdigest()}
    assert taken({"image": data}) == {"image": expected}
    assert taken([bytearray(data), memoryview(data)]) == [expected, expected]


def test_streams_and_iterators_are_never_consumed() -> None:
    numbers = iter([1, 2, 3])
    generator = (number for number in [1, 2, 3])
    file = io.StringIO("text")
    assert taken([numbers, generator, file]) == [
        "<builtins.list_iterator>",
        "<builtins.generator>",
        "<_io.StringIO>",
    ]
    assert (list(numbers), list(generator), file.read()) == ([1, 2, 3], [1, 2, 3], "text")


def test_cycles_and_depth_are_cut() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert "nested deeper than 64" in snapshot(loop).decode()
    deep: Any = "bottom"
    for _ in range(1000):
        deep = [deep]
    assert "nested deeper than 64" in snapshot(deep).decode()


def test_long_values_are_cut_with_a_marker_and_stay_json() -> None:
    spanloom.configure(max_payload_bytes=4096)
    data = snapshot({"keep": "short", "long": "x" * 100_000, "list": list(range(50_000))})
    assert len(data) <= 4096
    value = orjson.loads(data)
    assert value["keep"] == "short"
    assert "… [cut: " in value["long"]
    assert value["list"][0] == 0
    assert "more items]" in value["list"][-1]


def test_a_cut_text_says_how_much_is_missing() -> None:
    assert cut_text("abcdef", 4) == "abcd… [cut: 2 more characters]"
    assert cut_text("abcd", 4) == "abcd"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_value_can_be_taken_and_read_back(value: Any) -> None:
    assert taken(taken(value)) == taken(value)
