"""The conversation as it happens: tool calls, their results, the answer word by word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from spanloom.cli.formats import one_line, printable
from spanloom.cli.span_tree import style_of_type
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.vocabulary import SpanType

__all__ = ["LiveTranscript", "PlainTranscript"]


@dataclass
class _ToolCall:
    text: str
    result: str | None = None


class LiveTranscript:
    """Shows the events of a response in a terminal, in place.

    Args:
        live: What repaints the screen.
        question: What the agent is asked.
    """

    def __init__(self, live: Live, question: str) -> None:
        self._live = live
        self._question = question
        self._steps: dict[str, _ToolCall | str] = {}
        self._waiting = Spinner("dots", style="dim")
        self._started = False
        live.update(self._render())

    def add(self, event: ResponsesAgentStreamEvent) -> None:
        """Take the next event."""
        self._started = True
        if event.type == "response.output_text.delta":
            self._steps[event.item_id] = str(self._steps.get(event.item_id, "")) + printable(event.delta)
        elif event.type == "response.output_item.done":
            self._add_item(event.item)
        self._live.update(self._render())

    def finish(self) -> None:
        """Leave what is said on the screen."""
        self._live.update(self._render(open_ended=False))

    def _add_item(self, item: dict[str, Any]) -> None:
        if item["type"] == "function_call":
            self._steps[item["call_id"]] = _ToolCall(_call_text(item))
        elif item["type"] == "function_call_output":
            call = self._steps.get(item["call_id"])
            if isinstance(call, _ToolCall):
                call.result = one_line(str(item["output"]), 200)

    def _render(self, *, open_ended: bool = True) -> RenderableType:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True, width=len("starting"))
        table.add_column(overflow="fold")
        table.add_row("asked", Text(self._question))
        pending = False
        for step in self._steps.values():
            if isinstance(step, str):
                table.add_row("answer", Text(step, "bold"))
            else:
                pending = pending or step.result is None
                table.add_row("tool", self._tool_row(step))
        if open_ended and not pending and not isinstance(next(reversed(self._steps.values()), None), str):
            table.add_row("model" if self._started else "starting", self._waiting)
        return table

    def _tool_row(self, call: _ToolCall) -> RenderableType:
        text = Text(call.text, style_of_type(SpanType.TOOL))
        if call.result is not None:
            return text.append(f" → {call.result}", "not bold default")
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_row(text, self._waiting)
        return row


class PlainTranscript:
    """Writes the events of a response as plain lines, the answer word by word.

    Args:
        console: Where to.
        question: What the agent is asked.
    """

    def __init__(self, console: Console, question: str) -> None:
        self._console = console
        self._calls: dict[str, str] = {}
        self._in_text = False
        self._write(f"asked: {question}\n")

    def add(self, event: ResponsesAgentStreamEvent) -> None:
        """Take the next event."""
        if event.type == "response.output_text.delta":
            self._write(("" if self._in_text else "answer: ") + printable(event.delta))
            self._in_text = True
        elif event.type == "response.output_item.done":
            self.finish()
            self._add_item(event.item)

    def finish(self) -> None:
        """End the line that is open."""
        if self._in_text:
            self._write("\n")
        self._in_text = False

    def _add_item(self, item: dict[str, Any]) -> None:
        if item["type"] == "function_call":
            self._calls[item["call_id"]] = _call_text(item)
        elif item["type"] == "function_call_output":
            call = self._calls.get(item["call_id"], item["call_id"])
            self._write(f"tool: {call} → {one_line(str(item['output']), 200)}\n")

    def _write(self, text: str) -> None:
        self._console.out(text, end="", highlight=False)
        self._console.file.flush()


def _call_text(item: dict[str, Any]) -> str:
    """Return a call as it would stand in Python; arguments that are no JSON object as they came."""
    try:
        arguments = orjson.loads(item["arguments"])
        given = ", ".join(f"{key}={orjson.dumps(value).decode()}" for key, value in arguments.items())
    except (orjson.JSONDecodeError, AttributeError):
        given = str(item["arguments"])
    return one_line(f"{item['name']}({given})", 120)
