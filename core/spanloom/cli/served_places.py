"""What `spanloom serve` may be given: an agent to import, or a model to load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spanloom.serving import command
from spanloom.serving.agents import LabelledAgent
from spanloom.tracing.attributes import MODEL_ID

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["APPLICATION", "application", "find_agent", "settled"]

APPLICATION: Final = f"{__name__}:application"
"""Where the processes that serve find `application`."""

_URI = re.compile(r"[a-z][a-z0-9+.-]+:/")
_KEPT = re.compile(r"m-[0-9a-f]{32}")
_REGISTERED = re.compile(r"models:/+([^/@]+)")


def application() -> FastAPI:
    """Make the application that the environment describes."""
    return command.application(find_agent)


def find_agent(place: str) -> tuple[str, Any] | None:
    """Import an agent, or load a model; return what it is called by default, too.

    Raises:
        AgentError: If the agent is not there.
        ModelError: If the model can't be loaded.
    """
    if not _is_model(place):
        return command.import_agent(place)
    from spanloom.models.load import load_model
    from spanloom.models.loaded_agents import served_model

    name, model = Path(place).name, load_model(place)
    # The copy that a registry keeps is called by an id of its own.
    model_id = name if _KEPT.fullmatch(name) else model.metadata.model_id
    return name, LabelledAgent(served_model(model, name), {MODEL_ID: model_id} if model_id else {})


def settled(reference: str) -> str:
    """Return a reference that means the same model tomorrow and in every process: an alias may move in between.

    Raises:
        ModelError: If there is no such model.
    """
    name, place = command.split(reference)
    if not _is_model(place):
        return reference
    from spanloom.models.uris import resolve

    folder = resolve(place)
    registered = _REGISTERED.match(place)
    return f"{name or (registered[1] if registered else folder.name)}={folder}"


def _is_model(place: str) -> bool:
    return _URI.match(place) is not None or (Path(place).expanduser() / "MLmodel").is_file()
