"""Joining and leaving LangChain."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool
from langchain_core.tracers import context

import spanloom
from spanloom.instrument.registry import installations
from spanloom.tracing import outcome
from spanloom.tracing.context import _resolvers
from spanloom.tracing.guard import failures
from spanloom_autolog.langchain import handler as handler_module
from spanloom_autolog.langchain import plugin
from spanloom_autolog.langchain.hook import runs

WATCHED = [(BaseChatModel, "agenerate"), (BaseTool, "arun"), (BaseRetriever, "ainvoke")]


def hooked() -> list[object]:
    """Return everything that the plugin may have changed."""
    return [
        *context._configure_hooks,
        *_resolvers,
        *outcome._control_flow,
        *(vars(owner)[name] for owner, name in WATCHED),
    ]


def test_everything_is_installed():
    assert not installations["langchain"].skipped
    assert len(installations["langchain"].installed) == len(plugin.patches) + len(plugin.hooks)


def test_the_undo_leaves_everything_as_it_was():
    spanloom.autolog(disable=True)
    before, hooks = hooked(), context._configure_hooks
    for _ in range(3):
        spanloom.autolog("langchain")
        assert len(hooked()) > len(before)
        spanloom.autolog("langchain", disable=True)
        after = hooked()
        assert len(after) == len(before)
        assert all(one is other for one, other in zip(after, before, strict=True))
    assert context._configure_hooks is hooks


def test_switched_off_nothing_is_recorded_and_on_again_it_is():
    chain = RunnableLambda(str.upper, name="shout")
    spanloom.autolog("langchain", disable=True)
    chain.invoke("a")
    assert spanloom.search_traces() == []
    spanloom.autolog("langchain")
    chain.invoke("a")
    assert [trace.info.name for trace in spanloom.search_traces()] == ["shout"]


def test_switching_off_in_the_middle_of_a_run_ends_what_is_open(the_trace):
    inner = RunnableLambda(str.upper, name="inner")

    def outer(text: str) -> str:
        spanloom.autolog("langchain", disable=True)
        return inner.invoke(text)

    assert RunnableLambda(outer, name="outer").invoke("a") == "A"
    (span,) = the_trace().data.spans
    assert (span.name, span.status) == ("outer", "CANCELLED")
    assert not runs._open


def test_every_run_is_forgotten_when_it_ends():
    RunnableLambda(str.upper).batch(["a", "b"])
    assert not runs._open


def test_the_open_runs_are_bounded(monkeypatch):
    monkeypatch.setattr("spanloom_autolog.langchain.runs.MAX_OPEN_RUNS", 2)
    chain = RunnableLambda(str.upper, name="inner")
    for _ in range(2):
        chain = RunnableLambda(lambda text, below=chain: below.invoke(text), name="outer")
    chain.invoke("a")
    statuses = [span.status for trace in spanloom.search_traces() for span in trace.data.spans]
    assert statuses.count("CANCELLED") == 2
    assert len(statuses) == 3


def test_a_failure_of_ours_surfaces_in_strict_mode(monkeypatch):
    monkeypatch.setattr(handler_module, "readable", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        RunnableLambda(str.upper).invoke("a")


def test_a_failure_of_ours_never_reaches_the_user(monkeypatch, the_trace, caplog):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    spanloom.autolog("langchain")
    monkeypatch.setattr(handler_module, "readable", lambda _: 1 / 0)
    assert RunnableLambda(str.upper, name="shout").invoke("a") == "A"
    assert the_trace().info.name == "shout"
    assert failures == {"langchain: chain start": 1, "langchain: chain outputs": 1}
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("first", ["import", "autolog"])
def test_the_order_of_import_and_autolog_does_not_matter(tmp_path, first):
    lines = ["from langchain_core.runnables import RunnableLambda", "spanloom.autolog()"]
    if first == "autolog":
        lines.reverse()
    script = f"""
        import sys
        import spanloom
        spanloom.configure(store="sqlite:///{tmp_path / "other.db"}")
        {lines[0]}
        {lines[1]}
        RunnableLambda(str.upper, name="shout").invoke("a")
        print([trace.info.name for trace in spanloom.search_traces()])
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['shout']\n", "")


def test_autolog_imports_nothing_of_langchain():
    script = (
        "import sys, spanloom; spanloom.autolog('langchain'); print([m for m in sys.modules if 'langchain_core' in m])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"
