from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson
import pytest
from pydantic import BaseModel

import spanloom
from spanloom import ReplayError, SpanType
from spanloom.tracing.tool_calls import interception


class Forecast(BaseModel):
    city: str
    celsius: float


@dataclass
class Place:
    city: str
    coordinates: tuple[float, float]


class NoSuchCityError(Exception):
    pass


class Opaque:
    pass


def traced(function):
    return spanloom.trace(function, span_type=SpanType.TOOL)


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "tools.jsonl"


@pytest.mark.parametrize(
    "value",
    ["sunny", 21, None, {"city": ["Paris", 2.5, None, True]}, Forecast(city="Paris", celsius=21), (1, 2)],
    ids=str,
)
def test_a_tool_gives_back_what_it_gave(cassette, value):
    calls = []

    @traced
    def get_weather(city):
        calls.append(city)
        return value

    with spanloom.record(cassette):
        get_weather("Paris")
    with spanloom.replay(cassette) as report:
        assert get_weather("Paris") == value
    assert calls == ["Paris"]
    assert not report.changed


def test_a_dataclass_comes_back_as_one(cassette):
    @traced
    def find(city):
        return Place(city, (48.9, 2.4))

    with spanloom.record(cassette):
        find("Paris")
    with spanloom.replay(cassette):
        assert find("Paris") == Place("Paris", (48.9, 2.4))


@pytest.mark.parametrize("error", [NoSuchCityError("Atlantis", 7), KeyError("Atlantis"), ValueError()], ids=repr)
def test_a_tool_raises_what_it_raised(cassette, error):
    @traced
    def get_weather(city):
        raise error

    with spanloom.record(cassette), pytest.raises(type(error)):
        get_weather("Atlantis")
    with pytest.raises(type(error)) as caught, spanloom.replay(cassette):
        get_weather("Atlantis")
    assert caught.value.args == error.args


def test_an_error_of_a_class_that_is_not_found_says_what_it_was(cassette):
    class LocalError(Exception):
        pass

    @traced
    def get_weather(city):
        raise LocalError(city)

    with spanloom.record(cassette), pytest.raises(LocalError):
        get_weather("Atlantis")
    with pytest.raises(Exception, match="LocalError: Atlantis"), spanloom.replay(cassette):
        get_weather("Atlantis")


def test_a_cassette_calls_nothing_but_classes(cassette):
    traced_tool = traced(len)
    with spanloom.record(cassette):
        traced_tool([1])
    head, line = cassette.read_bytes().splitlines()
    for harmful in ({"type": "os:getcwd", "message": "", "args": []}, {"type": "nowhere:X", "message": "", "args": []}):
        changed = {**orjson.loads(line), "response": {"error": harmful}}
        cassette.write_bytes(b"\n".join((head, orjson.dumps(changed))))
        with pytest.raises(Exception, match=harmful["type"]), spanloom.replay(cassette):
            traced_tool([1])


def test_what_json_cannot_bring_back_is_told_at_the_replay(cassette):
    made = []

    @traced
    def connect(name):
        made.append(Opaque())
        return made[-1]

    with spanloom.record(cassette):
        assert connect("db") is made[0]
    with (
        pytest.raises(ReplayError, match=r"connect .*gave back a .*Opaque.*on_missing='call'"),
        spanloom.replay(cassette),
    ):
        connect("db")
    with spanloom.replay(cassette, on_missing="call"):
        assert connect("db") is made[1]


@pytest.mark.parametrize("value", [2**70, "\ud800", float("inf"), float("nan")], ids=repr)
def test_arguments_that_are_no_json_do_not_hurt(cassette, value):
    @traced
    def echo(value, other):
        return "done"

    with spanloom.record(cassette):
        assert echo(value, "x") == "done"
    with spanloom.replay(cassette):
        assert echo(value, "x") == "done"


def test_equal_calls_get_their_answers_in_order(cassette):
    answers = iter(["first", "second", "third"])
    draw = traced(lambda: next(answers))
    with spanloom.record(cassette):
        assert [draw(), draw(), draw()] == ["first", "second", "third"]
    with spanloom.replay(cassette):
        assert [draw(), draw(), draw()] == ["first", "second", "third"]
    with pytest.raises(ReplayError, match="not on the record"), spanloom.replay(cassette):
        [draw() for _ in range(4)]


def test_an_id_that_a_tool_is_asked_for_counts(cassette):
    find = traced(lambda id, type: id.upper())  # noqa: A006 - what many tools take
    with spanloom.record(cassette):
        find("a", "user")
        find("b", "user")
    with spanloom.replay(cassette):
        assert [find("b", "user"), find("a", "user")] == ["B", "A"]


def test_calls_come_in_any_order_from_threads(cassette):
    square = traced(lambda number: number * number)
    with spanloom.record(cassette), ThreadPoolExecutor(8) as pool:
        list(pool.map(square, range(200)))
    with spanloom.replay(cassette) as report, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, reversed(range(200)))) == [number * number for number in reversed(range(200))]
    assert not report.changed
    assert len(report.answered) == 200


@pytest.mark.anyio
async def test_calls_come_in_any_order_from_tasks(cassette):
    @traced
    async def square(number):
        await asyncio.sleep(0)
        return number * number

    with spanloom.record(cassette):
        await asyncio.gather(*map(square, range(50)))
    with spanloom.replay(cassette) as report:
        assert await asyncio.gather(*map(square, [3, 1, 2])) == [9, 1, 4]
    assert len(report.missing) == 47


@pytest.mark.anyio
async def test_an_asynchronous_tool_raises_what_it_raised(cassette):
    @traced
    async def get_weather(city):
        await asyncio.sleep(0)
        raise NoSuchCityError(city)

    with spanloom.record(cassette), pytest.raises(NoSuchCityError):
        await get_weather("Atlantis")
    with pytest.raises(NoSuchCityError), spanloom.replay(cassette):
        await get_weather("Atlantis")


@pytest.mark.anyio
async def test_a_function_that_returns_an_awaitable_does_so_in_a_replay(cassette):
    async def look(city):
        return city.upper()

    @traced
    def tool(city):
        return look(city)

    with spanloom.record(cassette):
        assert await tool("Paris") == "PARIS"
    with spanloom.replay(cassette):
        assert await tool("Paris") == "PARIS"


def test_calls_within_an_answered_tool_are_not_missed(cassette):
    inner = spanloom.trace(lambda number: number + 1, name="inner", span_type=SpanType.TOOL)
    middle = spanloom.trace(lambda number: inner(number) * 1, name="middle", span_type=SpanType.TOOL)
    outer = spanloom.trace(lambda number: middle(number) * 1, name="outer", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        outer(1)
    with spanloom.replay(cassette) as report:
        assert outer(1) == 2
    assert not report.changed
    with spanloom.replay(cassette) as report:
        assert inner(1) == 2
    assert len(report.missing) == 2


def test_new_different_and_missing_calls_are_told(cassette):
    first, second, third = (
        spanloom.trace(lambda city: city, name=name, span_type=SpanType.TOOL) for name in ("first", "second", "third")
    )
    with spanloom.record(cassette):
        first("Paris")
        second("Rome")
    with spanloom.replay(cassette, on_missing="call") as report:
        first("Oslo")
        third("Paris")
    assert report.different[0].changes == ["city: 'Paris' became 'Oslo'"]
    assert [request.name for request in report.new] == ["third"]
    assert [request.name for request in report.missing] == ["second"]
    assert str(report) == (
        "0 calls answered from the record\n"
        'new: third {"city":"Paris"}\n'
        "different: first\n"
        "  city: 'Paris' became 'Oslo'\n"
        'missing: second {"city":"Rome"}'
    )


def test_a_tool_that_is_cancelled_is_left_out(cassette):
    @traced
    def stop():
        raise KeyboardInterrupt

    def run():
        try:
            stop()
        except KeyboardInterrupt:
            return "stopped"

    with spanloom.record(cassette):
        assert run() == "stopped"
    assert len(cassette.read_text().splitlines()) == 1


def test_a_traced_tool_has_its_span_in_a_replay(cassette):
    get_weather = spanloom.trace(lambda city: "sunny", name="get_weather", span_type=SpanType.TOOL)
    with spanloom.record(cassette):
        get_weather("Paris")
    with spanloom.replay(cassette):
        get_weather("Paris")
    spanloom.flush()
    replayed, recorded = (trace.data.spans[0] for trace in spanloom.search_traces())
    assert (replayed.name, replayed.inputs, replayed.outputs) == (recorded.name, recorded.inputs, recorded.outputs)


def test_nothing_is_left_behind(cassette):
    with spanloom.record(cassette):
        assert interception.interceptor is not None
    assert interception.interceptor is None
