"""What goes in: the whole conversation reaches the model, in its native form."""

from __future__ import annotations

import json
from typing import Any

from spanloom.testing.adapter_conformance.case import Case
from spanloom.testing.adapter_conformance.content import ANSWER, get_weather
from spanloom.testing.adapter_conformance.prompt import attachments, prompt
from spanloom.testing.adapter_conformance.scenario import ALL_WAYS, scenario
from spanloom.testing.provider.server import ProviderServer

__all__: list[str] = []

_WHOLE = tuple(way for way in ALL_WAYS if not way.asynchronous and not way.streaming)
_PIXEL_DATA = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
_PIXEL = f"data:image/png;base64,{_PIXEL_DATA}"
_BOTH = ("Paris", "Oslo")


def _sent(server: ProviderServer) -> list[Any]:
    return prompt(server.requests[-1].body)


@scenario("history", ways=_WHOLE)
def earlier_turns(case: Case) -> None:
    """User and assistant, in turns."""
    server = case.server(ANSWER)
    history: list[dict[str, Any]] = [
        {"role": "user", "content": "Paris?"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sunny."}]},
        {"role": "user", "content": "And Oslo?"},
    ]
    case.ask(case.agent(server), history)
    turns = [part for part in _sent(server) if part[0] != "system"]
    assert turns == [("user", "Paris?"), ("assistant", "Sunny."), ("user", "And Oslo?")], turns


@scenario("system", ways=_WHOLE)
def system_message(case: Case) -> None:
    """A system message of the request reaches the model."""
    server = case.server(ANSWER)
    case.ask(case.agent(server), [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Paris?"}])
    assert any(role == "system" and "Be brief." in text for role, text, *_ in _sent(server)), _sent(server)


@scenario("system", ways=_WHOLE)
def instructions(case: Case) -> None:
    """So do instructions."""
    server = case.server(ANSWER)
    case.ask(case.agent(server), "Paris?", instructions="Be brief.")
    assert any(role == "system" and "Be brief." in text for role, text, *_ in _sent(server)), _sent(server)


@scenario("history", "tool_history", ways=_WHOLE)
def earlier_calls(case: Case) -> None:
    """Calls of earlier turns and their results; two calls at once stay together."""
    server = case.server(ANSWER)
    calls = [
        {
            "type": "function_call",
            "call_id": f"call_{city}",
            "name": "get_weather",
            "arguments": json.dumps({"city": city}),
        }
        for city in _BOTH
    ]
    results = [
        {"type": "function_call_output", "call_id": f"call_{city}", "output": f"sunny in {city}"} for city in _BOTH
    ]
    answered = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sunny in both."}]}
    history: list[dict[str, Any]] = [
        {"role": "user", "content": "Both?"},
        *calls,
        *results,
        answered,
        {"role": "user", "content": "Sure?"},
    ]
    case.ask(case.agent(server, get_weather), history)
    assert [part for part in _sent(server) if part[0] != "system"] == [
        ("user", "Both?"),
        ("call", "get_weather", {"city": "Paris"}),
        ("call", "get_weather", {"city": "Oslo"}),
        ("result", "sunny in Paris"),
        ("result", "sunny in Oslo"),
        ("assistant", "Sunny in both."),
        ("user", "Sure?"),
    ], _sent(server)
    for message in server.requests[-1].body.get("messages") or ():
        assert len(message.get("tool_calls") or (1, 2)) == 2, "calls at once are one message"  # noqa: PLR2004 - both


@scenario("images", ways=_WHOLE[:1])
def image(case: Case) -> None:
    """A picture, beside text."""
    server = case.server(ANSWER)
    content: list[dict[str, Any]] = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": _PIXEL},
    ]
    case.ask(case.agent(server), [{"role": "user", "content": content}])
    assert any(_PIXEL_DATA in found for found in attachments(server.requests[-1].body)), server.requests[-1].body
    assert ("user", "What is it?") in _sent(server)


@scenario("files", ways=_WHOLE[:1])
def file(case: Case) -> None:
    """A file, beside text."""
    server = case.server(ANSWER)
    data = "data:application/pdf;base64,JVBERi0xLjQK"
    content = [
        {"type": "input_text", "text": "Read it."},
        {"type": "input_file", "filename": "a.pdf", "file_data": data},
    ]
    case.ask(case.agent(server), [{"role": "user", "content": content}])
    assert any("JVBERi0xLjQK" in found for found in attachments(server.requests[-1].body)), server.requests[-1].body


@scenario("history", ways=_WHOLE)
def conversation(case: Case) -> None:
    """Requests of one conversation go on where it ended; another one begins afresh."""
    server = case.server(script=lambda _: ANSWER)
    agent = case.agent(server)
    first, other = {"conversation_id": "c1"}, {"conversation_id": "c2"}
    case.ask(agent, "Paris?", context=first)
    case.ask(agent, "And Oslo?", context=first)
    turns = [part for part in _sent(server) if part[0] != "system"]
    assert turns == [("user", "Paris?"), ("assistant", "It is sunny."), ("user", "And Oslo?")], turns
    for context in (other, None):
        case.ask(agent, "Rome?", **({"context": context} if context else {}))
        turns = [part for part in _sent(server) if part[0] != "system"]
        assert turns == [("user", "Rome?")], turns
