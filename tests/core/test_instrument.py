from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.errors import MissingExtraError, PluginError
from spanloom.instrument import CallHandler, Hook, Patch, Plugin
from spanloom.instrument.installation import Installation
from spanloom.instrument.registry import installations
from spanloom.testing import outline
from spanloom.tracing import TokenUsage
from spanloom.tracing.guard import failures
from spanloom.tracing.recorder import open_span

LIBRARY = """
class Base:
    def inherited(self, x): return x

class Client(Base):
    def call(self, x): return {"answer": x}
    async def acall(self, x): return {"answer": x}
    def stream(self, n): yield from range(n)
    async def astream(self, n):
        for i in range(n): yield i
    @classmethod
    def make(cls, x): return cls.__name__ + x
    @staticmethod
    def plain(x): return x
    def fail(self, x): raise ValueError(x)

def function(x): return x
"""

HANDLER = CallHandler(
    span_type="CHAT_MODEL",
    name=lambda call: f"call {call.args[0]}",
    inputs=lambda call: {"args": call.args, **call.kwargs},
    attributes=lambda call: {"instance": type(call.instance).__name__},
    usage=lambda result: TokenUsage(1, 2) if isinstance(result, dict) else None,
    client=True,
)
TARGETS = (
    "Client.call",
    "Client.acall",
    "Client.stream",
    "Client.astream",
    "Client.make",
    "Client.plain",
    "Client.fail",
    "Client.inherited",
    "function",
)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an importable module that is not imported yet."""
    (tmp_path / "acme_library.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield "acme_library"
    sys.modules.pop("acme_library", None)


def plugin(module: str, *targets: str, handler: CallHandler = HANDLER) -> Plugin:
    patches = tuple(Patch(module, target, handler) for target in targets)
    return Plugin(name="acme", package="acme", requires=">=1", patches=patches)


def test_patching_waits_for_the_import_and_undo_restores_the_very_same_objects(library: str) -> None:
    finders = list(sys.meta_path)
    installation = Installation(plugin(library, *TARGETS), {})
    assert library not in sys.modules
    assert installation.installed == []
    module: Any = importlib.import_module(library)
    assert len(installation.installed) == len(TARGETS)
    assert sys.meta_path == finders
    installation.remove()
    again = importlib.util.module_from_spec(importlib.util.find_spec(library))
    again.__spec__.loader.exec_module(again)
    assert vars(module.Client).keys() == vars(again.Client).keys(), "an inherited method is inherited again"
    assert type(vars(module.Client)["make"]) is classmethod
    assert type(vars(module.Client)["plain"]) is staticmethod


def test_undo_is_exact_when_the_library_was_imported_before(library: str) -> None:
    module: Any = importlib.import_module(library)
    before = {name: dict(vars(owner)) for name, owner in (("class", module.Client), ("module", module))}
    installation = Installation(plugin(library, *TARGETS), {})
    assert vars(module.Client)["call"] is not before["class"]["call"]
    captured = module.Client().call
    installation.remove()
    assert dict(vars(module.Client)) == before["class"]
    assert dict(vars(module)) == before["module"]
    assert all(vars(module.Client)[name] is value for name, value in before["class"].items())
    assert captured(1) == {"answer": 1}, "a method captured while patched still works"
    assert spanloom.search_traces() == []


def test_a_method_captured_while_patched_is_observed_again_after_off_and_on(library: str) -> None:
    module: Any = importlib.import_module(library)
    first = Installation(plugin(library, "Client.call"), {})
    captured = module.Client().call
    first.remove()
    captured(1)
    assert spanloom.search_traces() == []
    second = Installation(plugin(library, "Client.call"), {})
    captured(2)
    module.Client().call(3)
    second.remove()
    captured(4)
    assert sorted(trace.info.name for trace in spanloom.search_traces()) == ["call 2", "call 3"]


def test_somebody_elses_later_patch_is_left_alone(library: str) -> None:
    module: Any = importlib.import_module(library)
    installation = Installation(plugin(library, "Client.call"), {})
    ours = module.Client.call

    def theirs(self: Any, x: Any) -> Any:
        return ours(self, x)

    module.Client.call = theirs
    installation.remove()
    assert module.Client.call is theirs
    assert module.Client().call(1) == {"answer": 1}
    assert spanloom.search_traces() == []


def test_a_class_that_took_the_method_of_a_patched_one_is_observed_once_and_restored(library: str) -> None:
    module: Any = importlib.import_module(library)
    original = vars(module.Client)["call"]
    installation = Installation(plugin(library, "Client.call"), {})

    class Copy:  # as if it were imported after `Client` was patched
        call = module.Client.call

    module.Copy = Copy
    installation._patch(Patch(library, "Copy.call", HANDLER), module)
    assert module.Copy().call(1) == {"answer": 1}
    installation.remove()
    assert [len(trace.data.spans) for trace in spanloom.search_traces()] == [1]
    assert vars(module.Client)["call"] is original
    assert vars(module.Copy)["call"] is original


def test_every_kind_of_function_is_observed(library: str) -> None:
    module: Any = importlib.import_module(library)
    installation = Installation(plugin(library, *TARGETS), {})
    client = module.Client()

    async def use_async() -> None:
        assert await client.acall(2) == {"answer": 2}
        assert [i async for i in client.astream(2)] == [0, 1]

    assert client.call(1) == {"answer": 1}
    asyncio.run(use_async())
    assert list(client.stream(3)) == [0, 1, 2]
    assert module.Client.make("x") == "Clientx"
    assert module.Client.plain("y") == "y"
    assert client.inherited("z") == "z"
    assert module.function("f") == "f"
    with pytest.raises(ValueError, match="w"):
        client.fail("w")
    installation.remove()
    spans = {trace.info.name: trace.data.spans[0] for trace in spanloom.search_traces()}
    assert len(spans) == 9 - 1, "two calls carry the same name"
    assert spans["call 1"].outputs == {"answer": 1}
    assert spans["call 3"].outputs == [0, 1, 2]
    assert spans["call w"].status == "ERROR"
    assert spans["call 1"].token_usage == TokenUsage(1, 2, 3)
    assert spans["call 1"].attributes["instance"] == "Client"


def test_an_observed_stream_keeps_no_more_chunks_than_configured(library: str) -> None:
    spanloom.configure(max_stream_chunks=2)
    module: Any = importlib.import_module(library)
    installation = Installation(plugin(library, "Client.stream"), {})
    assert list(module.Client().stream(5)) == [0, 1, 2, 3, 4]
    installation.remove()
    assert spanloom.search_traces()[0].data.spans[0].outputs == [0, 1]


def test_a_reader_that_fails_loses_only_its_part(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STRICT", "0")

    def broken(*_: Any) -> Any:
        raise RuntimeError("drifted")

    module: Any = importlib.import_module(library)
    handler = HANDLER._replace(usage=broken, inputs=broken, name=broken)
    Installation(plugin(library, "Client.call", handler=handler), {})
    assert module.Client().call(1) == {"answer": 1}
    assert module.Client().call(2) == {"answer": 2}
    span = spanloom.search_traces()[0].data.spans[0]
    assert (span.name, span.inputs, span.outputs, span.token_usage) == ("CHAT_MODEL", None, {"answer": 2}, None)
    assert failures == {"acme: span name": 2, "acme: inputs": 2, "acme: usage": 2}


def test_a_target_that_is_gone_skips_that_patch_only(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    installation = Installation(plugin(library, "Client.renamed", "Client.call"), {})
    module: Any = importlib.import_module(library)
    assert installation.installed == ["acme_library:Client.call"]
    assert installation.skipped == {"acme_library:Client.renamed": "AttributeError: renamed"}
    assert module.Client().call(1) == {"answer": 1}


def test_a_client_call_inside_a_frameworks_model_span_adds_its_facts_to_that(library: str) -> None:
    module: Any = importlib.import_module(library)
    Installation(plugin(library, "Client.call"), {})
    with spanloom.start_span("agent", "AGENT"):
        model = open_span("framework model", "CHAT_MODEL", owner="framework")
        with spanloom.tracing.use_span(model):
            module.Client().call(1)
            module.Client().call(2)
        model.end()
    [trace] = spanloom.search_traces()
    assert outline(trace) == (
        "AGENT agent\n  CHAT_MODEL framework model [1+2 tokens]\n    CHAT_MODEL call 2 [1+2 tokens]"
    )
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.total == 3


def test_hooks_join_and_leave_with_the_plugins_options(library: str) -> None:
    seen: list[Any] = []

    def install(options: Mapping[str, Any]) -> Callable[[], None]:
        seen.append(dict(options))
        return lambda: seen.append("left")

    hook = Hook(library, "events", install)
    installation = Installation(Plugin("acme", "acme", ">=1", hooks=(hook,)), {"verbose": True})
    assert seen == []
    importlib.import_module(library)
    assert seen == [{"verbose": True}]
    installation.remove()
    assert seen == [{"verbose": True}, "left"]


def test_a_failure_of_ours_never_breaks_the_users_import(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STRICT", "0")

    def install(_: Mapping[str, Any]) -> Callable[[], None]:
        raise RuntimeError("drifted")

    Installation(Plugin("acme", "acme", ">=1", hooks=(Hook(library, "events", install),)), {})
    assert importlib.import_module(library).function(1) == 1


def test_removed_before_the_import_nothing_is_patched(library: str) -> None:
    finders = list(sys.meta_path)
    installation = Installation(plugin(library, "Client.call"), {})
    installation.remove()
    assert sys.meta_path == finders
    assert type(vars(importlib.import_module(library).Client)["call"]).__name__ == "function"


def test_an_unknown_plugin_lists_the_known_ones() -> None:
    with pytest.raises(
        PluginError, match=r"no autolog plugin is named 'openia'; did you mean 'openai'\? known plugins:"
    ):
        spanloom.autolog("openia")
    with pytest.raises(PluginError, match=r"no autolog plugin is named 'nonsense'; known plugins: .*openai"):
        spanloom.autolog("nonsense", disable=True)


def test_unknown_options_are_refused_with_the_known_ones() -> None:
    with pytest.raises(PluginError, match="has no option 'verbose'; its options:"):
        spanloom.autolog("openai", verbose=True)
    with pytest.raises(PluginError, match="autolog options belong to one plugin"):
        spanloom.autolog(verbose=True)


def test_naming_a_plugin_whose_framework_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = plugin("no_such_framework.client", "Client.call")
    monkeypatch.setattr("spanloom.instrument.registry.load_plugin", lambda name: absent)
    with pytest.raises(MissingExtraError, match=r"pip install 'spanloom\[acme\]'"):
        spanloom.autolog("acme")
    assert "acme" not in installations


def test_autolog_twice_patches_once() -> None:
    spanloom.autolog()
    first = dict(installations)
    spanloom.autolog()
    assert installations.keys() == first.keys()
    spanloom.autolog(disable=True)
    assert installations == {}
