"""The deprecated request schemas to the current ones."""

from __future__ import annotations

from spanloom.schemas.chat_agent import ChatAgentMessage, ChatAgentRequest
from spanloom.schemas.construct import create_response, create_text_output_item
from spanloom.schemas.converters.chat_to_responses import chat_to_responses
from spanloom.schemas.ids import new_message_id
from spanloom.schemas.legacy import SplitChatMessagesRequest, StringResponse
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse

__all__ = ["split_chat_to_chat_agent", "split_chat_to_responses", "string_response_to_responses"]


def split_chat_to_responses(request: SplitChatMessagesRequest) -> ResponsesAgentRequest:
    """Return the history and the question as one Responses request."""
    turns = [turn.model_dump() for turn in request.history]
    items = chat_to_responses([*turns, {"role": "user", "content": request.query}])
    return ResponsesAgentRequest.model_validate({"input": items})


def split_chat_to_chat_agent(request: SplitChatMessagesRequest) -> ChatAgentRequest:
    """Return the history and the question as one chat agent request."""
    turns = [(turn.role, turn.content) for turn in request.history]
    return ChatAgentRequest(
        messages=[
            ChatAgentMessage(role=role, content=content, id=new_message_id())
            for role, content in [*turns, ("user", request.query)]
        ]
    )


def string_response_to_responses(response: StringResponse) -> ResponsesAgentResponse:
    """Return the text as a complete response with one message."""
    body = create_response([create_text_output_item(response.content, new_message_id())])
    return ResponsesAgentResponse.model_validate(body)
