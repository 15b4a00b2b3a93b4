from __future__ import annotations

import pytest

import spanloom
from spanloom.testing import Reply

PNG = "data:image/png;base64,aGk="
HISTORY = [
    {"role": "system", "content": "Be brief."},
    {"role": "developer", "content": "Use tools."},
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": PNG, "detail": "low"},
            {"type": "input_file", "file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"},
        ],
    },
    {
        "type": "reasoning",
        "id": "rs_1",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": "Look."}],
        "encrypted_content": "xyz",
    },
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Let me see.", "annotations": []}],
    },
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at": 1}'},
    {"type": "function_call", "call_id": "call_2", "name": "look", "arguments": "{bad"},
    {"type": "function_call_output", "call_id": "call_1", "output": "a cat"},
    {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "bad JSON"}]},
    {"role": "assistant", "content": "A cat."},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "I won't say more."}]},
    {"role": "user", "content": "Why?"},
]

CHAT = [
    {"role": "system", "content": "In English."},
    {"role": "system", "content": "Be brief."},
    {"role": "developer", "content": "Use tools."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"}},
        ],
    },
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "Let me see."}],
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}},
            {"id": "call_2", "type": "function", "function": {"name": "look", "arguments": "{bad"}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
    {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "bad JSON"}]},
    {"role": "assistant", "content": "A cat."},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "I won't say more."}]},
    {"role": "user", "content": "Why?"},
]

RESPONSES = [
    {"type": "message", "role": "system", "content": "In English."},
    {"type": "message", "role": "system", "content": "Be brief."},
    {"type": "message", "role": "developer", "content": "Use tools."},
    {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": PNG, "detail": "low"},
            {"type": "input_file", "file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"},
        ],
    },
    {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Look."}],
        "encrypted_content": "xyz",
    },
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Let me see.", "annotations": []}],
    },
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at": 1}'},
    {"type": "function_call", "call_id": "call_2", "name": "look", "arguments": "{bad"},
    {"type": "function_call_output", "call_id": "call_1", "output": "a cat"},
    {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "bad JSON"}]},
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "A cat.", "annotations": []}],
    },
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "refusal", "refusal": "I won't say more."}],
    },
    {"type": "message", "role": "user", "content": "Why?"},
]


@pytest.fixture(params=["chat model", "graph"])
def agent_of(request):
    def make(model):
        if request.param == "chat model":
            return spanloom.wrap(model)
        from langchain.agents import create_agent

        return spanloom.wrap(create_agent(model, []))

    return make


def test_every_kind_of_item_reaches_the_model_in_the_form_of_its_wire(server, chat_model, agent_of, wire):
    server.script([Reply("Because.")])
    response = agent_of(chat_model(wire)).predict(input=HISTORY, instructions="In English.")
    assert response.output_text == "Because."
    sent = server.requests[0].body["messages" if wire == "chat" else "input"]
    # Older versions of langchain-openai send `"id": null`, and messages without their type.
    sent = [{name: value for name, value in item.items() if name != "id" or value} for item in sent]
    if wire == "responses":
        sent = [{"type": "message", **item} for item in sent]
    assert sent == (CHAT if wire == "chat" else RESPONSES)


def test_an_answer_can_be_sent_back_as_history(server, chat_model, agent_of, wire):
    agent = agent_of(chat_model(wire))
    server.script([Reply("Sunny.", reasoning="I know."), Reply("Rainy.")])
    first = agent.predict(input="Paris?")
    history = [{"role": "user", "content": "Paris?"}, *(item.model_dump() for item in first.output)]
    assert agent.predict(input=[*history, {"role": "user", "content": "Oslo?"}]).output_text == "Rainy."
    sent = server.requests[1].body["messages" if wire == "chat" else "input"]
    roles = [message.get("role", message.get("type")) for message in sent]
    assert roles == (["user", "assistant", "user"] if wire == "chat" else ["user", "reasoning", "assistant", "user"])
    assert "Sunny." in str(sent[-2]["content"])


def test_approvals_are_not_shown_to_the_model(server, chat_model):
    server.script([Reply("Done.")])
    spanloom.wrap(chat_model()).predict(
        input=[
            {"role": "user", "content": "Delete it."},
            {"type": "mcp_approval_request", "id": "m1", "name": "f", "arguments": "{}", "server_label": "s"},
            {"type": "mcp_approval_response", "approval_request_id": "m1", "approve": True},
        ]
    )
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "Delete it."}]
