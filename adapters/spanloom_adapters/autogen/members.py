"""Who an agent or a team consists of.

AutoGen shows its participants, wrapped agents and tools to nobody, so their attributes are read by name; where one is
missing, its members are simply not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "everybody",
    "human_names",
    "is_a",
    "manager_names",
    "members",
    "name_of",
    "participant_names",
    "task_roots",
    "teams",
]


def name_of(agent: Any) -> str:
    """Return the agent's name; runners need not have one."""
    return str(getattr(agent, "name", None) or type(agent).__name__)


def members(agent: Any) -> list[Any]:
    """Return the agent and those that speak in its name: participants, inner teams, wrapped agents."""
    return _reachable(agent, _below)


def task_roots(agent: Any) -> list[Any]:
    """Return the agent and the agents and teams that its members use as tools, at any depth."""
    return _reachable(agent, lambda root: [runner for member in members(root) for runner in _tool_runners(member)])


def everybody(agent: Any) -> Iterator[Any]:
    """Yield all agents and teams that have a part in the agent's runs."""
    for root in task_roots(agent):
        yield from members(root)


def teams(agent: Any) -> list[Any]:
    """Return those of everybody that are teams with a runtime of their own."""
    return [each for each in everybody(agent) if getattr(each, "_embedded_runtime", False)]


def participant_names(team: Any) -> frozenset[str]:
    """Return the names of a team's direct participants; none for an agent."""
    return frozenset(participant.name for participant in _participants(team))


def human_names(agent: Any) -> frozenset[str]:
    """Return the names of the members that speak for a person."""
    return frozenset(member.name for member in members(agent) if is_a(member, "UserProxyAgent"))


def manager_names(agent: Any) -> frozenset[str]:
    """Return the names under which the managers of teams choose speakers."""
    return frozenset(getattr(member, "_group_chat_manager_name", "") for member in members(agent))


def is_a(agent: Any, class_name: str) -> bool:
    """Tell whether the agent's class, or a base of it, is AutoGen's class of that name."""
    return any(kind.__name__ == class_name and kind.__module__.startswith("autogen_") for kind in type(agent).__mro__)


def _reachable(start: Any, below: Callable[[Any], list[Any]]) -> list[Any]:
    found: list[Any] = []
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if not any(each is known for known in found):
            found.append(each)
            waiting += below(each)
    return found


def _participants(team: Any) -> list[Any]:
    found = getattr(team, "_participants", None)
    return found if isinstance(found, list) else []


def _below(agent: Any) -> list[Any]:
    inner = (getattr(agent, "_team", None), getattr(agent, "_wrapped_agent", None))
    return [*_participants(agent), *(each for each in inner if each is not None)]


def _tool_runners(agent: Any) -> Iterator[Any]:
    workbenches = getattr(agent, "_workbench", None)
    for workbench in workbenches if isinstance(workbenches, list | tuple) else ():
        for tool in getattr(workbench, "_tools", None) or ():
            runner = getattr(tool, "_task_runner", None)
            if runner is not None:
                yield runner
