"""What the requests of one server share."""

from __future__ import annotations

from dataclasses import dataclass

from spanloom.serving.admission import Admission
from spanloom.serving.agents import ServedAgents
from spanloom.serving.metrics import Metrics
from spanloom.serving.settings import ServerSettings
from spanloom.serving.stored_responses import StoredResponses

__all__ = ["ServerState"]


@dataclass(frozen=True)
class ServerState:
    """What the requests of one server share.

    Attributes:
        agents: The agents.
        settings: The limits.
        admission: Who may come in.
        metrics: What is counted.
        stored: Responses that can be continued.
    """

    agents: ServedAgents
    settings: ServerSettings
    admission: Admission
    metrics: Metrics
    stored: StoredResponses
