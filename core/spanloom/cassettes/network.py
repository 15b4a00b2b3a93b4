"""Keeping a replay off the network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from ipaddress import ip_address
from typing import Any

from spanloom.cassettes.http import is_telemetry
from spanloom.cassettes.report import ReplayError
from spanloom.instrument.ledger import Ledger

__all__ = ["no_network"]


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse connections to other machines inside the block, except those that send traces."""
    ledger = Ledger()
    for method in ("connect", "connect_ex"):
        ledger.replace(socket.socket, method, _refusing(getattr(socket.socket, method)))
    try:
        yield
    finally:
        ledger.restore()


def _refusing(connect: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(connect)
    def connect_nearby(self: socket.socket, address: Any, /) -> Any:
        if isinstance(address, tuple) and not _is_loopback(address[0]) and not is_telemetry():
            raise ReplayError(
                f"a replay reaches no network, but something connects to {address[0]}:{address[1]} by a client that "
                "is not known; let it, by spanloom.replay(..., on_missing='call')"
            )
        return connect(self, address)

    return connect_nearby


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
