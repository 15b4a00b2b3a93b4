"""What the official model clients have in common: one generator (Stainless) writes them all."""

from __future__ import annotations

__all__: list[str] = []
