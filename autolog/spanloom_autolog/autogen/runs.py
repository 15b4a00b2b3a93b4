"""What runs of agents and of teams have in common: the task they get, and the events they stream."""

from __future__ import annotations

from typing import Any, NamedTuple

from spanloom.instrument import Call
from spanloom_autolog.autogen.messages import agent_message, is_chat_message

__all__ = ["Partial", "RunReader", "task_inputs"]


def task_inputs(call: Call) -> dict[str, Any]:
    """Return the task: a text, a message, several messages, or nothing, which means: go on."""
    task = call.kwargs.get("task")
    if task is None:
        return {"messages": []}
    if isinstance(task, str):
        return {"messages": [{"role": "user", "content": task}]}
    messages = [task] if is_chat_message(task) else task
    return {"messages": [agent_message(message, "user") for message in messages]}


class Partial(NamedTuple):
    """What had come of a run that did not get to its result.

    Attributes:
        messages: The messages of agents.
        text: What the model had said of the next one.
    """

    messages: list[Any]
    text: str


class RunReader:
    """Reads the events of a run: the last one is the result."""

    __slots__ = ("_chunks", "_messages", "_result")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._chunks: list[str] = []
        self._result: Any = None

    def add(self, event: Any) -> None:
        """Take the next event: a chunk of text, a message, or the result."""
        # Classes are asked: pydantic takes long to find that an instance has no such attribute.
        if not hasattr(type(event), "to_text"):
            self._result = event
        elif getattr(event, "type", None) == "ModelClientStreamingChunkEvent":
            self._chunks.append(event.content)
        else:
            self._chunks.clear()  # the whole message
            if is_chat_message(event):
                self._messages.append(event)

    def result(self) -> Any:
        """Return the result, or what had come of it."""
        return self._result if self._result is not None else Partial(self._messages, "".join(self._chunks))
