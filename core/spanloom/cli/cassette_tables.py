"""How the calls on a cassette look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from spanloom.cassettes.conversation import conversation
from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cli.formats import one_line
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import is_plain

__all__ = ["call_list", "summary"]

_FIRST_ERROR = 400


def summary(interactions: Sequence[Interaction]) -> str:
    """Return how many calls there are: `4 calls: 2 over HTTP, 2 of tools`."""
    tools = sum(interaction.request.kind == "tool" for interaction in interactions)
    count = len(interactions)
    return f"{count} call{'' if count == 1 else 's'}: {count - tools} over HTTP, {tools} of tools"


def call_list(interactions: Sequence[Interaction], console: Console) -> FittedTable:
    """Return a table of calls; one that a tool made stands below it, indented."""
    limit = 1000 if is_plain(console) else console.width
    depths: dict[int, int] = {}
    table = FittedTable("#", Column("CALL", least=16), Column("ASKED", least=16), Column("ANSWERED", least=16))
    for interaction in interactions:
        depth = depths[interaction.number] = depths.get(interaction.within or 0, -1) + 1
        response = interaction.response
        failed = "error" in response or "failure" in response or response.get("status", 0) >= _FIRST_ERROR
        table.add_row(
            str(interaction.number),
            Text("  " * depth + one_line(interaction.request.name, limit)),
            Text(one_line(_asked(interaction.request), limit)),
            Text(one_line(_answered(response), limit), style="red" if failed else ""),
        )
    return table


def _asked(request: Request) -> str:
    body = request.content
    if body is None:
        return ""
    if request.kind == "http" and isinstance(body, dict) and ("messages" in body or "input" in body):
        return f"{body.get('model', '')}: {_last_turn(body) or _json(body.get('messages', body.get('input')))}"
    return _json(body)


def _last_turn(body: Mapping[str, Any]) -> str:
    """Return what was said last; nothing if this is no conversation."""
    try:
        *_, last = conversation(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return f"{last[1]}({_json(last[2])})" if last[0] == "call" else str(last[-1])


def _answered(response: Mapping[str, Any]) -> str:
    if "error" in response:
        return f"raised {response['error']['type'].rpartition(':')[2]}: {response['error']['message']}"
    if "failure" in response:
        return f"{response['failure']['type']}: {response['failure']['message']}"
    if "unstorable" in response:
        return f"a {response['unstorable']}, which could not be recorded"
    if "status" not in response:
        return _json(response.get("value"))
    for parts in ("events", "lines"):
        if parts in response:
            return f"{response['status']}, a stream of {len(response[parts])} {parts}"
    body = response.get("json", response.get("text", "binary data"))
    return f"{response['status']} {_last_turn({'messages': _messages(body)}) or _json(body)}"


def _messages(body: Any) -> list[Any]:
    """Return what a model answered: on the wire of chat completions, of responses, or of Anthropic's messages."""
    if not isinstance(body, dict):
        return []
    choices = body.get("choices") or []
    return [choice.get("message") for choice in choices] or body.get("output") or [body]


def _json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
