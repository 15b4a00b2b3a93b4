from __future__ import annotations

import json

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, CodeActAgent, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool, QueryEngineTool
from pydantic import BaseModel

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage

USER = {"role": "user", "content": "Paris?"}


class Forecast(BaseModel):
    city: str
    celsius: int


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def prompt(server, index=-1):
    return [(message["role"], message.get("content")) for message in server.requests[index].body["messages"]]


@pytest.mark.parametrize("streaming", [True, False])
def test_a_react_agent_thinks_in_reasoning_and_answers_in_text(server, model, ask, shape, streaming):
    server.script(
        [
            Reply('Thought: I need a tool.\nAction: get_weather\nAction Input: {"city": "Paris"}'),
            Reply("Thought: I can answer.\nAnswer: It is sunny, I think."),
        ]
    )
    options = {} if streaming else {"additional_kwargs": {}}
    agent = ReActAgent(llm=model(**options), tools=[get_weather], streaming=streaming)
    assert shape(ask(spanloom.wrap(agent), input="Paris?")) == [
        ("reasoning", "I need a tool."),
        ("get_weather", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
        ("reasoning", "I can answer."),
        ("message", "It is sunny, I think."),
    ]


def test_a_react_agent_that_answers_at_once_and_one_that_must_try_again(server, model, ask, shape):
    server.script([Reply("Thought: what?"), Reply("It is sunny.")])
    assert shape(ask(spanloom.wrap(ReActAgent(llm=model())), input="Paris?")) == [
        ("reasoning", "what?"),
        ("message", "It is sunny."),
    ]


def test_code_of_a_code_act_agent_is_a_call_and_no_text(server, model, ask, shape):
    def run(code: str) -> str:
        """Run code."""
        return "4"

    server.script([Reply("Let me count.\n<execute>\nprint(2 + 2)\n</execute>"), Reply("It is 4.")])
    agent = CodeActAgent(run, llm=model())
    assert shape(ask(spanloom.wrap(agent), input="2 + 2?")) == [
        ("message", "Let me count."),
        ("execute", '{"code": "print(2 + 2)"}'),
        ("function_call_output", "4"),
        ("message", "It is 4."),
    ]


@pytest.mark.parametrize("make", [ReActAgent, lambda **given: CodeActAgent(get_weather, **given)])
@pytest.mark.parametrize("own", [None, "Be kind."])
def test_a_system_message_of_the_request_survives_the_agents_own_prompt(server, model, make, own):
    server.script([Reply("Hi.")])
    spanloom.wrap(make(llm=model(), system_prompt=own)).predict(input=[USER], instructions="Be brief.")
    assert ("system", "Be brief.") in prompt(server)
    assert len([role for role, _ in prompt(server) if role == "system"]) == 2


def test_the_output_of_a_tool_that_ends_the_run_is_the_answer(server, model, ask, shape):
    server.script([Reply("Wait.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})])])
    tool = FunctionTool.from_defaults(get_weather, return_direct=True)
    assert shape(ask(spanloom.wrap(FunctionAgent(llm=model(), tools=[tool])), input="Paris?")) == [
        ("message", "Wait."),
        ("get_weather", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
        ("message", "sunny in Paris"),
    ]


def test_agents_that_hand_over_speak_by_name(server, model, ask, shape):
    server.script(
        [
            Reply("One moment.", tool_calls=[ToolCall("handoff", {"to_agent": "bob", "reason": "weather"})]),
            Reply("It is sunny.", usage=Usage(3, 4)),
        ]
    )
    agents = [FunctionAgent(name=name, description=name, llm=model()) for name in ("ann", "bob")]
    response = ask(spanloom.wrap(AgentWorkflow(agents, root_agent="ann")), input="Paris?")
    assert [kind for kind, _ in shape(response)] == ["message", "handoff", "function_call_output", "message"]
    messages = [item.model_dump() for item in response.output if item.type == "message"]
    assert [message["name"] for message in messages] == ["ann", "bob"]


def test_an_agent_that_stops_early_with_an_answer_repeats_no_call(server, model, ask, shape):
    server.script([Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})])] * 2 + [Reply("I give up.")])
    agent = FunctionAgent(llm=model(), tools=[get_weather], early_stopping_method="generate")
    response = ask(spanloom.wrap(agent, max_iterations=2), input="Paris?")
    kinds = [kind for kind, _ in shape(response)]
    assert kinds == ["get_weather", "function_call_output", "get_weather", "message"]
    assert response.status == "completed"


@pytest.mark.parametrize(
    ("first", "items"),
    [
        ("It is warm.", [("message", "It is warm.")]),
        (None, [("message", '{"city": "Paris", "celsius": 21}')]),
    ],
)
def test_structured_output_is_text_where_nothing_else_was_said(server, model, ask, shape, first, items):
    wanted = Forecast(city="Paris", celsius=21)
    server.script([Reply(first, usage=Usage(1, 1)), Reply(wanted.model_dump_json(), usage=Usage(2, 2))])
    agent = FunctionAgent(llm=model(additional_kwargs={}), output_cls=Forecast, streaming=False)
    response = ask(spanloom.wrap(agent), input="Paris?")
    assert shape(response) == items
    assert response.custom_outputs == {"structured_response": wanted.model_dump()}
    assert response.usage.total_tokens == 6


def test_a_tool_over_a_query_engine_is_cited_by_the_answer(server, model, ask, index):
    server.script(
        [
            Reply(tool_calls=[ToolCall("search", {"input": "Paris"})], usage=Usage(1, 1)),
            Reply("sunny", usage=Usage(2, 2)),
            Reply("It is sunny.", usage=Usage(3, 3)),
        ]
    )
    engine = index.as_query_engine(llm=model(additional_kwargs={}), similarity_top_k=1)
    tool = QueryEngineTool.from_defaults(engine, name="search", description="Find.")
    response = ask(spanloom.wrap(FunctionAgent(llm=model(), tools=[tool])), input="Paris?")
    [part] = response.model_dump()["output"][-1]["content"]
    assert [annotation["type"] for annotation in part["annotations"]] == ["file_citation"]
    assert [node["text"] for node in response.custom_outputs["source_nodes"]] == ["Paris is sunny."]
    assert response.usage.total_tokens == 12


def test_a_picture_that_a_tool_gives_is_in_its_output(server, model, ask, shape):
    def draw() -> list:
        """Draw."""
        return [TextBlock(text="Here."), ImageBlock(image=b"R0lG", image_mimetype="image/gif")]

    server.script([Reply(tool_calls=[ToolCall("draw", {})]), Reply("Nice.")])
    response = ask(spanloom.wrap(FunctionAgent(llm=model(), tools=[draw])), input="Draw!")
    assert shape(response)[1] == (
        "function_call_output",
        [
            {"type": "input_text", "text": "Here."},
            {"type": "input_image", "image_url": "data:image/gif;base64,R0lG"},
        ],
    )


def test_an_overflow_of_the_context_is_an_incomplete_response(server, model, ask):
    server.script([ErrorReply(400, "too long", code="context_length_exceeded")])
    response = ask(spanloom.wrap(FunctionAgent(llm=model())), input="x")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "context_length_exceeded")


@pytest.mark.parametrize("items", [[], [{"role": "assistant", "content": "hi"}], [{"role": "system", "content": "x"}]])
def test_a_request_without_user_message_is_an_error(model, items):
    with pytest.raises(AgentError, match="at least one message with role 'user'"):
        spanloom.wrap(FunctionAgent(llm=model())).predict(input=items)


def test_calls_without_output_are_left_out_and_outputs_come_right_after_their_calls(server, model):
    call = {"type": "function_call", "name": "get_weather", "arguments": '{"city": "Paris"}'}
    items = [
        USER,
        {**call, "call_id": "c1"},
        {**call, "call_id": "c2"},
        {"role": "user", "content": "Go on."},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    ]
    server.script([Reply("Sunny.")])
    agent = spanloom.wrap(FunctionAgent(llm=model(), tools=[get_weather]))
    agent.predict(input=items)
    assert [role for role, _ in prompt(server)] == ["user", "assistant", "tool", "user"]
    [sent] = server.requests[0].body["messages"][1]["tool_calls"]
    assert (sent["id"], json.loads(sent["function"]["arguments"])) == ("c1", {"city": "Paris"})
    with pytest.raises(AgentError, match="'c9' has no function_call before it"):
        agent.predict(input=[USER, {"type": "function_call_output", "call_id": "c9", "output": "x"}])


def test_calls_of_models_that_repeat_their_ids_keep_their_outputs(server, model, ask, shape):
    answers = [Reply(tool_calls=[ToolCall("get_weather", {"city": city}, id="call")]) for city in ("Paris", "Oslo")]
    server.script([*answers, Reply("Sunny."), Reply("Bye.")])
    agent = spanloom.wrap(FunctionAgent(llm=model(), tools=[get_weather]))
    response = ask(agent, input="Paris and Oslo?")
    assert shape(response) == [
        ("get_weather", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
        ("get_weather", '{"city": "Oslo"}'),
        ("function_call_output", "sunny in Oslo"),
        ("message", "Sunny."),
    ]
    agent.predict(input=[USER, *response.model_dump(exclude_none=True)["output"], USER])
    outputs = [content for role, content in prompt(server) if role == "tool"]
    assert outputs == ["sunny in Paris", "sunny in Oslo"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_iterations": 0}, "max_iterations=0: expected a number of model calls"),
        ({"stream": 1}, "stream=1: expected True or False"),
        ({"max_iteration": 3}, "did you mean 'max_iterations'"),
    ],
)
def test_wrong_options_are_explained(model, options, problem):
    with pytest.raises(AgentError, match=problem):
        spanloom.wrap(FunctionAgent(llm=model()), **options)


def test_input_and_output_functions(server, model, ask, shape):
    server.script([Reply("Sunny.")])
    agent = spanloom.wrap(
        FunctionAgent(llm=model()),
        input_fn=lambda request: f"Rhyme: {request.input}",
        output_fn=lambda result: result.response.content.upper(),
    )
    assert shape(ask(agent, input="Paris?")) == [("message", "SUNNY.")]
    assert prompt(server) == [("user", "Rhyme: Paris?")]
