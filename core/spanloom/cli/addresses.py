"""Addresses that servers listen on, as people use them."""

from __future__ import annotations

from typing import Final

__all__ = ["LOOPBACK", "base_url"]

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that only this machine reaches."""

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def base_url(host: str, port: int) -> str:
    """Return where a server that listens there is found from this machine."""
    name = _ANY_ADDRESS.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
