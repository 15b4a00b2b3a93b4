"""Telling this machine from others, and its own pages from those of other sites."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

__all__ = ["comes_from_own_page", "comes_from_this_machine", "name_in", "names_this_machine"]

_UNIX_SOCKET = ""
"""A client without an address came in through a file of this machine."""


def comes_from_this_machine(scope: Scope) -> bool:
    """Whether the request does, as far as its connection, or a proxy's word for it, tells."""
    client = scope.get("client")
    host = client[0] if client else _UNIX_SOCKET
    return host == _UNIX_SOCKET or (_is_address(host) and ip_address(host).is_loopback)


def comes_from_own_page(headers: Headers) -> bool:
    """Whether no page of another site made a browser send the request.

    Such a page can do so without asking; what it must not do is have an effect.
    """
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


@lru_cache(maxsize=256)  # every request asks
def names_this_machine(host: str) -> bool:
    """Whether a `Host` header is one that no foreign page can have: an address, or a name that only means this one."""
    name = name_in(host)
    return name == "localhost" or name.endswith(".localhost") or _is_address(name)


def name_in(host: str) -> str:
    """Return the name or address in a `Host` header, without a port, which browsers leave out if it is the usual one.

    Example:
        >>> name_in("Server.example:8080"), name_in("[::1]")
        ('server.example', '::1')
    """
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name.strip("[]").lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
