"""The vocabulary of a script: what the model answers, whatever the wire it is asked on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["ErrorReply", "FinishReason", "Reply", "ToolCall", "Usage"]

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool.

    Attributes:
        name: Name of the tool.
        arguments: A mapping is sent as JSON. A string is sent as it is, so it may be anything but JSON.
        id: The `tool_call_id` (chat), `call_id` (responses) or `tool_use_id` (Anthropic); minted when None.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True)
class Usage:
    """Token counts, in the words of the Responses API; the total is their sum.

    Attributes:
        input_tokens: Tokens of the prompt, cached ones included.
        output_tokens: Tokens of the answer, reasoning included.
        cached_tokens: Part of the input that was read from the prompt cache.
        cache_write_tokens: Part of the input that was written to the prompt cache.
        reasoning_tokens: Part of the output that was reasoning.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True)
class ErrorReply:
    """An error in the shape of the provider whose path was asked.

    OpenAI's is `{"error": {"message", "type", "param", "code"}}`, Anthropic's
    `{"type": "error", "error": {"type", "message"}, "request_id"}`.

    The official clients repeat a request that met 408, 409, 429 or 5xx, and each attempt takes one reply of the script:
    give the client `max_retries=0` or script one error per attempt.

    Attributes:
        status: The HTTP status.
        message: The text for people.
        type: The provider's error type; follows from the status when None.
        code: OpenAI's error code.
        param: The request parameter at fault (OpenAI).
        headers: Extra HTTP headers, such as `{"Retry-After": "1"}` (seconds).
    """

    status: int = 500
    message: str = "The server had an error while processing your request."
    type: str | None = None
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One answer of the model, sent on any wire, streamed or whole, as the request asks.

    A stream is cut into deltas: a word of text, reasoning or refusal, or a fragment of tool arguments. `hold_after`
    and `break_after` count these; 0 means: the stream is open, no delta has been sent. A request that does not
    stream is held, delayed or broken before its answer.

    ```python
    Reply("It is sunny in Paris.")
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Oslo"})])
    Reply("It is sunny.", reasoning="The tool said so.")
    Reply(forecast.model_dump_json())                        # structured output is text that is JSON
    Reply(refusal="I can't help with that.")
    Reply("one two three", hold=gate, hold_after=1)          # `gate` is a threading.Event that the test sets
    Reply("one two three", break_after=2)                    # the connection drops
    Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))
    ```

    Attributes:
        text: The answer. Structured output is text that is JSON.
        tool_calls: Calls of tools, after the text if there is any.
        reasoning: Sent before the answer: `reasoning_content` (chat, as DeepSeek, vLLM and others spell it), a
            `reasoning` item with a summary (responses) or a `thinking` block with a signature (Anthropic).
        refusal: What the model says when it refuses; on Anthropic's wire a text, with `refusal` as the stop reason.
        finish_reason: Follows from the content when None. `length` and `content_filter` make a response `incomplete`.
            Anthropic calls them `end_turn`, `max_tokens`, `tool_use` and `refusal`.
        usage: Token counts; words are counted when None.
        model: The model that answers; the requested one when None.
        interleave: Stream the fragments of parallel tool calls in turn, instead of one call after the other as OpenAI
            does: a hard test for code that puts them together by position.
        delay: Seconds to wait before each delta.
        hold: The answer waits at `hold_after` until this is set.
        hold_after: Number of deltas before the wait.
        break_after: Number of deltas after which the stream fails.
        break_with: The error that the stream fails with, in band; when None the connection is closed.
    """

    text: str | None = None
    tool_calls: Sequence[ToolCall] = ()
    reasoning: str | None = None
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None
    interleave: bool = False
    delay: float = 0.0
    hold: threading.Event | None = None
    hold_after: int = 0
    break_after: int | None = None
    break_with: ErrorReply | None = None

    @property
    def finished_with(self) -> FinishReason:
        """The finish reason on the wire."""
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")
