"""What `wrap` takes beside the agent: limits, conversations, schema, functions for input and output."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.agents import Run, SqliteConversations
from spanloom.agents.wrap import find_adapters
from spanloom.errors import AgentError, AgentTimeoutError
from spanloom.schemas import ResponsesAgentRequest, ResponsesAgentStreamEvent
from spanloom.testing import check_events


class Parrot:
    """A native agent that says what it was told; it can't do two things at once."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.busy = False
        self.stuck = False

    async def listen(self, text: Any) -> str:
        assert not self.busy, "it is listening to somebody else"
        self.busy = True
        try:
            if self.stuck:
                await asyncio.Event().wait()
            self.told.append(text)
            return f"heard {text}"
        finally:
            self.busy = False


@dataclass(frozen=True)
class ParrotOptions:
    volume: int = 1
    accent: str | None = None

    def __post_init__(self) -> None:
        if self.volume < 0:
            raise ValueError(f"volume={self.volume}: expected 0 or more")


class ParrotAdapter:
    name = "parrot"
    targets = frozenset({f"{Parrot.__module__}.Parrot"})
    options = ParrotOptions

    def __init__(self) -> None:
        self.cancelled = 0

    def reentrant(self, agent: Parrot) -> bool:
        return False

    def remembers(self, agent: Parrot) -> bool:
        return False

    async def events(
        self, agent: Parrot, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        said = await agent.listen(run.native_input(request, texts))
        run.state = {"turns": (run.state or {}).get("turns", 0) + 1}
        run.custom_outputs = {"turns": run.state["turns"], "volume": run.options.volume}
        for event in run.response.text(said) if run.output_fn is None else run.output_events(said):
            yield event

    async def cancel(self, run: Run) -> None:
        self.cancelled += 1


def texts(request: ResponsesAgentRequest) -> str:
    """Every text of the request, of the agent's own answers as well."""
    contents = [item.model_dump()["content"] for item in request.input_items()]
    return "|".join(content if isinstance(content, str) else content[0]["text"] for content in contents)


@pytest.fixture(autouse=True)
def adapter() -> Iterator[ParrotAdapter]:
    adapter = ParrotAdapter()
    find_adapters()["parrot"] = adapter
    yield adapter
    del find_adapters()["parrot"]


C1 = {"conversation_id": "c1"}


def test_a_conversation_goes_on_and_another_one_starts_afresh():
    agent = spanloom.wrap(Parrot())
    agent.predict(input="a", context=C1)
    response = agent.predict(input="b", context=C1)
    assert (response.output_text, response.custom_outputs["turns"]) == ("heard a|heard a|b", 2)
    assert agent.predict(input="b", context={"conversation_id": "c2"}).output_text == "heard b"
    assert agent.predict(input="b").output_text == "heard b"


def test_a_client_that_sends_the_history_itself_is_not_doubled():
    agent = spanloom.wrap(Parrot())
    agent.predict(input="a", context=C1)
    history = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "heard a"},
        {"role": "user", "content": "b"},
    ]
    assert agent.predict(input=history, context=C1).output_text == "heard a|heard a|b"


def test_another_process_goes_on_with_a_conversation_in_a_file(tmp_path: Path):
    spanloom.wrap(Parrot(), conversations=SqliteConversations(tmp_path / "c.db")).predict(input="a", context=C1)
    agent = spanloom.wrap(Parrot(), conversations=SqliteConversations(tmp_path / "c.db"))
    response = agent.predict(input="b", context=C1)
    assert (response.output_text, response.custom_outputs["turns"]) == ("heard a|heard a|b", 2)


def test_a_failed_request_leaves_no_trace_in_the_conversation():
    native = Parrot()
    agent = spanloom.wrap(native, output_fn=lambda said: 7 if "bad" in said else said)
    agent.predict(input="a", context=C1)
    with pytest.raises(AgentError, match="output_fn must return text"):
        agent.predict(input="bad", context=C1)
    assert agent.predict(input="b", context=C1).output_text == "heard a|heard a|b"


def test_an_agent_that_serves_one_at_a_time_is_asked_one_at_a_time():
    agent = spanloom.wrap(Parrot())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: agent.predict(input=str(n)).output_text, range(16)))
    assert answers == [f"heard {n}" for n in range(16)]


def test_so_it_is_when_it_was_wrapped_twice():
    native = Parrot()
    responses, chat = spanloom.wrap(native), spanloom.wrap(native, schema="chat")
    with ThreadPoolExecutor(8) as pool:
        heard = [pool.submit(responses.predict, input=str(n)) for n in range(8)]
        said = [pool.submit(chat.predict, {"messages": [{"role": "user", "content": str(n)}]}) for n in range(8)]
    assert [answer.result().output_text for answer in heard] == [f"heard {n}" for n in range(8)]
    assert [answer.result().messages[0].content for answer in said] == [f"heard {n}" for n in range(8)]


def test_a_clients_stream_does_not_show_the_stack_that_a_framework_puts_into_its_message():
    class Verbose(Parrot):
        async def listen(self, text: Any) -> str:
            raise RuntimeError("no voice\nTraceback (most recent call last):\n  File ...")

    events: list[Any] = []
    with pytest.raises(RuntimeError, match="Traceback"):
        deque(map(events.append, spanloom.wrap(Verbose()).predict_stream(input="hi")), maxlen=0)
    assert events[-1].response["error"]["message"] == "RuntimeError: no voice"


def test_a_factory_gives_each_request_an_agent_of_its_own():
    made: list[Parrot] = []

    def make() -> Parrot:
        made.append(Parrot())
        return made[-1]

    agent = spanloom.wrap(factory=make)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: agent.predict(input=str(n)), range(4)))
    assert sorted(parrot.told for parrot in made if parrot.told) == [["0"], ["1"], ["2"], ["3"]]


def test_no_more_requests_run_at_once_than_allowed():
    running, most = 0, 0

    class Counting(Parrot):
        async def listen(self, text: Any) -> str:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return "ok"

    agent = spanloom.wrap(factory=Counting, max_concurrency=2)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: agent.predict(input="hi"), range(12)))
    assert most == 2


def test_a_run_that_takes_too_long_is_stopped(adapter: ParrotAdapter):
    native = Parrot()
    native.stuck = True
    agent = spanloom.wrap(native, timeout=0.05)
    events: list[Any] = []
    with pytest.raises(AgentTimeoutError, match=r"took longer than 0\.05 s"):
        events.extend(agent.predict_stream(input="hi"))
    assert adapter.cancelled == 1
    native.stuck = False
    assert agent.predict(input="hi").output_text == "heard hi"


def test_functions_for_input_and_output_replace_the_adapters_own():
    native = Parrot()
    agent = spanloom.wrap(
        native,
        input_fn=lambda request: {"question": request.input},
        output_fn=lambda said: [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}],
    )
    events = list(agent.predict_stream(input="hi"))
    check_events(events)
    assert native.told == [{"question": "hi"}]
    assert events[-1].response["output"][0]["name"] == "f"


def test_the_same_agent_as_a_chat_agent():
    agent = spanloom.wrap(Parrot(), schema="chat")
    assert isinstance(agent, spanloom.ChatAgent)
    response = agent.predict({"messages": [{"role": "user", "content": "hi"}]})
    assert [(message.role, message.content) for message in response.messages] == [("assistant", "heard hi")]
    chunks = list(agent.predict_stream({"messages": [{"role": "user", "content": "hi"}]}))
    assert "".join(chunk.delta.content or "" for chunk in chunks) == "heard hi"
    assert chunks[-1].finish_reason == "stop"
    assert (response.finish_reason, response.custom_outputs) == ("stop", {"turns": 1, "volume": 1})


def test_a_misspelt_option_is_named_with_those_that_there_are():
    with pytest.raises(AgentError, match=r"no option 'volumes'; did you mean 'volume'\? its options: volume: int"):
        spanloom.wrap(Parrot(), volumes=2)


def test_an_option_out_of_its_range_is_refused():
    with pytest.raises(AgentError, match="volume=-1: expected 0 or more"):
        spanloom.wrap(Parrot(), volume=-1)
    assert spanloom.wrap(Parrot(), volume=3).predict(input="hi").custom_outputs["volume"] == 3


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "takes an agent, or"),
        ({"obj": Parrot(), "factory": Parrot}, "one of the two"),
        ({"obj": Parrot(), "schema": "soap"}, "expected 'responses' or 'chat'"),
        ({"obj": Parrot(), "timeout": 0}, "more than 0"),
        ({"obj": Parrot(), "max_concurrency": 0}, "1 or more"),
        ({"obj": Parrot}, "not its class"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any], problem: str):
    with pytest.raises(AgentError, match=problem):
        spanloom.wrap(**arguments)
