"""Standard agents: the base classes, `wrap`, and what an adapter is made of."""

from __future__ import annotations

from spanloom.agents.adapter import Adapter, NoOptions, Run
from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.conversations import Conversation, ConversationStore, MemoryConversations, SqliteConversations
from spanloom.agents.python_model import PythonModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.wrap import wrap

__all__ = [
    "Adapter",
    "ChatAgent",
    "ChatModel",
    "Conversation",
    "ConversationStore",
    "MemoryConversations",
    "NoOptions",
    "PythonModel",
    "ResponsesAgent",
    "Run",
    "SqliteConversations",
    "wrap",
]
