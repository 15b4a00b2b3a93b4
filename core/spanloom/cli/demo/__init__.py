"""`spanloom demo`: a real agent, a real client, every call traced."""

from __future__ import annotations
