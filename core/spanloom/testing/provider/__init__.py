"""The scripted model server; its public names are in `spanloom.testing`."""

from __future__ import annotations

__all__: list[str] = []
