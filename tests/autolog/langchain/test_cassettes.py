"""Recorded tools of LangChain: what the model gave tells calls apart, what the framework injects does not."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pytest

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall

pytest.importorskip("langchain")
prebuilt = pytest.importorskip("langgraph.prebuilt")


def test_a_state_that_is_injected_does_not_count(tmp_path):
    from langchain.agents import create_agent
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI

    asked = []

    def get_weather(day: date, state: Annotated[dict[str, Any], prebuilt.InjectedState]) -> str:
        """Tell the weather of a day."""
        asked.append(len(state["messages"]))
        return f"sunny on {day}"

    get_weather.__annotations__.update(day=date, state=Annotated[dict[str, Any], prebuilt.InjectedState])
    weather = tool(get_weather)

    def run(url):
        agent = create_agent(ChatOpenAI(base_url=url, api_key="unused", model="m"), [weather])
        return [message.content for message in agent.invoke({"messages": [("user", "Hi")]})["messages"]]

    spanloom.autolog("langchain")
    days = [ToolCall("get_weather", {"day": day}) for day in ("2026-01-01", "2026-01-02")]
    with ProviderServer([Reply(tool_calls=days), Reply("Sunny.")]) as server:
        with spanloom.record(tmp_path / "weather.jsonl"):
            said = run(server.base_url)
        url = server.base_url
    with spanloom.replay(tmp_path / "weather.jsonl") as report:
        assert run(url) == said
    assert said[2:4] == ["sunny on 2026-01-01", "sunny on 2026-01-02"]
    assert not report.changed
    assert len(asked) == 2
