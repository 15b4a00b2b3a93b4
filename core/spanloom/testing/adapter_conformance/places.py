"""Where agents are called from, several at once, and the trace that comes of it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from spanloom.instrument import autolog
from spanloom.testing.adapter_conformance.case import Case
from spanloom.testing.adapter_conformance.content import ANSWER, CALL, get_weather
from spanloom.testing.adapter_conformance.prompt import prompt
from spanloom.testing.adapter_conformance.scenario import ALL_WAYS, ONE_WAY, scenario
from spanloom.testing.provider.received import ReceivedRequest, last_user_text
from spanloom.testing.provider.replies import Reply
from spanloom.tracing import search_traces

__all__: list[str] = []

_SYNCHRONOUS = tuple(way for way in ALL_WAYS if not way.asynchronous and way.schema == "responses")
_ASYNCHRONOUS = tuple(way for way in ALL_WAYS if way.asynchronous and way.schema == "responses")


@scenario(ways=_SYNCHRONOUS)
def from_threads_and_loops(case: Case) -> None:
    """From synchronous code, twice; from inside of a running loop; from another thread."""
    agent = case.agent(case.server(script=lambda _: ANSWER))
    case.ask(agent, "hi")
    case.ask(agent, "hi")

    async def inside() -> str:
        return case.ask(agent, "hi").text

    assert asyncio.run(inside()) == "It is sunny."
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(case.ask, agent, "hi").result().text == "It is sunny."


@scenario(ways=_ASYNCHRONOUS)
def in_several_loops(case: Case) -> None:
    """Asynchronously in one loop after the other: pooled clients are bound to the loop they first met."""
    agent = case.agent(case.server(script=lambda _: ANSWER))
    assert [case.ask(agent, "hi").text for _ in range(3)] == ["It is sunny."] * 3


@scenario(ways=ONE_WAY)
def concurrent_requests(case: Case) -> None:
    """Requests at the same time never see each other's words."""

    def echo(request: ReceivedRequest) -> Reply:
        return Reply(f"You said {last_user_text(request.body)}")

    server = case.server(script=echo)
    agent = case.agent(server)
    words = [f"word{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda word: case.ask(agent, word).text, words))
    for word, answer in zip(words, answers, strict=True):
        assert word in answer, (word, answer)
        assert not [other for other in words if other != word and other in answer], answer
    for request in server.requests:
        said = str([part for part in prompt(request.body) if part[0] != "system"])
        assert sum(word in said for word in words) == 1, said


@scenario("tools", ways=_SYNCHRONOUS + _ASYNCHRONOUS)
def one_trace(case: Case) -> None:
    """The trace of a request is one tree: the standard agent's span on top of the framework's own."""
    autolog()
    agent = case.agent(case.server(CALL, ANSWER), get_weather)
    case.ask(agent, "Paris?")
    traces = search_traces()
    assert len(traces) == 1, [[span.name for span in trace.data.spans] for trace in traces]
    spans = traces[0].data.spans
    known = {span.span_id for span in spans}
    assert [span.name for span in spans if span.parent_id is None] == ["weather_agent"]
    assert not [span.name for span in spans if span.parent_id is not None and span.parent_id not in known]
    kinds = [span.span_type for span in spans]
    tools = 0 if case.driver.plugin is None else 1  # those of a loop of one's own are not known to be tools
    assert (kinds.count("CHAT_MODEL"), kinds.count("TOOL")) == (2, tools), kinds
    usage = traces[0].info.token_usage
    assert case.lacks("usage") or (usage is not None and usage.total_tokens == 49), usage  # noqa: PLR2004 - once
