"""Which spans there are, and what they are called."""

from __future__ import annotations

import dspy
from dspy.primitives.local_interpreter import LocalInterpreter
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def test_modules_are_named_as_the_program_knows_them(lm, fields, the_trace):
    class Pipeline(dspy.Module):
        def __init__(self):
            super().__init__()
            self.summarize = dspy.ChainOfThought("text -> summary")
            self.steps = {"translate": dspy.Predict("text -> translation")}

        def forward(self, text):
            summary = self.summarize(text=text).summary
            return self.steps["translate"](text=summary)

    with dspy.context(lm=lm(fields(reasoning="short", summary="one"), fields(translation="eins"))):
        Pipeline()("one two")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
CHAIN Pipeline
  CHAIN summarize
    CHAIN predict
      PARSER ChatAdapter.format
      CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
      PARSER ChatAdapter.parse
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse\
""")
    root, summarize = trace.data.spans[:2]
    assert (root.inputs, root.outputs) == ({"text": "one two"}, {"translation": "eins"})
    assert summarize.attributes["dspy.module"] == "ChainOfThought"
    assert trace.search_spans(name="predict")[0].attributes["dspy.signature"] == "text -> reasoning, summary"


def test_a_react_agent(lm, fields, the_trace):
    script = [
        fields(next_thought="look", next_tool_name="get_weather", next_tool_args='{"city": "Paris"}'),
        fields(next_thought="done", next_tool_name="finish", next_tool_args="{}"),
        fields(reasoning="it said so", answer="Sunny."),
    ]
    with dspy.context(lm=lm(*script)):
        dspy.ReAct("question -> answer", tools=[get_weather])(question="Paris?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT ReAct
  CHAIN react
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse
  TOOL get_weather
  CHAIN react
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse
  CHAIN extract
    CHAIN predict
      PARSER ChatAdapter.format
      CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
      PARSER ChatAdapter.parse\
""")
    agent = trace.data.spans[0]
    assert agent.attributes[attributes.AGENT_NAME] == "ReAct"
    assert agent.outputs == {"reasoning": "it said so", "answer": "Sunny."}
    # The model was told of its tools in the prompt only.
    assert [tool["function"]["name"] for tool in agent.attributes[attributes.TOOL_DEFINITIONS]] == [
        "get_weather",
        "finish",
    ]


def test_the_calls_of_one_answer_keep_their_ids(lm, the_trace):
    cities = [ToolCall("get_weather", {"city": city}, id=f"call_{city}") for city in ("Paris", "Oslo")]
    unknown = ToolCall("get_time", {}, id="call_time")
    script = [Reply(tool_calls=[unknown, *cities]), Reply(tool_calls=[ToolCall("submit", {"answer": "Sunny."})])]
    adapter = dspy.ChatAdapter(use_native_function_calling=True)
    with dspy.context(lm=lm(*script), adapter=adapter):
        dspy.ReActV2("question -> answer", tools=[get_weather])(question="Paris and Oslo?")
    tools = the_trace().search_spans(span_type="TOOL")
    assert [(tool.inputs["city"], tool.attributes[attributes.TOOL_CALL_ID]) for tool in tools] == [
        ("Paris", "call_Paris"),
        ("Oslo", "call_Oslo"),
    ]


def test_code_that_a_model_writes_is_a_tool_and_so_is_what_it_calls(lm, fields, the_trace):
    code = "```python\nSUBMIT(answer=get_weather(city='Paris'))\n```"
    with dspy.context(lm=lm(fields(reasoning="look", code=code))):
        agent = dspy.RLM("question -> answer", tools=[get_weather], interpreter_factory=LocalInterpreter)
        assert agent(question="Paris?").answer == "sunny in Paris"
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT RLM
  CHAIN generate_action
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse
  TOOL python
    TOOL get_weather\
""")
    python, tool = trace.search_spans(span_type="TOOL")[-2:]
    assert "SUBMIT" in python.inputs["code"]
    assert python.outputs == {"answer": "sunny in Paris"}
    assert (tool.inputs, tool.outputs) == ({"city": "Paris"}, "sunny in Paris")


def test_an_adapter_that_inherits_is_shown_once_and_its_failure_stays_its_own(lm, the_trace):
    class Mine(dspy.ChatAdapter):
        """Overrides nothing."""

    script = [Reply("no fields", usage=Usage(1, 1)), Reply('{"answer": "Sunny."}', usage=Usage(1, 1))]
    with dspy.context(lm=lm(*script), adapter=Mine()):
        dspy.Predict("question -> answer")(question="Paris?")
    trace = the_trace()
    assert outline(trace).replace("\n", " ").split("AdapterParseError")[0] == snapshot(
        "CHAIN Predict   PARSER Mine.format   CHAT_MODEL chat gpt-4o-mini [1+1 tokens]   PARSER Mine.parse (ERROR: "
    )
    assert [span.name for span in trace.data.spans] == snapshot(
        [
            "Predict",
            "Mine.format",
            "chat gpt-4o-mini",
            "Mine.parse",
            "JSONAdapter.format",
            "chat gpt-4o-mini",
            "JSONAdapter.parse",
        ]
    )
    assert [span.status for span in trace.data.spans].count("ERROR") == 1


def test_a_subclass_of_an_agent_is_an_agent(lm, the_trace):
    class WeatherAgent(dspy.ReActV2):
        pass

    script = [Reply(tool_calls=[ToolCall("submit", {"answer": "Sunny."})])]
    with dspy.context(lm=lm(*script), adapter=dspy.ChatAdapter(use_native_function_calling=True)):
        WeatherAgent("question -> answer", tools=[])(question="Paris?")
    root = the_trace().data.spans[0]
    assert (root.span_type, root.name) == ("AGENT", "WeatherAgent")
    assert spanloom.get_current_active_span() is None
