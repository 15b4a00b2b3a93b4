"""Where a run's spans stand: user's spans, threads, concurrent runs; and that nothing of ours stays behind."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading

from spanloom.testing.conformance.case import Case, assert_whole
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.script import ANSWER, CALL, TEXT, TOOL_TREE, get_weather, weather_script
from spanloom.testing.conformance.tree import model_spans
from spanloom.tracing import flush, get_current_active_span, start_span, tracing_context

__all__: list[str] = []


@scenario()
def inside_a_users_span(case: Case) -> None:
    """A run inside of a user's span stands below it, and the user's span is current again afterwards."""
    agent = case.agent(case.server(ANSWER))
    with start_span("mine") as mine:
        case.ask(agent, "Paris?")
        assert get_current_active_span() is mine
    trace = case.trace()
    first, *below = case.tree(trace).splitlines()
    assert first == "UNKNOWN mine"
    expected = TEXT.strip().splitlines() if case.driver.kind == "agent" else ["CHAT_MODEL"]
    assert below == ["  " + line for line in expected], below


@scenario("stream")
def nothing_leaks_between_steps(case: Case) -> None:
    """The consumer of a stream never finds the run's spans in its own context."""
    seen = [get_current_active_span() for _ in case.driver.stream(case.agent(case.server(ANSWER)), "Paris?")]
    assert seen
    assert set(seen) == {None}
    assert get_current_active_span() is None
    case.expect(TEXT)


@scenario("astream")
def nothing_leaks_between_asynchronous_steps(case: Case) -> None:
    """Likewise, asynchronously."""

    async def consume() -> None:
        stream = case.driver.astream(case.agent(case.server(ANSWER)), "Paris?")
        seen = [get_current_active_span() async for _ in stream]
        assert seen
        assert set(seen) == {None}
        assert get_current_active_span() is None

    asyncio.run(consume())
    case.expect(TEXT)


@scenario()
def in_a_thread(case: Case) -> None:
    """A new thread knows no span, so the run is a trace of its own; a copied context takes the user's span along."""
    script = (ANSWER,)
    with start_span("mine"):
        alone = threading.Thread(target=case.ask, args=(case.agent(case.server(*script)), "Paris?"))
        alone.start()
        alone.join()
        context = contextvars.copy_context()
        below = threading.Thread(target=context.run, args=(case.ask, case.agent(case.server(*script)), "Paris?"))
        below.start()
        below.join()
    names = sorted(case.tree(trace).splitlines()[0] for trace in case.traces())
    assert names == sorted(["UNKNOWN mine", "AGENT weather_agent" if case.driver.kind == "agent" else "CHAT_MODEL"])
    for trace in case.traces():
        assert_whole(trace)
        assert len(model_spans(trace)) == 1


@scenario()
def concurrent_runs(case: Case) -> None:
    """Two runs at the same time are two whole traces."""
    server = case.server(script=weather_script)
    tools = [get_weather] if case.driver.kind == "agent" else []
    if case.mode in ("arun", "astream"):

        async def both() -> None:
            asks = [case.ask_async(case.agent(server, *tools), "Paris?") for _ in range(2)]
            await asyncio.gather(*asks)

        asyncio.run(both())
    else:
        threads = [threading.Thread(target=case.ask, args=(case.agent(server, *tools), "Paris?")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    traces = case.traces()
    assert len(traces) == 2, [case.tree(trace) for trace in traces]  # noqa: PLR2004 - one a run
    for trace in traces:
        assert_whole(trace)
        case.expect(TOOL_TREE if tools else TEXT, trace)


@scenario()
def session_and_user(case: Case) -> None:
    """What the context says of session, user, tags and metadata is on the trace."""
    with tracing_context(session_id="s-1", user="ada", tags={"env": "test"}, metadata={"version": "7"}):
        case.ask(case.agent(case.server(ANSWER)), "Paris?")
    info = case.trace().info
    assert (info.session_id, info.user) == ("s-1", "ada")
    assert (info.tags["env"], info.trace_metadata["version"]) == ("test", "7")


@scenario("run", "arun", once=True)
def forked(case: Case) -> None:
    """A forked worker's runs are traced, too."""
    server = case.server(CALL, ANSWER) if case.driver.kind == "agent" else case.server(ANSWER)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            case.ask(case.agent(server, *([get_weather] if case.driver.kind == "agent" else [])), "Paris?")
            code = 0 if flush() else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    case.expect(TOOL_TREE if case.driver.kind == "agent" else TEXT)
