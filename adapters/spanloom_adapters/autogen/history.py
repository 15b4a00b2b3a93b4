"""Giving an agent the conversation so far, without running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_agentchat.messages import BaseChatMessage, MultiModalMessage, TextMessage
from autogen_core.models import SystemMessage

from spanloom_adapters.autogen.inputs import Conversation, chat_messages, model_messages
from spanloom_adapters.autogen.members import name_of
from spanloom_adapters.autogen.pictures import Picture

__all__ = ["begin"]

_FORGETFUL = "MagenticOneOrchestratorState"


async def begin(agent: Any, conversation: Conversation) -> list[BaseChatMessage] | None:
    """Let the agent know the conversation, and return its task; `None` to go on from there.

    Args:
        agent: In its initial state.
        conversation: What the request says.
    """
    name = name_of(agent)
    if getattr(agent, "model_context", None) is not None:
        await _tell_model(agent.model_context, conversation, name)
    elif not await _tell_team(agent, conversation, name):
        told = _system_messages(conversation.system)
        return told + chat_messages([*conversation.history, *conversation.question], name) or None
    return chat_messages(conversation.question, name) or None


async def _tell_model(context: Any, conversation: Conversation, name: str) -> None:
    if conversation.system:
        state = dict(await context.save_state())
        state["messages"] = [*_system_states(conversation.system), *state.get("messages", ())]
        await context.load_state(state)
    for message in model_messages(conversation.history, name):
        await context.add_message(message)


async def _tell_team(team: Any, conversation: Conversation, name: str) -> bool:
    """Put the conversation into the team's state, as if it had just been said; false if that is no use.

    The task would not do: termination conditions would count it, and stop at a word that was said long ago.
    """
    if not hasattr(team, "save_state"):
        return False
    state = await team.save_state()
    managers = [inner for inner in state.get("agent_states", {}).values() if "message_thread" in inner]
    if not managers or any(manager.get("type") == _FORGETFUL for manager in managers):
        return False
    messages = chat_messages(conversation.history, name)
    if conversation.system and not _tell_assistants(state, _system_states(conversation.system)):
        messages = _system_messages(conversation.system) + messages
    if not messages and not conversation.system:
        return True
    said = [_storable(message).dump() for message in messages]
    for inner in state["agent_states"].values():
        kept = "message_thread" if "message_thread" in inner else "message_buffer"
        inner[kept] = [*inner[kept], *said]
        if "current_speaker" in inner:  # a swarm goes on with whoever spoke last
            spoken = [message.source for message in messages if message.source in state["agent_states"]]
            inner["current_speaker"] = spoken[-1] if spoken else inner["current_speaker"]
    await team.load_state(state)
    return True


def _tell_assistants(state: Any, system: list[dict[str, Any]]) -> bool:
    """Put system messages in front of the contexts of all assistants in a team's state; false if there is none."""
    told = False
    for participant in state["agent_states"].values():
        inner = participant.get("agent_state", {})
        inner = inner.get("inner_team_state", inner)
        if "llm_context" in inner:
            context = inner["llm_context"]
            context["messages"] = [*system, *context.get("messages", ())]
            told = True
        elif "agent_states" in inner:
            told = _tell_assistants(inner, system) or told
    return told


def _system_states(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [SystemMessage(content=text).model_dump() for text in texts]


def _system_messages(texts: Sequence[str]) -> list[BaseChatMessage]:
    return [TextMessage(content=text, source="system") for text in texts]


def _storable(message: BaseChatMessage) -> BaseChatMessage:
    # States hold the data of images; of a remote one there is only the address.
    if not isinstance(message, MultiModalMessage):
        return message
    parts = [
        f"[image: {part.url}]" if isinstance(part, Picture) and part.is_remote else part for part in message.content
    ]
    return message.model_copy(update={"content": parts})
