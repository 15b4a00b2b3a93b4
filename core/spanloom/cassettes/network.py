"""Keeping a replay off the network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from ipaddress import ip_address
from typing import Any

from spanloom.cassettes.aside import is_exported
from spanloom.cassettes.report import ReplayError
from spanloom.instrument.ledger import Ledger

__all__ = ["no_network"]


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse connections to other machines inside the block, and to look for them, except to send traces."""
    ledger = Ledger()
    for method in ("connect", "connect_ex"):
        ledger.replace(socket.socket, method, _connecting_nearby(getattr(socket.socket, method)))
    for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        ledger.replace(socket, function, _resolving_nearby(getattr(socket, function)))
    try:
        yield
    finally:
        ledger.restore()


def _connecting_nearby(connect: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(connect)
    def connect_nearby(self: socket.socket, address: Any, /) -> Any:
        if isinstance(address, tuple) and not _is_here(address[0]) and not is_exported():
            raise _refusal(f"connects to {address[0]}:{address[1]}")
        return connect(self, address)

    return connect_nearby


def _resolving_nearby(resolve: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(resolve)
    def resolve_nearby(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and _address(name) is None and not _is_here(name) and not is_exported():
            raise _refusal(f"looks for {name}")
        return resolve(host, *args, **kwargs)

    return resolve_nearby


def _refusal(what: str) -> ReplayError:
    return ReplayError(
        f"a replay reaches no network, but something {what} by a client that is not known; "
        "let it, by spanloom.replay(..., on_missing='call')"
    )


def _is_here(host: Any) -> bool:
    address = _address(host)
    if address is None:
        return host in ("localhost", socket.gethostname())
    return bool(address.is_loopback or address.is_unspecified)


def _address(host: Any) -> Any:
    try:
        return ip_address(host)
    except ValueError:
        return None
