"""What the servers with pages have in common: errors, who may ask, and the files that their pages share."""

from __future__ import annotations

from contextlib import AbstractContextManager

from spanloom.errors import extra_needed

__all__ = ["server_extra_needed"]


def server_extra_needed(feature: str) -> AbstractContextManager[None]:
    """Tell that the extra `server` is missing if, inside the block, one of its packages can't be imported.

    Args:
        feature: What the user asked for, as it stands at the start of a sentence.
    """
    return extra_needed(feature, "server", "fastapi", "prometheus_client", "starlette", "uvicorn")
