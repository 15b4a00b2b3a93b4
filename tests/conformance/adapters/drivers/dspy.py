"""DSPy: a `ReActV2` with native function calling, asked by DSPy's own HTTP engine.

DSPy's adapters make a prompt of a question, and a `ReActV2` answers by calling a tool named `submit`. The adapter here
writes questions, and answers of earlier turns, as what they are, so that the wire carries what the scenarios say; and a
text that the model is to say is what it submits.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spanloom.testing import ErrorReply, Reply, ToolCall
from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class DSPyDriver(AdapterDriver):
    adapter = "dspy"
    plugin = "dspy"
    lacks = {
        "approval": "a module can't stop before a tool and go on later",
        "refusal": "DSPy's HTTP engine loses a streamed refusal of chat completions",
    }

    def agent(self, spec: NativeSpec) -> Any:
        import dspy
        from openai import OpenAI  # noqa: F401 - DSPy 3.4.0 can't import it by itself when it hands a file over to LiteLLM

        fields = {"question": (str, dspy.InputField()), "answer": (spec.output_type or str, dspy.OutputField())}
        agent = dspy.ReActV2(dspy.Signature(fields), tools=list(spec.tools), max_iters=spec.max_turns or 20)
        agent.set_lm(
            dspy.LM(f"openai/{spec.model}", api_base=spec.base_url, api_key="unused", cache=False, num_retries=0)
        )
        return agent

    def options(self, spec: NativeSpec) -> dict[str, Any]:
        return {"adapter": _as_is()}

    def script(self, replies: Sequence[Reply | ErrorReply]) -> Sequence[Reply | ErrorReply]:
        return [_submitted(reply) for reply in replies]


# The server streams arguments in fragments of eight characters; the answer begins with the third.
_FRAGMENT = 8
_HEAD = '{"answer":     '


def _submitted(reply: Reply | ErrorReply) -> Reply | ErrorReply:
    if isinstance(reply, ErrorReply) or reply.text is None:
        return reply
    value = reply.text if reply.text.startswith("{") else json.dumps(reply.text)
    words = reply.text.split(" ")

    def fragments(count: int) -> int:
        return 2 + math.ceil(sum(len(word) + 1 for word in words[:count]) / _FRAGMENT) if count else 0

    return replace(
        reply,
        text=None,
        tool_calls=[*reply.tool_calls, ToolCall("submit", f"{_HEAD}{value}}}")],
        hold_after=fragments(reply.hold_after),
        break_after=None if reply.break_after is None else fragments(reply.break_after),
    )


def _as_is() -> Any:
    import dspy

    class AsIs(dspy.ChatAdapter):  # type: ignore[misc]
        def format_system_message(self, signature: Any) -> str:
            return str(signature.instructions)

        def format_user_message_content(self, signature: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> str:
            return str(inputs["question"]) if "question" in signature.input_fields and inputs.get("question") else ""

        def format_assistant_message_content(self, signature: Any, outputs: dict[str, Any], *_: Any, **__: Any) -> str:
            return str(outputs.get("next_thought") or "")

        def format(self, signature: Any, demos: list[dict[str, Any]], inputs: dict[str, Any]) -> list[dict[str, Any]]:
            messages = super().format(signature, demos, inputs)
            return [said for message in messages for said in _said(message)]

    return AsIs(use_native_function_calling=True, use_json_adapter_fallback=False)


def _said(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was submitted as what was said."""
    if message["role"] == "tool" and message.get("name") == "submit":
        return []
    for call in message.get("tool_calls") or ():
        if call["function"]["name"] == "submit":
            return [{"role": "assistant", "content": json.loads(call["function"]["arguments"])["answer"]}]
    return [message]


driver = DSPyDriver()
