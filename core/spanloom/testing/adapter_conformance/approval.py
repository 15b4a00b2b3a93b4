"""A person in the loop: a call that waits for an approval, and what comes of it."""

from __future__ import annotations

from typing import Any

from spanloom.agents import SqliteConversations
from spanloom.testing.adapter_conformance.case import Case
from spanloom.testing.adapter_conformance.content import ANSWER, CALL
from spanloom.testing.adapter_conformance.scenario import ALL_WAYS, scenario

__all__: list[str] = []

_RESPONSES = tuple(way for way in ALL_WAYS if way.schema == "responses")
_CONTEXT = {"conversation_id": "c1"}


class _Weather:
    """A tool that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def tool(self) -> Any:
        def get_weather(city: str) -> str:
            """Tell the weather."""
            self.asked.append(city)
            return f"sunny in {city}"

        return get_weather


def _pending(case: Case, agent: Any, weather: _Weather) -> dict[str, Any]:
    answer = case.ask(agent, "Paris?", context=_CONTEXT)
    assert answer.finish == "interrupt", answer.finish
    assert answer.body["status"] == "incomplete"
    assert not weather.asked, "the tool ran without approval"
    requests = [item for item in answer.body["output"] if item["type"] == "mcp_approval_request"]
    assert [item["name"] for item in requests] == ["get_weather"], answer.parts
    request: dict[str, Any] = requests[0]
    return request


def _answer(request: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    return [{"type": "mcp_approval_response", "approval_request_id": request["id"], **fields}]


@scenario("tools", "approval", ways=_RESPONSES)
def approved(case: Case) -> None:
    """The call waits; once approved it runs, and the agent goes on."""
    weather = _Weather()
    agent = case.agent(case.server(CALL, ANSWER), weather.tool(), approve=frozenset({"get_weather"}))
    request = _pending(case, agent, weather)
    answer = case.ask(agent, _answer(request, approve=True), context=_CONTEXT)
    assert weather.asked == ["Paris"]
    assert answer.finish == "completed"
    results = [part[2] for part in answer.parts if part[0] == "result"]
    assert results == ["sunny in Paris"], answer.parts
    assert answer.text == "It is sunny."


@scenario("tools", "approval", ways=_RESPONSES[:2])
def rejected(case: Case) -> None:
    """A call that is rejected never runs; the model is told."""
    weather = _Weather()
    server = case.server(CALL, ANSWER)
    agent = case.agent(server, weather.tool(), approve=frozenset({"get_weather"}))
    request = _pending(case, agent, weather)
    answer = case.ask(agent, _answer(request, approve=False), context=_CONTEXT)
    assert not weather.asked
    assert answer.text == "It is sunny."


@scenario("tools", "approval", "stored_approval", ways=_RESPONSES[:1])
def approved_elsewhere(case: Case) -> None:
    """The approval reaches another agent object, as another process would have it, through a file."""
    from tempfile import TemporaryDirectory

    weather = _Weather()
    server = case.server(CALL, ANSWER)
    with TemporaryDirectory() as folder:
        stores = [SqliteConversations(f"{folder}/conversations.db") for _ in range(2)]
        first, second = (
            case.agent(server, weather.tool(), approve=frozenset({"get_weather"}), wrap_conversations=store)
            for store in stores
        )
        request = _pending(case, first, weather)
        answer = case.ask(second, _answer(request, approve=True), context=_CONTEXT)
    assert weather.asked == ["Paris"]
    assert answer.text == "It is sunny."
