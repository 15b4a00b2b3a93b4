"""The model behind the demo: a real one where the environment names one, else the built-in scripted server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from spanloom.testing.provider.replies import Reply, ToolCall, Usage
from spanloom.testing.provider.server import ProviderServer

__all__ = ["Provider", "open_provider"]

_DEFAULT_MODEL = "gpt-4.1-mini"
_SCRIPTED_MODEL = "scripted-model"
_PACE_SECONDS = 0.035

_SCRIPT = (
    Reply(
        tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Oslo"})],
        usage=Usage(input_tokens=158, output_tokens=38),
        delay=_PACE_SECONDS,
    ),
    Reply(
        tool_calls=[ToolCall("get_population", {"city": "Paris"})],
        usage=Usage(input_tokens=231, output_tokens=17, cached_tokens=128),
        delay=_PACE_SECONDS,
    ),
    Reply(
        "It is warmer in Paris: 21 °C and sunny, against 9 °C and light rain in Oslo. "
        "About 2.1 million people live in Paris.",
        usage=Usage(input_tokens=264, output_tokens=34, cached_tokens=192),
        delay=_PACE_SECONDS,
    ),
)


class Provider(NamedTuple):
    """Where the model is reached. `scripted` tells that it is none, but a script."""

    model: str
    base_url: str | None
    api_key: str | None
    scripted: bool


@contextmanager
def open_provider(model: str | None) -> Iterator[Provider]:
    """Give the provider that `OPENAI_API_KEY` or `OPENAI_BASE_URL` names, or run the scripted one for the block."""
    base_url = os.environ.get("OPENAI_BASE_URL") or None
    api_key = os.environ.get("OPENAI_API_KEY") or None
    if base_url is not None or api_key is not None:
        yield Provider(model or _DEFAULT_MODEL, base_url, api_key or "none", scripted=False)
        return
    with ProviderServer(_SCRIPT) as server:
        yield Provider(model or _SCRIPTED_MODEL, server.base_url, "none", scripted=True)
