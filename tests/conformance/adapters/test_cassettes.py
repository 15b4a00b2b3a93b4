"""Every framework's model and tool calls, recorded once and answered from the record."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import SpanloomError
from spanloom.testing import ProviderServer, Reply, ToolCall
from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec
from spanloom.testing.fresh_state import fresh_state

SCRIPT = [
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Oslo"})]),
    Reply("Sunny in both."),
]


@pytest.fixture
def driver(request: pytest.FixtureRequest) -> AdapterDriver:
    chosen: AdapterDriver = request.param
    if "tools" in chosen.lacks or chosen.plugin is None:
        pytest.skip("runs no tools of its own")
    return chosen


class Weather:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, driver: AdapterDriver, base_url: str, *, stream: bool, question: str = "The weather?") -> str:
        async def get_weather(city: str) -> str:
            """Tell the weather in a city."""
            self.asked.append(city)
            return f"sunny in {city}"

        def get_weather_now(city: str) -> str:
            """Tell the weather in a city."""
            self.asked.append(city)
            return f"sunny in {city}"

        get_weather_now.__name__ = "get_weather"
        tool = get_weather_now if "async_tools" in driver.lacks else get_weather
        spec = NativeSpec(base_url, tools=[tool])
        agent = spanloom.wrap(driver.agent(spec), **driver.options(spec))
        request = {"input": [{"role": "user", "content": question}]}
        if not stream:
            return agent.predict(request).output_text
        *_, last = agent.predict_stream(request)
        return "".join(part["text"] for part in last.response["output"][-1]["content"])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_run_is_answered_from_its_record(driver, tmp_path, stream):
    cassette = tmp_path / "weather.jsonl"
    with fresh_state():
        spanloom.autolog(driver.plugin)
        weather = Weather()
        with ProviderServer(driver.script(SCRIPT)) as server:
            with spanloom.record(cassette):
                said = weather.ask(driver, server.base_url, stream=stream)
            base_url = server.base_url
        assert sorted(weather.asked) == ["Oslo", "Paris"]
        with spanloom.replay(cassette) as report:
            assert weather.ask(driver, base_url, stream=stream) == said
        assert not report.changed, report
        assert len(report.answered) == len(cassette.read_text().splitlines()) - 1 >= 4
        assert len(weather.asked) == 2
        spanloom.flush()
        replayed, recorded = (sorted(map(shape, trace.data.spans)) for trace in spanloom.search_traces())
        assert replayed == recorded


def test_a_run_is_answered_from_its_trace(driver):
    with fresh_state():
        spanloom.autolog(driver.plugin)
        weather = Weather()
        with ProviderServer(driver.script(SCRIPT)) as server:
            said = weather.ask(driver, server.base_url, stream=False)
            base_url = server.base_url
        spanloom.flush()
        with spanloom.replay(spanloom.search_traces()[0]) as report:
            assert weather.ask(driver, base_url, stream=False) == said
        assert not report.changed, report
        assert len(weather.asked) == 2


def shape(span) -> tuple[str, str, str]:
    return span.span_type, span.name, span.status


def test_a_question_that_is_not_on_the_record_is_named(driver, tmp_path):
    cassette = tmp_path / "weather.jsonl"
    with fresh_state():
        spanloom.autolog(driver.plugin)
        weather = Weather()
        with ProviderServer(driver.script(SCRIPT)) as server:
            base_url = server.base_url
            with spanloom.record(cassette):
                weather.ask(driver, base_url, stream=False)
        with pytest.raises(Exception) as caught, spanloom.replay(cassette) as report:  # noqa: PT011 - the framework's
            weather.ask(driver, base_url, stream=False, question="And tomorrow?")
        assert isinstance(caught.value, SpanloomError) or "not on the record" in str(caught.value)
        assert any("And tomorrow?" in change for change in report.different[0].changes)
