"""Questions to a person: how a run stops for them, and how it goes on.

A run stops when an agent hands off to somebody who does not take part (`Handoff(target="user")`, in a team with
`HandoffTermination`), or when it is the turn of a `UserProxyAgent` that would ask on the console. One with an
`input_func` of its own asks there, as ever.

The response is `incomplete` with the reason `interrupt`, and `custom_outputs["interrupts"]` says who is asked by whom:
`[{"id", "value": {"source", "target", "content"}}]`. The next request of the conversation answers, with a user message
or with `custom_inputs["resume"]`; a team goes on exactly where it stopped, in another process too: its state is kept
with the conversation as JSON. Agents that were still at work beside the one that asks (`GraphFlow`) lose their turn.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from autogen_agentchat.messages import BaseChatMessage, HandoffMessage, MultiModalMessage
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.autogen.inputs import Conversation, chat_messages
from spanloom_adapters.autogen.members import is_a, members

__all__ = ["Question", "add_resume", "console_users_wait", "interrupt", "resume"]


class Question(NamedTuple):
    """What a run waits for.

    Attributes:
        id: Of the message or event that asks.
        asked: Name under which the person answers.
        asker: Who handed off to the person and gets the answer; `None` if it is for all.
        content: What the person is told.
    """

    id: str
    asked: str
    asker: str | None
    content: str


async def interrupt(agent: Any, run: Run, question: Question) -> None:
    """End the run with the question, and keep what is needed to go on."""
    run.incomplete_reason = "interrupt"
    value = {"source": question.asker, "target": question.asked, "content": question.content}
    run.custom_outputs["interrupts"] = [{"id": question.id, "value": value}]
    # What an agent with a context of its own knows follows from the conversation's items.
    native = None if hasattr(agent, "model_context") else to_jsonable_python(await agent.save_state())
    run.state = {"asked": question.asked, "asker": question.asker, "native": native}


def add_resume(request: ResponsesAgentRequest, run: Run, conversation: Conversation) -> None:
    """Take the answer in `custom_inputs["resume"]`, if there is one, as a user message.

    Raises:
        AgentError: If nothing waits for it.
    """
    custom_inputs = request.custom_inputs or {}
    if "resume" not in custom_inputs:
        return
    if run.state is None:
        raise AgentError("there is nothing to resume: no question is pending in this conversation")
    answer = custom_inputs["resume"]
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    conversation.question.append({"type": "message", "role": "user", "content": text})


async def resume(agent: Any, run: Run, conversation: Conversation) -> list[BaseChatMessage] | None:
    """Bring the agent back to where it stopped, and return the answer as its task; `None` if it did not stop.

    Raises:
        AgentError: If the request brings no answer.
    """
    pending, run.state = run.state, None
    if pending is None or pending["native"] is None:
        return None
    if not conversation.question:
        raise AgentError(
            f"this conversation waits for an answer of {pending['asked']!r}: send a user message, or custom_inputs="
            "{'resume': 'the answer'}"
        )
    await agent.load_state(pending["native"])
    answer = [{**item, "name": pending["asked"]} for item in conversation.question]
    messages = chat_messages(answer, pending["asked"])
    return messages if pending["asker"] is None else _handed_back(messages, pending["asked"], pending["asker"])


def _handed_back(messages: list[BaseChatMessage], asked: str, asker: str) -> list[BaseChatMessage]:
    # Only a hand-off makes a swarm go on with the one who asked; it must be the last message, and holds text only.
    *before, last = messages
    if isinstance(last, MultiModalMessage):
        before.append(last)
    return [*before, HandoffMessage(content=last.to_model_text(), source=asked, target=asker)]


@contextmanager
def console_users_wait(agent: Any) -> Iterator[frozenset[str]]:
    """Let users who would be asked on the console wait instead; gives their names."""
    users = [member for member in members(agent) if is_a(member, "UserProxyAgent") and _asks_console(member)]
    functions = [(user.input_func, user._is_async) for user in users]  # noqa: SLF001 - says how it is called
    for user in users:
        user.input_func, user._is_async = _wait, True  # noqa: SLF001 - same
    try:
        yield frozenset(user.name for user in users)
    finally:
        for user, (function, is_async) in zip(users, functions, strict=True):
            user.input_func, user._is_async = function, is_async  # noqa: SLF001 - same


def _asks_console(user: Any) -> bool:
    function = user.input_func
    return function is input or getattr(function, "__module__", None) == type(user).__module__


async def _wait(_prompt: str, _token: Any) -> str:
    return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return] # it never comes
