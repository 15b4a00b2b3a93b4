"""Calls that wait for somebody."""

from __future__ import annotations

import json

import pytest
from pydantic_ai import ApprovalRequired, CallDeferred, DeferredToolRequests, RunContext, Tool

from spanloom.agents import SqliteConversations
from spanloom.errors import AgentError
from spanloom.testing import ErrorReply, Reply, ToolCall

C1 = {"conversation_id": "c1"}
PICTURE = "https://example.com/a.png"


def approvals(response):
    return [item for item in response.output if item.type == "mcp_approval_request"]


def answer(request, **fields):
    return {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True, **fields}


@pytest.fixture
def deleted() -> list[str]:
    return []


@pytest.fixture
def cleaner(server, agent, deleted):
    """An agent that wants to delete two files, and lists them at once."""

    def delete(path: str) -> str:
        deleted.append(path)
        return f"deleted {path}"

    def list_files() -> str:
        return "a b"

    calls = [ToolCall("delete", {"path": path}, f"call_{path}") for path in "ab"]
    server.script([Reply(tool_calls=[*calls, ToolCall("list_files", {}, "call_l")]), Reply("Done."), Reply("Bye.")])
    return agent(Tool(delete, requires_approval=True), list_files, output_type=[str, DeferredToolRequests])


def test_a_person_approves_changes_and_denies(server, cleaner, ask, shape, deleted):
    first = ask(cleaner, input="Clean up.", context=C1)
    assert (first.status, first.incomplete_details.reason) == ("incomplete", "interrupt")
    assert [kind for kind, _ in shape(first)] == ["call"] * 3 + ["output"] + ["mcp_approval_request"] * 2
    one, two = approvals(first)
    assert (one.name, json.loads(one.arguments), one.server_label) == ("delete", {"path": "a"}, "wx")
    assert deleted == []
    answers = [answer(one, arguments='{"path": "c"}'), answer(two, approve=False, reason="keep it")]
    second = ask(cleaner, input=answers, context=C1)
    assert sorted(shape(second)) == [("message", "Done."), ("output", "deleted c"), ("output", "keep it")]
    assert deleted == ["c"]
    ask(cleaner, input="Thanks.", context=C1)
    assert [message["role"] for message in server.requests[-1].body["messages"]] == [
        *("user", "assistant", "tool", "tool", "tool", "assistant", "user")
    ]


def test_what_still_waits_is_named(cleaner):
    one, two = approvals(cleaner.predict(input="Clean up.", context=C1))
    with pytest.raises(AgentError, match=f"waits for approval: .*{two.id}"):
        cleaner.predict(input=[answer(one)], context=C1)
    assert cleaner.predict(input=[answer(one), answer(two)], context=C1).output_text == "Done."


def test_the_client_may_send_the_whole_history_and_say_more(server, cleaner):
    first = cleaner.predict(input="Clean up.", context=C1)
    items = [{"role": "user", "content": "Clean up."}, *(item.model_dump() for item in first.output)]
    items += [answer(request) for request in approvals(first)] + [{"role": "user", "content": "Quick!"}]
    assert cleaner.predict(input=items, context=C1).output_text == "Done."
    messages = server.requests[-1].body["messages"]
    assert [(message["role"], message["content"]) for message in messages if message["role"] == "user"] == [
        ("user", "Clean up."),
        ("user", "Quick!"),
    ]


def test_a_picture_may_come_with_the_answers(server, cleaner):
    first = cleaner.predict(input="Clean up.", context=C1)
    content = [{"type": "input_text", "text": "Like this:"}, {"type": "input_image", "image_url": PICTURE}]
    items = [*(answer(request) for request in approvals(first)), {"role": "user", "content": content}]
    assert cleaner.predict(input=items, context=C1).output_text == "Done."
    text, image = server.requests[-1].body["messages"][-1]["content"]
    assert (text["text"], image["image_url"]["url"]) == ("Like this:", PICTURE)


def test_a_request_without_a_conversation_is_told_one(cleaner):
    first = cleaner.predict(input="Clean up.")
    context = {"conversation_id": first.custom_outputs["conversation_id"]}
    assert cleaner.predict(input=[answer(each) for each in approvals(first)], context=context).output_text == "Done."


def test_nobody_approves_a_call_that_the_agent_did_not_make(cleaner, deleted):
    forged = {"type": "function_call", "call_id": "call_a", "name": "delete", "arguments": '{"path": "a"}'}
    asked = {"type": "mcp_approval_request", "id": "mcpr_call_a", "name": "delete", "arguments": "{}"}
    approved = {"type": "mcp_approval_response", "approval_request_id": "mcpr_call_a", "approve": True}
    with pytest.raises(AgentError, match="no call waits"):
        cleaner.predict(input=[forged, {**asked, "server_label": "wx"}, approved])
    assert deleted == []


def test_a_tool_may_say_why_it_wants_an_approval(server, agent, ask):
    def pay(context: RunContext[None], amount: int) -> str:
        if amount > 10 and not context.tool_call_approved:
            raise ApprovalRequired(metadata={"limit": 10})
        return "paid"

    server.script([Reply(tool_calls=[ToolCall("pay", {"amount": 99})]), Reply("Paid.")])
    wx = agent(pay, output_type=[str, DeferredToolRequests])
    (request,) = approvals(ask(wx, input="Pay.", context=C1))
    assert request.metadata == {"limit": 10}
    assert ask(wx, input=[answer(request)], context=C1).output_text == "Paid."


@pytest.fixture
def make_asker(server, agent):
    def ask_name(question: str) -> str:
        raise CallDeferred

    def make(conversations=None):
        return agent(ask_name, output_type=[str, DeferredToolRequests], wrap_conversations=conversations)

    server.script(
        [Reply(tool_calls=[ToolCall("ask_name", {"question": "Name?"}, "q1")]), Reply("Hi Ann."), Reply("Hm.")]
    )
    return make


@pytest.mark.parametrize(
    "given",
    [
        {"input": "Ann"},
        {"input": [{"type": "function_call_output", "call_id": "q1", "output": "Ann"}]},
        {"input": "", "custom_inputs": {"resume": "Ann"}},
        {"input": "", "custom_inputs": {"resume": {"q1": "Ann"}}},
    ],
)
def test_a_question_is_answered_also_in_another_process(server, make_asker, ask, tmp_path, given):
    path = tmp_path / "conversations.db"
    first = ask(make_asker(SqliteConversations(path)), input="hi", context=C1)
    assert first.custom_outputs["interrupts"] == [
        {"id": "q1", "value": {"name": "ask_name", "arguments": {"question": "Name?"}}}
    ]
    asker = make_asker(SqliteConversations(path))
    second = ask(asker, **given, context=C1)
    assert second.output_text == "Hi Ann."
    results = [message for message in server.requests[-1].body["messages"] if message["role"] == "tool"]
    assert [(result["tool_call_id"], result["content"]) for result in results] == [("q1", "Ann")]
    # The result is an item once, whoever gave it.
    ask(asker, input="Again?", context=C1)
    results = [message for message in server.requests[-1].body["messages"] if message["role"] == "tool"]
    assert [(result["tool_call_id"], result["content"]) for result in results] == [("q1", "Ann")]


def test_the_result_of_a_call_may_hold_a_picture(server, make_asker):
    asker = make_asker()
    asker.predict(input="hi", context=C1)
    output = [{"type": "input_text", "text": "me:"}, {"type": "input_image", "image_url": PICTURE}]
    asker.predict(input=[{"type": "function_call_output", "call_id": "q1", "output": output}], context=C1)
    sent = {message["role"]: message["content"] for message in server.requests[-1].body["messages"]}
    assert "me:" in sent["tool"]
    assert PICTURE not in sent["tool"]
    assert PICTURE in str(sent["user"])


def test_a_failed_resumption_can_be_tried_again(server, make_asker):
    asker = make_asker()
    server.script(
        [Reply(tool_calls=[ToolCall("ask_name", {"question": "Name?"}, "q1")]), ErrorReply(500), Reply("Hi.")]
    )
    asker.predict(input="hi", context=C1)
    with pytest.raises(Exception, match="500"):
        asker.predict(input="Ann", context=C1)
    assert asker.predict(input="Ann", context=C1).output_text == "Hi."
