"""Finding the store that a URL names."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

from spanloom.errors import StoreError

if TYPE_CHECKING:
    from spanloom.tracing.exporters import TraceStore

__all__ = ["open_store", "without_password"]

_POSTGRESQL = "spanloom.store.postgresql:PostgresqlStore"
_BUILT_IN = {"sqlite": "spanloom.store.sqlite:SqliteStore", "postgresql": _POSTGRESQL, "postgres": _POSTGRESQL}

_PASSWORD = re.compile(r"(?<=://)([^/@:]*:).*(?=@)|(?<=[?&])(password=)[^&]*")


def open_store(url: str) -> TraceStore:
    """Open the store that `url` names, e.g. `sqlite:///./spanloom.db`.

    Other packages add schemes through the entry-point group `spanloom.stores`: a callable that takes the URL.

    Raises:
        StoreError: If no store has that scheme, or it can't be opened.
    """
    scheme = url.partition("://")[0]
    if scheme in _BUILT_IN:
        module, _, name = _BUILT_IN[scheme].partition(":")
        store: TraceStore = getattr(importlib.import_module(module), name)(url)
        return store
    from importlib.metadata import entry_points

    found = entry_points(group="spanloom.stores")
    if "://" not in url or scheme not in found.names:
        known = ", ".join(f"{name}://…" for name in sorted({*_BUILT_IN, *found.names}))
        raise StoreError(
            f"{without_password(url)!r} names no trace store; expected {known}, "
            "e.g. spanloom.configure(store='sqlite:///./spanloom.db')"
        )
    opened: TraceStore = found[scheme].load()(url)
    return opened


def without_password(url: str) -> str:
    """Return the URL as it may be shown.

    Example:
        >>> without_password("postgresql://ann:secret@db/traces")
        'postgresql://ann:***@db/traces'
    """
    return _PASSWORD.sub(lambda found: f"{found[1] or found[2]}***", url)
