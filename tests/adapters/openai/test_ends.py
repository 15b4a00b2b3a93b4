"""Runs that are stopped, and objects that can't be wrapped."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading

import openai
import pytest

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply
from spanloom_adapters.openai import adapter


def test_closing_the_stream_ends_the_request_and_its_thread(agent, server):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate, hold_after=1), Reply("ok")])
    stream = agent.predict_stream(input="hi")
    assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "one "
    stream.close()
    assert server.requests[0].closed_early.wait(10)
    assert "spanloom-agent-run" not in {thread.name for thread in threading.enumerate()}
    gate.set()
    assert agent.predict(input="hi").output_text == "ok"


def test_a_run_that_takes_too_long_ends_the_request(client, api, server):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate)])
    agent = spanloom.wrap(client, model="gpt-test", api=api, timeout=0.3)
    with pytest.raises(spanloom.errors.AgentTimeoutError):
        agent.predict(input="hi")
    assert server.requests[0].closed_early.wait(10)
    gate.set()


@pytest.mark.parametrize("target", sorted(adapter.targets))
def test_every_target_is_a_class_of_the_package(target: str):
    module, _, name = target.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_clients_for_azure_are_clients_too(server):
    with openai.AzureOpenAI(
        base_url=server.base_url, api_key="unused", api_version="2025-04-01-preview", max_retries=0
    ) as client:
        agent = spanloom.wrap(client, model="my-deployment", name="azure")
        assert repr(agent) == "<WrappedAgent 'azure' (openai)>"
        assert agent.predict(input="hi").output_text == "echo: hi"


def test_loading_the_adapter_imports_no_framework():
    code = (
        "import sys, spanloom_adapters.openai, spanloom_adapters.callable\n"
        "print([name for name in sys.modules if name.startswith(('openai', 'httpx'))])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, r'wrap\(client, model="gpt-5"\)'),
        ({"model": "m", "api": "completions"}, "api='completions': expected 'responses' or 'chat'"),
        ({"model": "m", "apis": "chat"}, "did you mean 'api'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict, problem: str):
    with openai.OpenAI(api_key="unused") as client, pytest.raises(AgentError, match=problem):
        spanloom.wrap(client, **options)
