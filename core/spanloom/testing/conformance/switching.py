"""Switching autologging on, off and on again, before and after the framework is imported."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from spanloom.instrument import autolog
from spanloom.instrument.registry import installations, load_plugin
from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.fresh import outline_in_a_fresh_process
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.script import ANSWER, CALL, TOOL_TREE, get_weather
from spanloom.testing.conformance.tree import model_spans

__all__: list[str] = []

_ONE_CALL = "CHAT_MODEL"


@scenario()
def with_the_clients_plugin(case: Case) -> None:
    """The framework's plugin and its client's: still one span a model call, and tokens are counted once."""
    if case.driver.client is not None:
        autolog(case.driver.client)
    _ask(case)
    trace = case.expect(_tree(case))
    assert trace.info.token_usage is not None
    expected = 49 if case.driver.kind == "agent" else 35
    assert trace.info.token_usage.total_tokens == expected, trace.info.token_usage
    assert all(model.token_usage for model in model_spans(trace))


@scenario("run", "arun", once=True)
def switched_on_twice(case: Case) -> None:
    """Switching on again changes nothing."""
    autolog()
    autolog(case.driver.plugin)
    _ask(case)
    case.expect(_tree(case))


@scenario()
def disabled_and_enabled_again(case: Case) -> None:
    """Off: the framework works and nothing is traced, also through an agent built while on. On: all is back."""
    server = case.server(*_script(case))
    agent = case.agent(server, *_tools(case))
    autolog(case.driver.plugin, disable=True)
    assert case.ask(agent, "Paris?") in ("It is sunny.", None)
    assert case.traces() == []
    autolog(case.driver.plugin)
    _ask(case)
    case.expect(_tree(case))


@scenario("run", "arun", once=True)
def undo_is_exact(case: Case) -> None:
    """Every function of the framework is the very same object as before, and its callbacks are as they were."""
    autolog(disable=True)
    _ask(case)  # so that whatever the framework makes on first use is there
    before, footprint = _functions(case.driver.plugin), [*case.driver.footprint()]
    autolog(case.driver.plugin)
    _ask(case)
    assert installations[case.driver.plugin].installed
    assert not installations[case.driver.plugin].skipped, installations[case.driver.plugin].skipped
    autolog(case.driver.plugin, disable=True)
    after = _functions(case.driver.plugin)
    changed = [name for name, function in before.items() if after.get(name) is not function]
    assert not changed, f"not restored: {changed}"
    restored = [*case.driver.footprint()]
    assert len(restored) == len(footprint)
    assert all(now is then for now, then in zip(restored, footprint, strict=True)), (footprint, restored)


@scenario("run", "arun", once=True)
def switched_on_before_the_import(case: Case) -> None:
    """`autolog()` comes first, then the program imports the framework."""
    _expect_in_a_fresh_process(case, "before")


@scenario("run", "arun", once=True)
def switched_on_after_the_import(case: Case) -> None:
    """The program imports the framework first."""
    _expect_in_a_fresh_process(case, "after")


def _expect_in_a_fresh_process(case: Case, when: str) -> None:
    server = case.server(*_script(case))
    found = outline_in_a_fresh_process(case.driver, case.mode, server.base_url, when)
    expected = _tree(case).strip("\n")
    assert found == expected, f"expected\n{expected}\nfound\n{found}"


def _ask(case: Case) -> None:
    case.ask(case.agent(case.server(*_script(case)), *_tools(case)), "Paris?")


def _script(case: Case) -> tuple[Any, ...]:
    return (CALL, ANSWER) if case.driver.kind == "agent" else (ANSWER,)


def _tools(case: Case) -> tuple[Any, ...]:
    return (get_weather,) if case.driver.kind == "agent" else ()


def _tree(case: Case) -> str:
    return TOOL_TREE if case.driver.kind == "agent" else _ONE_CALL


def _functions(plugin_name: str) -> dict[str, Any]:
    """Return every function that stands in a module or class of the packages that the plugin patches, by its place."""
    plugin = load_plugin(plugin_name)
    points = [*(patch.module for patch in plugin.patches), *(hook.module for hook in plugin.hooks)]
    packages = {module.partition(".")[0] for module in points}
    found: dict[str, Any] = {}
    for name, module in list(sys.modules.items()):
        if module is None or name.partition(".")[0] not in packages:
            continue
        for owner in (module, *(value for value in vars(module).values() if inspect.isclass(value))):
            place = f"{name}:{getattr(owner, '__qualname__', '')}"
            for attribute, value in list(vars(owner).items()):
                if callable(value) or isinstance(value, classmethod | staticmethod | property):
                    found[f"{place}.{attribute}"] = value
    return found
