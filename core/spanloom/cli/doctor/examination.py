"""Everything the doctor looks at, as data."""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass

import spanloom
from spanloom.cli.doctor.adapters import AdapterFinding, examine_adapters
from spanloom.cli.doctor.plugins import PluginFinding, examine_plugins
from spanloom.cli.stores import file_of, place
from spanloom.errors import StoreError
from spanloom.tracing.guard import failures
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings
from spanloom.tracing.stores import open_store

__all__ = ["Findings", "StoreFinding", "examine"]


@dataclass(frozen=True)
class StoreFinding:
    """The configured store. `exists` is `None` where only opening can tell; `error` says why it can't be used."""

    url: str
    place: str
    exists: bool | None
    error: str | None


@dataclass(frozen=True)
class Findings:
    """What the doctor found. `failures` counts, per step, how often spanloom itself failed in this process."""

    spanloom: str
    python: str
    platform: str
    tracing_enabled: bool
    captures_content: bool
    store: StoreFinding
    plugins: list[PluginFinding]
    adapters: list[AdapterFinding]
    failures: dict[str, int]
    dropped_spans: int

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken; what is merely not installed is fine."""
        broken_plugin = any(plugin.error or plugin.skipped for plugin in self.plugins)
        return not (self.store.error or broken_plugin or any(adapter.error for adapter in self.adapters))


def examine() -> Findings:
    """Look at everything. Imports the installed frameworks: only then it shows whether patches still fit."""
    logging.getLogger("spanloom").addHandler(logging.NullHandler())  # what fails stands in the findings
    return Findings(
        spanloom=spanloom.__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        tracing_enabled=settings.enabled,
        captures_content=settings.capture_content,
        store=_examine_store(),
        plugins=examine_plugins(),
        adapters=examine_adapters(),
        failures=dict(failures),
        dropped_spans=pipeline.dropped,
    )


def _examine_store() -> StoreFinding:
    url = settings.store
    file = file_of(url)
    if file is not None and not file.exists():
        # Opening would make the file, which looking must not.
        error = None if file.parent.is_dir() else f"the folder {file.parent} does not exist; create it"
        return StoreFinding(url, place(url), exists=False, error=error)
    try:
        open_store(url).close()
    except StoreError as error:
        return StoreFinding(url, place(url), exists=True if file is not None else None, error=str(error))
    return StoreFinding(url, place(url), exists=True if file is not None else None, error=None)
