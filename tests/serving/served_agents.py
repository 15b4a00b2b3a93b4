"""Agents that the tests serve."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import spanloom


class Golden(spanloom.ResponsesAgent):
    """The agent that the reference bodies were captured from."""

    def predict(self, request: Any) -> dict[str, Any]:
        said = str(request.input_items()[-1].content) if request.input else ""
        if said == "raise":
            raise RuntimeError("handler boom")
        item = self.create_text_output_item(f"echo: {said}", "msg_1")
        return {"output": [item], "custom_outputs": request.custom_inputs}

    def predict_stream(self, request: Any) -> Any:
        yield self.create_text_delta("Hel", "msg_1")
        if str(request.input_items()[-1].content) == "raise":
            raise RuntimeError("stream boom")
        yield self.create_text_delta("lo", "msg_1")
        yield {"type": "response.output_item.done", "item": self.create_text_output_item("Hello", "msg_1")}


def echo(text: str) -> str:
    if text == "raise":
        raise RuntimeError("secret of the agent")
    return f"echo {text}"


async def words(text: str) -> AsyncIterator[str]:
    for word in ("one ", "two ", "three"):
        yield word
    if text == "raise":
        raise RuntimeError("secret of the agent")


def counts(messages: list[dict[str, Any]]) -> str:
    """Say how many messages the agent got, and the last."""
    return f"{len(messages)} messages, last: {messages[-1]['content']}"


class Waits:
    """An agent that runs until it is released or cancelled."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()
        self.release = threading.Event()

    async def run(self, text: str) -> AsyncIterator[str]:
        yield f"waiting for {text} "
        self.began.set()
        try:
            await asyncio.to_thread(self.release.wait, 20)
        finally:
            self.ended.set()
        yield "released"

    def run_in_thread(self, _text: str) -> str:
        self.began.set()
        self.release.wait(20)
        return "released"
