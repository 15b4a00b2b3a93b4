"""What `spanloom serve` hands to the processes that serve: a description of the server, in their environment."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

import spanloom
from spanloom.errors import AgentError
from spanloom.serving import handlers
from spanloom.serving.agent_server import AgentServer
from spanloom.serving.git_version import setup_git_version_tracking
from spanloom.serving.process import rest_from_collecting
from spanloom.serving.settings import ServerSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["Find", "application", "import_agent", "make_server", "remember", "split"]

_VARIABLE = "SPANLOOM_SERVER"

Find = Callable[[str], tuple[str, Any] | None]
"""Returns the agent that a reference means, and what it is called by default; `None`: functions were registered."""


def remember(references: Sequence[str], settings: ServerSettings) -> None:
    """Describe the server in the environment, for `application` in this process or in others.

    Args:
        references: `[name=]place` each.
        settings: The limits.
    """
    os.environ[_VARIABLE] = orjson.dumps({"agents": list(references), "settings": asdict(settings)}).decode()


def application(find: Find) -> FastAPI:
    """Make the application that the environment describes."""
    description = orjson.loads(os.environ[_VARIABLE])
    app = make_server(description["agents"], ServerSettings(**description["settings"]), find).app
    rest_from_collecting()
    return app


def make_server(references: Sequence[str], settings: ServerSettings, find: Find) -> AgentServer:
    """Find agents and return the server that has them; every call is traced, with the version of the code.

    Args:
        references: `[name=]place` each.
        settings: The limits.
        find: Knows what a place means.

    Raises:
        AgentError: If one is not there.
    """
    spanloom.autolog()
    setup_git_version_tracking()
    agents: dict[str, Any] = {}
    for reference in references:
        name, place = split(reference)
        found = find(place)
        if found is None:
            continue
        default, agent = found
        name = name or default
        if name in agents:
            raise AgentError(f"two agents are called {name!r}: name them, e.g. support={place}")
        agents[name] = agent
    if agents and handlers.registered:
        raise AgentError("serve agents, or functions registered with @invoke() and @stream(); not both")
    if not agents and not handlers.registered:
        raise AgentError(
            f"{references[0]} registers no function with @invoke() or @stream(): name an agent, module:agent"
        )
    return AgentServer(agents=agents, settings=settings) if agents else AgentServer("ResponsesAgent", settings=settings)


def split(reference: str) -> tuple[str | None, str]:
    """Return the name that a reference gives, if any, and the place."""
    name, equals, place = reference.partition("=")
    return (name, place) if equals else (None, reference)


def import_agent(place: str) -> tuple[str, Any] | None:
    """Import `module:attribute`. A module by itself stands for the functions that it registers.

    Raises:
        AgentError: If it is not there.
    """
    module, _, attribute = place.partition(":")
    found = _import(module)
    if not attribute:
        return None
    agent = _attribute(found, attribute, place)
    if isinstance(agent, AgentServer):
        raise AgentError(f"{place} is an AgentServer already: run its script, or serve its agents")
    return _name_of(agent, attribute), agent


def _import(module: str) -> Any:
    if module.endswith(".py"):
        path = Path(module)
        if not path.exists():
            raise AgentError(f"there is no file {module!r} in {Path.cwd()}")
        sys.path.insert(0, str(path.absolute().parent))
        return importlib.import_module(path.stem)
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # something that the module itself imports
        raise AgentError(f"there is no module {module!r} in {Path.cwd()} or among the installed ones") from error


def _attribute(module: Any, attribute: str, place: str) -> Any:
    found = module
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            there = ", ".join(name for name in vars(module) if not name.startswith("_")) or "nothing"
            raise AgentError(f"{place}: the module has no {attribute!r}; it has {there[:300]}") from None
    return found


def _name_of(agent: Any, attribute: str) -> str:
    own = getattr(agent, "name", None)
    return own if isinstance(own, str) and own else attribute.rpartition(".")[2]
