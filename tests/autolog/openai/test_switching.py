from __future__ import annotations

import importlib
import importlib.util
import inspect
import subprocess
import sys

import pytest

import spanloom
from spanloom.instrument.registry import installations
from spanloom_autolog.openai import plugin

HELLO = [{"role": "user", "content": "hello"}]
PATCHES = [patch for patch in plugin.patches if "beta" not in patch.module]
if importlib.util.find_spec("openai.resources.beta.responses") is not None:
    PATCHES = list(plugin.patches)


def attribute(patch):
    owner, name = patch.target.split(".")
    return vars(getattr(importlib.import_module(patch.module), owner))[name]


def ask(client):
    return client.chat.completions.create(model="gpt-5", messages=HELLO)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: f"{patch.module}:{patch.target}")
def test_disabling_restores_the_very_same_function(patch):
    spanloom.autolog("openai", disable=True)
    original = attribute(patch)
    assert inspect.isfunction(original)
    spanloom.autolog("openai")
    assert attribute(patch) is not original
    assert attribute(patch).__wrapped__ is original
    spanloom.autolog("openai", disable=True)
    assert attribute(patch) is original


def test_every_target_exists():
    for patch in PATCHES:
        importlib.import_module(patch.module)
    assert installations["openai"].skipped == {}
    assert set(installations["openai"].installed) == {f"{patch.module}:{patch.target}" for patch in PATCHES}


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: f"{patch.module}:{patch.target}")
def test_a_patched_method_looks_like_the_original(patch):
    observed = attribute(patch)
    original = observed.__wrapped__
    assert inspect.signature(observed) == inspect.signature(original)
    assert (observed.__name__, observed.__doc__) == (original.__name__, original.__doc__)
    assert inspect.iscoroutinefunction(observed) == inspect.iscoroutinefunction(original)


def test_switched_on_twice_still_is_one_span(client):
    spanloom.autolog("openai")
    spanloom.autolog("openai")
    ask(client)
    assert len(spanloom.search_traces()) == 1


def test_switched_off_and_on_again(client):
    spanloom.autolog("openai", disable=True)
    ask(client)
    assert spanloom.search_traces() == []
    spanloom.autolog("openai")
    ask(client)
    assert len(spanloom.search_traces()) == 1


def test_a_raw_response_method_kept_from_before_is_silent_after_the_undo(client):
    raw = client.chat.completions.with_raw_response
    raw.create(model="gpt-5", messages=HELLO)
    spanloom.autolog("openai", disable=True)
    raw.create(model="gpt-5", messages=HELLO)
    assert len(spanloom.search_traces()) == 1


def test_a_stream_begun_before_the_undo_still_ends_its_span(client):
    stream = client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True)
    spanloom.autolog("openai", disable=True)
    list(stream)
    [trace] = spanloom.search_traces()
    assert trace.data.spans[0].outputs["messages"][0]["content"] == "echo: hello"


ORDERS = {
    "before": "spanloom.autolog()\nassert 'openai' not in sys.modules\nimport openai",
    "after": "import openai\nopenai.resources.chat\nspanloom.autolog()",
}


@pytest.mark.parametrize("order", ORDERS)
def test_it_does_not_matter_whether_the_client_was_imported(server, order, tmp_path):
    program = f"""
import sys
import spanloom
spanloom.configure(store="sqlite:///{tmp_path}/traces.db")
{ORDERS[order]}
with openai.OpenAI(base_url={server.base_url!r}, api_key="unused") as client:
    client.chat.completions.create(model="gpt-5", messages={HELLO!r})
    client.embeddings.create(model="embed", input="cats")
print([trace.info.name for trace in spanloom.search_traces()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100)
    assert done.stdout.strip() == "['embeddings embed', 'chat gpt-5']", done.stderr
