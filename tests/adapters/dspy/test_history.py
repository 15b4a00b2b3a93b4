"""The conversation on the wire."""

from __future__ import annotations

import json

import dspy
import pytest

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall

HISTORY = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Paris?"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I'll ask."}]},
    {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Paris"}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "sunny in Paris"},
    {"role": "assistant", "content": "Sunny."},
    {"role": "user", "content": "And Oslo?"},
]


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def sent(server) -> list[tuple]:
    """What reached the model, each message with the first line of its content after the marker."""
    return [(message["role"], message["content"]) for message in server.requests[-1].body["messages"]]


@pytest.mark.parametrize("signature", ["question -> answer", "question, history: dspy.History -> answer"])
def test_earlier_turns_are_a_history_with_and_without_a_field_for_it(ask, server, fields, signature):
    ask(dspy.Predict(signature), fields(answer="Cold."), input=[*HISTORY[:2], *HISTORY[5:]])
    system, first, said, question = sent(server)
    assert system[0] == "system"
    assert system[1].endswith("Be brief.")
    assert first[1].startswith("[[ ## question ## ]]\nParis?")
    assert said == ("assistant", "[[ ## answer ## ]]\nSunny.\n\n[[ ## completed ## ]]\n")
    assert question[1].startswith("[[ ## question ## ]]\nAnd Oslo?\n")
    assert "history" not in question[1]


def test_react_is_reminded_of_its_tools_in_its_own_words(ask, server, fields):
    finish = fields(next_thought="Enough.", next_tool_name="finish", next_tool_args="{}")
    ask(
        dspy.ReAct("question -> answer", tools=[get_weather]),
        finish,
        fields(reasoning="r", answer="Cold."),
        input=HISTORY,
    )
    _, first, said, _ = sent(server)
    assert "[[ ## trajectory ## ]]" in first[1]
    assert "[[ ## observation_0 ## ]]\nsunny in Paris" in first[1]
    assert "[[ ## thought_0 ## ]]\nI'll ask." in first[1]
    assert said[1] == "[[ ## answer ## ]]\nSunny.\n\n[[ ## completed ## ]]\n"


def test_react_v2_gets_calls_and_answers_as_tool_calls(ask, server):
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    reply = Reply(tool_calls=[ToolCall("submit", {"answer": "Cold."})])
    options = {"adapter": dspy.ChatAdapter(use_native_function_calling=True)}
    ask(program, reply, input=HISTORY, options=options, instructions="Be kind.")
    system, first, asked, result, said, heard, question = server.requests[-1].body["messages"]
    assert system["content"].endswith("Be kind.\n\nBe brief.")
    assert first["content"].startswith("[[ ## question ## ]]\nParis?")
    assert "I'll ask." in asked["content"]
    assert asked["tool_calls"][0]["id"] == result["tool_call_id"] == "call_1"
    assert result["content"] == "sunny in Paris"
    assert said["tool_calls"][0]["function"]["name"] == "submit"
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"answer": "Sunny."}
    assert (heard["role"], heard["tool_call_id"]) == ("tool", said["tool_calls"][0]["id"])
    assert question["content"].startswith("[[ ## question ## ]]\nAnd Oslo?")


def test_a_conversation_goes_on_and_no_request_leaves_a_trace_in_another(server, lm):
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    server.script(lambda _: Reply(tool_calls=[ToolCall("submit", {"answer": "Sunny."})]))
    agent = spanloom.wrap(program, lm=lm, adapter=dspy.ChatAdapter(use_native_function_calling=True))
    for number in range(3):
        agent.predict({"input": f"Question {number}?", "context": {"conversation_id": "c"}})
        assert len(server.requests[-1].body["messages"]) == 2 + 3 * number
    agent.predict({"input": "Paris?"})
    assert len(server.requests[-1].body["messages"]) == 2


def test_media_go_to_their_fields_or_else_into_the_text(ask, server, fields):
    parts = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQK"},
    ]
    message = [{"role": "user", "content": parts}]
    for signature in ("question -> answer", "question, picture: dspy.Image, files: list[dspy.File] -> answer"):
        ask(dspy.Predict(signature), fields(answer="A."), input=message)
        content = server.requests[-1].body["messages"][-1]["content"]
        assert {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}} in content
        (file,) = [part["file"] for part in content if part["type"] == "file"]
        assert (file["filename"], file["file_data"][-12:]) == ("a.pdf", "JVBERi0xLjQK")
        assert content[0]["text"].startswith("[[ ## question ## ]]\nWhat is it?")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([{"role": "assistant", "content": "Hi."}], "has to end with a message of the user"),
        ([{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}], "takes no content part.*file_id"),
        ([{"role": "user", "content": [{"type": "input_image", "image_url": "here"}]}], "can't be passed on"),
    ],
)
def test_what_can_not_be_passed_on_is_said_clearly(ask, items, message):
    with pytest.raises(AgentError, match=message):
        ask(dspy.Predict("question -> answer"), input=items)


def test_tools_that_the_client_ran_are_told_to_the_model(ask, server, fields):
    ask(dspy.Predict("question -> answer"), fields(answer="Sunny."), input=HISTORY[1:5])
    assert 'Paris?\n\nget_weather({"city": "Paris"}) returned: sunny in Paris' in sent(server)[-1][1]


def test_messages_for_a_module_that_takes_them(ask, shape):
    class Echo(dspy.Module):
        def forward(self, messages):
            return json.dumps(messages)

    response = ask(Echo(), input=[{"role": "user", "content": "Paris?"}], instructions="Be brief.")
    assert json.loads(shape(response)[0][1]) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Paris?"},
    ]
