from __future__ import annotations

import logging
import sys
from types import ModuleType

import pytest

import spanloom
from spanloom.instrument import CallHandler, Patch, Plugin, registry

SECRET = "s3cret"


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch):
    """Call the function of a made-up client that two plugins called `acme` and `bolt` each know one of."""
    handler = CallHandler(
        "CHAT_MODEL",
        name=lambda call: "chat",
        inputs=lambda call: call.args[0],
        attributes=lambda call: {"gen_ai.request.model": "m"},
    )
    plugins = {}
    for name in ("acme", "bolt"):
        module = ModuleType(f"{name}_client")
        module.complete = lambda text: f"answer to {text}"
        monkeypatch.setitem(sys.modules, module.__name__, module)
        plugins[name] = Plugin(name, name, ">=1", patches=(Patch(module.__name__, "complete", handler),))
    monkeypatch.setattr(registry, "find_plugins", lambda: dict.fromkeys(plugins, ""))
    monkeypatch.setattr(registry, "load_plugin", plugins.__getitem__)
    monkeypatch.setattr(registry, "_require_framework", lambda plugin: None)

    def call(name: str) -> tuple[object, object, object]:
        sys.modules[f"{name}_client"].complete(SECRET)
        [span] = spanloom.search_traces(max_results=1)[0].data.spans
        return span.inputs, span.outputs, span.attributes.get("gen_ai.request.model")

    return call


WITH, WITHOUT = (SECRET, f"answer to {SECRET}", "m"), (None, None, "m")


def test_content_is_off_for_the_plugins_that_are_named(complete) -> None:
    spanloom.autolog()
    spanloom.autolog("acme", capture_content=False)
    assert (complete("acme"), complete("bolt")) == (WITHOUT, WITH)
    spanloom.autolog("acme")
    assert complete("acme") == WITH


def test_content_is_off_for_all_where_none_is_named(complete) -> None:
    spanloom.autolog(capture_content=False)
    assert (complete("acme"), complete("bolt")) == (WITHOUT, WITHOUT)


def test_the_environment_says_it_for_programs_that_do_not(complete, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_NO_CONTENT", " bolt, ")
    spanloom.autolog()
    assert (complete("acme"), complete("bolt")) == (WITH, WITHOUT)
    spanloom.autolog("bolt", capture_content=True)
    assert complete("bolt") == WITH, "the program has the last word"


def test_a_misspelt_name_in_the_environment_is_reported(
    complete, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SPANLOOM_NO_CONTENT", "acmee")
    with caplog.at_level(logging.WARNING, "spanloom"):
        spanloom.autolog()
    assert "SPANLOOM_NO_CONTENT names no plugin with 'acmee'; known plugins: acme, bolt" in caplog.text
