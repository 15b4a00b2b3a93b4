"""The deprecated schemas of MLflow's `mlflow.models.rag_signatures`, so that old clients can still be served."""

from __future__ import annotations

from pydantic import Field

from spanloom.schemas.wire import Text, WireModel

__all__ = ["LegacyMessage", "MultiturnChatRequest", "SplitChatMessagesRequest", "StringResponse"]


class LegacyMessage(WireModel):
    """A turn of the history: who said what."""

    role: Text = "user"
    content: Text


class SplitChatMessagesRequest(WireModel):
    """A question and the turns before it. The default question is the one MLflow has."""

    query: Text = "What is mlflow?"
    history: list[LegacyMessage] = Field(default_factory=list)


class MultiturnChatRequest(SplitChatMessagesRequest):
    """The same under its second name."""


class StringResponse(WireModel):
    """An answer that is nothing but text."""

    content: Text
