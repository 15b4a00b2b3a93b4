"""Standard agents: the base class, `wrap`, and what an adapter is made of."""

from __future__ import annotations

from spanloom.agents.adapter import Adapter, Run
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.wrap import wrap

__all__ = ["Adapter", "ResponsesAgent", "Run", "wrap"]
