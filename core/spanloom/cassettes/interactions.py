"""One call and its answer, as they stand on a line of a cassette."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import orjson

from spanloom.cassettes.normal import normal_form
from spanloom.cassettes.secrets import ARGUMENTS

__all__ = ["Interaction", "Request"]


@dataclass(frozen=True)
class Request:
    """What was asked.

    Attributes:
        kind: `http` for an exchange with a server, `tool` for a call of a tool.
        name: `POST /v1/chat/completions`, with the query but for keys; or the name of the tool.
        content: The JSON body, or the tool's arguments; a digest where the body was no JSON.
    """

    kind: Literal["http", "tool"]
    name: str
    content: Any

    @cached_property
    def key(self) -> bytes:
        """Equal for requests that ask the same, whatever ids their run made up and whichever host they went to."""
        return orjson.dumps([self.kind, self.name, self.normal], option=orjson.OPT_SORT_KEYS)

    @cached_property
    def normal(self) -> Any:
        """The content in its normal form; the arguments of a tool are the model's own and stay as they are."""
        return normal_form(self.content) if self.kind == "http" else self.content

    def redacted(self, redact: Callable[..., Any]) -> Request:
        """Return the request as it may be kept."""
        content = redact(self.content, (ARGUMENTS,)) if self.kind == "tool" else redact(self.content)
        return Request(self.kind, redact(self.name), content)

    def __str__(self) -> str:
        if self.content is None:
            return self.name
        content = orjson.dumps(self.content).decode()
        return f"{self.name} {content if len(content) <= _SHOWN else content[:_SHOWN] + '…'}"


_SHOWN = 200

_ANSWERS = {
    "http": (frozenset({"status", "headers"}), frozenset({"base64", "events", "json", "lines", "text"})),
    "tool": (frozenset[str](), frozenset({"error", "unstorable", "value"})),
}
"""Of the response to each kind of call: what is always there, and what there is one of.

Over HTTP, `failure` stands beside where the connection broke in the body, and alone where there was no answer.
"""


@dataclass
class Interaction:
    """A request and what it was answered with.

    Attributes:
        number: Position in the cassette, from 1.
        request: What was asked.
        response: The answer; see `spanloom.cassettes.bodies` for those of servers, `values` for those of tools.
        within: The number of the tool call that made this one, `None` outside of any.
    """

    number: int
    request: Request
    response: Mapping[str, Any] = field(default_factory=dict)
    within: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what stands on the line."""
        request = self.request
        line = {"number": self.number, "kind": request.kind, "name": request.name, "request": request.content}
        return {**line, "response": self.response, **({"within": self.within} if self.within else {})}

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> Interaction:
        """Return the interaction of a line.

        Raises:
            KeyError: If something is missing.
            TypeError, ValueError: If this is no line of a cassette at all.
        """
        request = Request(line["kind"], line["name"], line["request"])
        response = dict(line["response"])
        needed, content = _ANSWERS[request.kind]
        is_failed = request.kind == "http" and response.keys() == {"failure"}
        if not is_failed and not (needed <= response.keys() and content & response.keys()):
            raise KeyError("response")
        return cls(line["number"], request, response, line.get("within"))
