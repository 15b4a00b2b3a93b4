"""Who an agent or a team consists of.

AutoGen shows its participants, wrapped agents and tools to nobody, so their attributes are read by name; where one is
missing, its members are simply not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["everybody", "human_names", "is_a", "manager_names", "members", "participant_names", "task_roots", "teams"]


def members(agent: Any) -> list[Any]:
    """Return the agent and those that speak in its name: participants, inner teams, wrapped agents."""
    found: list[Any] = []
    waiting = [agent]
    while waiting:
        member = waiting.pop()
        if not any(member is known for known in found):
            found.append(member)
            waiting += _below(member)
    return found


def task_roots(agent: Any) -> list[Any]:
    """Return the agent and the agents and teams that its members use as tools, at any depth."""
    roots: list[Any] = []
    waiting = [agent]
    while waiting:
        root = waiting.pop()
        if not any(root is known for known in roots):
            roots.append(root)
            waiting += [runner for member in members(root) for runner in _tool_runners(member)]
    return roots


def everybody(agent: Any) -> Iterator[Any]:
    """Yield all agents and teams that have a part in the agent's runs."""
    for root in task_roots(agent):
        yield from members(root)


def teams(agents: Iterable[Any]) -> list[Any]:
    """Return those that are teams with a runtime of their own."""
    return [agent for agent in agents if getattr(agent, "_embedded_runtime", False)]


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
