"""What `spanloom serve` hands to the processes that serve: a description of the server, in their environment."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
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

__all__ = ["application", "make_server", "remember"]

_VARIABLE = "SPANLOOM_SERVER"


def remember(references: Sequence[str], settings: ServerSettings) -> str:
    """Describe the server in the environment, for `application` in this process or in others; return its import string.

    Args:
        references: `[name=]module:attribute` or `module` each.
        settings: The limits.
    """
    os.environ[_VARIABLE] = orjson.dumps({"agents": list(references), "settings": asdict(settings)}).decode()
    return f"{__name__}:application"


def application() -> FastAPI:
    """Make the application that the environment describes."""
    description = orjson.loads(os.environ[_VARIABLE])
    app = make_server(description["agents"], ServerSettings(**description["settings"])).app
    rest_from_collecting()
    return app


def make_server(references: Sequence[str], settings: ServerSettings) -> AgentServer:
    """Import agents and return the server that has them; every call is traced, with the version of the code.

    A module by itself stands for the functions that it registers with `@invoke()` and `@stream()`.

    Raises:
        AgentError: If one is not there.
    """
    spanloom.autolog()
    setup_git_version_tracking()
    agents: dict[str, Any] = {}
    for reference in references:
        name, place = _split(reference)
        module, _, attribute = place.partition(":")
        found = _import(module)
        if not attribute:
            continue
        agent = _attribute(found, attribute, place)
        if isinstance(agent, AgentServer):
            raise AgentError(f"{place} is an AgentServer already: run its script, or serve its agents")
        name = name or _name_of(agent, attribute)
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


def _split(reference: str) -> tuple[str | None, str]:
    name, equals, place = reference.partition("=")
    return (name, place) if equals else (None, reference)


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
