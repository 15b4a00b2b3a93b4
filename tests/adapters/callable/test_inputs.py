"""What a function is given."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

import spanloom
from spanloom.errors import AgentError
from spanloom.schemas import ResponsesAgentRequest

HISTORY = [
    {"role": "user", "content": "Paris?"},
    {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    {"role": "user", "content": [{"type": "input_text", "text": "And "}, {"type": "input_text", "text": "Oslo?"}]},
]


def given(function: Any, **options: Any) -> Any:
    """Return what a function that stores its arguments was given."""
    spanloom.wrap(function, **options).predict(
        input=HISTORY, instructions="Be brief.", context={"user_id": "u1"}, custom_inputs={"a": 1}
    )
    return seen[-1]


seen: list[Any] = []


def text(text):
    seen.append(text)
    return "ok"


def annotated_text(x: str):
    return text(x)


def optional_text(x: str | None = None):
    return text(x)


def text_by_name(*, question):
    return text(question)


def messages(messages):
    return text(messages)


def listed(conversation: Sequence[dict[str, Any]]):
    return text(conversation)


def items(items: list[dict[str, Any]]):
    return text(items)


def listed_input(input: Iterable[dict[str, Any]]):  # noqa: A002 - its name in the Responses API
    return text(input)


def request(x: ResponsesAgentRequest):
    return text(x)


def unresolvable(prompt: Nowhere):  # noqa: F821 - as behind TYPE_CHECKING
    return text(prompt)


def unknown(x):
    return text(x)


def anything(*args):
    return text(args)


class Bot:
    def answer(self, messages):
        return text(messages)


@pytest.mark.parametrize("function", [text, annotated_text, optional_text, text_by_name, unresolvable])
def test_text_is_the_last_user_message(function):
    assert given(function) == "And Oslo?"


@pytest.mark.parametrize("function", [messages, listed, Bot().answer, functools.partial(messages)])
def test_messages_are_those_of_chat_completions(function):
    roles = [(message["role"], bool(message.get("tool_calls"))) for message in given(function)]
    assert roles == [("system", False), ("user", False), ("assistant", True), ("tool", False), ("user", False)]


@pytest.mark.parametrize("function", [items, listed_input])
def test_items_are_those_of_the_request(function):
    kinds = [item.get("role") or item["type"] for item in given(function)]
    assert kinds == ["system", "user", "function_call", "function_call_output", "user"]


def test_the_request_is_the_request():
    assert given(request).instructions == "Be brief."


def test_what_the_signature_does_not_tell_is_an_option():
    assert given(unknown, takes="text") == "And Oslo?"
    assert given(anything, takes="text") == ("And Oslo?",)
    assert given(text, takes="request").custom_inputs == {"a": 1}
    assert given(unknown, input_fn=lambda request: request.instructions) == "Be brief."


def test_context_and_custom_inputs_are_given_to_those_who_ask():
    def function(messages, context, custom_inputs):
        return text((context.user_id, custom_inputs))

    assert given(function) == ("u1", {"a": 1})


def test_a_function_without_arguments_and_one_of_c_are_functions_too():
    assert spanloom.wrap(lambda: "tick").predict(input="hi").output_text == "tick"
    assert spanloom.wrap("{}!".format, takes="text").predict(input="hi").output_text == "hi!"


@pytest.mark.parametrize(
    ("function", "options", "problem"),
    [
        (unknown, {}, r"unknown does not say what 'x' is.*takes='text'"),
        ("{}".format, {}, "takes='text'"),
        (lambda text, model: text, {}, "also needs model"),
        (text, {"takes": "words"}, "takes='words': expected one of 'text', 'messages', 'items', 'request'"),
    ],
)
def test_what_cannot_be_called_is_said(function, options, problem):
    with pytest.raises(AgentError, match=problem):
        spanloom.wrap(function, **options).predict(input="hi")


def test_a_conversation_goes_on():
    agent = spanloom.wrap(lambda messages: f"{len(messages)} messages")
    context = {"conversation_id": "c1"}
    assert [agent.predict(input="hi", context=context).output_text for _ in range(2)] == ["1 messages", "3 messages"]
