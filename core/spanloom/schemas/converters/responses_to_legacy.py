"""The current schemas to the deprecated ones."""

from __future__ import annotations

from spanloom.errors import SchemaError
from spanloom.schemas.chat_agent import ChatAgentRequest, ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import request_to_chat_agent
from spanloom.schemas.legacy import LegacyMessage, SplitChatMessagesRequest, StringResponse
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse

__all__ = [
    "chat_agent_to_split_chat",
    "chat_agent_to_string_response",
    "responses_to_split_chat",
    "responses_to_string_response",
]


def responses_to_split_chat(request: ResponsesAgentRequest) -> SplitChatMessagesRequest:
    """Return the last user message as the question and the text of the turns before it as history.

    Raises:
        SchemaError: The last message is not the user's.
    """
    return chat_agent_to_split_chat(request_to_chat_agent(request))


def chat_agent_to_split_chat(request: ChatAgentRequest) -> SplitChatMessagesRequest:
    """The same for a chat agent's request; tool calls and their results are left out."""
    turns = [message for message in request.messages if message.content and message.role != "tool"]
    if not turns or turns[-1].role != "user":
        raise SchemaError("SplitChatMessagesRequest: the last message should be the user's, the question to answer")
    history = [LegacyMessage(role=turn.role, content=turn.content or "") for turn in turns[:-1]]
    return SplitChatMessagesRequest(query=turns[-1].content or "", history=history)


def responses_to_string_response(response: ResponsesAgentResponse) -> StringResponse:
    """Return the text of the answer."""
    return StringResponse(content=response.output_text)


def chat_agent_to_string_response(response: ChatAgentResponse) -> StringResponse:
    """Return the text of the answer's assistant messages."""
    texts = (message.content or "" for message in response.messages if message.role == "assistant")
    return StringResponse(content="".join(texts))
