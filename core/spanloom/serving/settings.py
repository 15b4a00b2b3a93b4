"""What can be set about a server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from spanloom.errors import SpanloomError

__all__ = ["API_KEY_VARIABLE", "ServerSettings"]

API_KEY_VARIABLE = "SPANLOOM_API_KEY"


@dataclass(frozen=True)
class ServerSettings:
    """The limits of a server.

    Attributes:
        api_keys: Clients must send one of them as `Authorization: Bearer …`; none: everybody is served. By default what
            the environment variable `SPANLOOM_API_KEY` says, several separated by commas.
        timeout: Seconds that an answer may take; `None`: no limit.
        max_concurrency: Requests that run at once; further ones are refused with 429.
        max_body: The largest request body, in bytes.
        cors: Origins of other sites whose pages may call the server, `*` for all.
        allowed_hosts: Names, with the port, that the server is known by on its own machine, beside `localhost` and
            addresses; a proxy there may pass them on. Not asked about where API keys are.
        state: SQLite file for stored responses and conversations, so that restarts and several workers share them;
            `None`: they are kept in memory.
        drain_timeout: Seconds that running requests get to finish when the server is asked to stop.

    Raises:
        SpanloomError: If a limit makes no sense.
    """

    api_keys: Sequence[str] = field(
        default_factory=lambda: [key.strip() for key in os.environ.get(API_KEY_VARIABLE, "").split(",") if key.strip()],
        repr=False,
    )
    timeout: float | None = 600.0
    max_concurrency: int = 128
    max_body: int = 32 * 2**20
    cors: Sequence[str] = ()
    allowed_hosts: Sequence[str] = ()
    state: str | None = None
    drain_timeout: float = 30.0

    def __post_init__(self) -> None:
        for name in ("timeout", "max_concurrency", "max_body"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise SpanloomError(f"{name} is {value!r}: it should be more than 0")
        for name in ("api_keys", "cors", "allowed_hosts"):
            if isinstance(getattr(self, name), str):
                raise SpanloomError(f"{name} is a list of strings, not one string")
