"""Joining and leaving DSPy."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import dspy
from dspy.clients import execution
from dspy.clients.embedding import Embedder
from dspy.clients.engines.streaming import ListenerBridge
from dspy.dsp.utils.settings import Settings, main_thread_config
from dspy.utils.parallelizer import ParallelExecutor
from dspy.utils.unbatchify import Unbatchify

import spanloom
from spanloom.instrument.registry import installations
from spanloom.testing import Reply
from spanloom.tracing.context import _resolvers
from spanloom_autolog.dspy import plugin
from spanloom_autolog.dspy.hooks import calls

CHANGED = [
    (Settings, "get"),
    (execution, "finalize"),
    (ListenerBridge, "chunk"),
    (ParallelExecutor, "execute"),
    (Unbatchify, "__call__"),
    (Embedder, "__call__"),
    (Embedder, "acall"),
]


def state() -> list[object]:
    return [*main_thread_config["callbacks"], *_resolvers, *(vars(owner)[name] for owner, name in CHANGED)]


def test_everything_is_installed_and_the_undo_leaves_everything_as_it_was():
    assert not installations["dspy"].skipped
    assert len(installations["dspy"].installed) == len(plugin.hooks) + len(plugin.patches)
    spanloom.autolog("dspy", disable=True)
    before = state()
    for _ in range(3):
        spanloom.autolog("dspy")
        assert len(state()) > len(before)
        spanloom.autolog("dspy", disable=True)
        after = state()
        assert len(after) == len(before)
        assert all(one is other for one, other in zip(after, before, strict=True))


def test_dspys_settings_are_not_touched():
    assert main_thread_config["callbacks"] == []
    # Whoever calls `dspy.configure` first is the only thread that may.
    assert sys.modules["dspy.dsp.utils.settings"].config_owner_thread_id is None


def test_it_works_beside_the_callbacks_of_the_user_however_they_configure_them(tmp_path):
    script = f"""
        import threading
        import spanloom
        spanloom.configure(store="sqlite:///{tmp_path / "other.db"}")
        thread = threading.Thread(target=spanloom.autolog, args=("dspy",))
        thread.start()
        thread.join()
        import dspy
        from dspy.utils.callback import BaseCallback

        class Mine(BaseCallback):
            def on_module_start(self, call_id, instance, inputs):
                print("mine")

        class Shout(dspy.Module):
            def forward(self, text):
                return dspy.Prediction(text=text.upper())

        dspy.configure(callbacks=[Mine()])
        Shout()("a")
        with dspy.context(callbacks=[]):
            Shout()("b")
        dspy.settings.configure(callbacks=dspy.settings.get("callbacks"))
        Shout()("c")
        spanloom.autolog("dspy", disable=True)
        Shout()("d")
        print([trace.info.name for trace in spanloom.search_traces()], len(dspy.settings.callbacks))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "mine\nmine\nmine\n['Shout', 'Shout', 'Shout'] 1\n"


def test_switching_off_in_the_middle_of_a_run_ends_what_is_open(lm, the_trace):
    model = lm(Reply("Sunny."))

    class Program(dspy.Module):
        def forward(self):
            spanloom.autolog("dspy", disable=True)
            return model("Paris?")

    with spanloom.start_span("request") as request:
        assert Program()() == ["Sunny."]
        assert spanloom.get_current_active_span() is request
    assert [(span.name, span.status) for span in the_trace().data.spans] == [
        ("request", "OK"),
        ("Program", "CANCELLED"),
    ]
    assert not calls._open


def test_switching_off_in_the_middle_of_an_optimization_leaves_no_silence(lm, the_trace):
    class Optimizer(dspy.teleprompt.Teleprompter):
        def compile(self, student, *, trainset):
            spanloom.autolog("dspy", disable=True)
            return student

    Optimizer().compile(dspy.Predict("question -> answer"), trainset=[])
    with spanloom.start_span("after"):
        pass
    assert sorted(trace.info.name for trace in spanloom.search_traces()) == ["Optimizer", "after"]
