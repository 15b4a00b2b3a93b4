"""The program instruments its agents itself: nothing of it changes."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic_ai import Agent
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.instrumented import InstrumentationSettings, InstrumentedModel

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline

pytestmark = pytest.mark.anyio

SCRIPT = (
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=Usage(7, 3)),
    Reply("Sunny.", usage=Usage(9, 1)),
)
TREE = """\
AGENT wx
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TOOL get_weather
  CHAT_MODEL chat gpt-5-mini [9+1 tokens]"""


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def settings(exported) -> InstrumentationSettings:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return InstrumentationSettings(tracer_provider=provider)


@pytest.fixture
def default() -> None:
    """Whatever a test sets, the next one finds the framework as it is."""
    before = Agent._instrument_default
    yield
    Agent.instrument_all(before)


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def instrument(how: str, agent: Agent, settings: InstrumentationSettings) -> dict[str, object]:
    if how == "agent":
        agent.instrument = settings
    elif how == "all":
        Agent.instrument_all(settings)
    elif how == "capability":
        return {"capabilities": [Instrumentation(settings=settings)]}
    elif how == "model":
        return {"model": InstrumentedModel(agent.model, settings)}
    return {}


@pytest.mark.usefixtures("default")
@pytest.mark.parametrize("how", ["agent", "all", "capability", "model"])
async def test_its_spans_go_on_as_before(agent, exported, settings, the_trace, how):
    async def run() -> list[tuple[str, str | None, set[str]]]:
        asked = agent(*SCRIPT, tools=[get_weather])
        await asked.run("Paris?", **instrument(how, asked, settings))
        spans = exported.get_finished_spans()
        exported.clear()
        names = {span.context.span_id: span.name for span in spans}
        return [(span.name, span.parent and names[span.parent.span_id], set(span.attributes)) for span in spans]

    traced = await run()
    assert outline(the_trace()) == TREE
    spanloom.autolog(disable=True)
    assert traced == await run()
    assert [name for name, _, _ in traced] == [
        "chat gpt-5-mini",
        "execute_tool get_weather",
        "chat gpt-5-mini",
        "invoke_agent wx",
    ]


@pytest.mark.usefixtures("default")
def test_its_choice_is_restored(settings):
    spanloom.autolog(disable=True)
    for chosen in (False, settings):
        Agent.instrument_all(chosen)
        spanloom.autolog("pydantic_ai")
        spanloom.autolog(disable=True)
        assert Agent._instrument_default is chosen


@pytest.mark.usefixtures("default")
def test_a_choice_made_while_tracing_is_kept(settings):
    Agent.instrument_all(settings)
    assert Agent._instrument_default is settings
    Agent.instrument_all(False)
    spanloom.autolog(disable=True)
    assert Agent._instrument_default is False


@pytest.mark.usefixtures("default")
async def test_switching_its_own_off_leaves_ours_on(agent, the_trace):
    Agent.instrument_all()
    Agent.instrument_all(False)
    await agent(*SCRIPT, tools=[get_weather]).run("Paris?")
    assert outline(the_trace()) == TREE


async def test_an_agent_can_be_left_out(agent):
    silent = agent(*SCRIPT, tools=[get_weather])
    silent.instrument = False
    await silent.run("Paris?")
    assert spanloom.search_traces() == []


async def test_an_agent_without_its_own_emits_nothing(agent, exported):
    from opentelemetry import trace

    before = trace.get_tracer_provider()
    await agent(Reply("hi")).run("hi")
    assert exported.get_finished_spans() == ()
    assert trace.get_tracer_provider() is before
