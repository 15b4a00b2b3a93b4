"""Native agents of every framework, saved from code in one process, loaded and called in another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spanloom.instrument.registry import load_plugin
from spanloom.models import save_model
from spanloom.testing import ProviderServer, Reply
from spanloom.testing.adapter_conformance import AdapterDriver

DRIVERS = Path(__file__).parent / "drivers"

AGENT = """
import os
import spanloom
from spanloom.testing.adapter_conformance import NativeSpec
from {module} import driver

spec = NativeSpec(os.environ["MODEL_URL"])
options = driver.options(spec)
agent = driver.agent(spec)
spanloom.models.set_model(spanloom.wrap(agent, **options) if options else agent)
"""
CALL = """
import json, sys
from spanloom.models import load_model

model = load_model(sys.argv[1])
answer = model.predict({"input": "Weather in Paris?"})
events = list(model.predict_stream({"input": [{"role": "user", "content": "Weather in Paris?"}]}))
text = answer["output"][-1]["content"][0]["text"]
print(json.dumps([text, [event["type"] for event in events]]))
"""


@pytest.fixture
def driver(request: pytest.FixtureRequest) -> AdapterDriver:
    chosen: AdapterDriver = request.param
    if chosen.plugin is None:
        pytest.skip("a function is a model of its own kind")
    return chosen


def test_an_agent_answers_and_streams_where_it_was_not_made(driver, monkeypatch, tmp_path):
    monkeypatch.setenv("SPANLOOM_STORE", f"sqlite:///{tmp_path / 'other.db'}")
    folder, script = tmp_path / "model", tmp_path / "agent.py"
    source = DRIVERS / f"{Path(sys.modules[type(driver).__module__].__file__).name}"
    code = tmp_path / f"the_{source.name}"  # some are called like the framework
    code.write_text(source.read_text())
    script.write_text(AGENT.format(module=code.stem))
    with ProviderServer(driver.script([Reply("It is sunny."), Reply("It is sunny.")])) as server:
        monkeypatch.setenv("MODEL_URL", server.base_url)
        save_model(folder, script, code_paths=[code])
        assert not server.requests  # without an input example nothing is asked
        ended = subprocess.run(
            [sys.executable, "-P", "-c", CALL, str(folder)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stderr
    text, events = json.loads(ended.stdout.splitlines()[-1])
    assert "It is sunny." in text
    assert (events[0], events[-1]) == ("response.created", "response.completed")
    requirements = (folder / "requirements.txt").read_text()
    assert f"\n{load_plugin(driver.plugin).package}==" in f"\n{requirements}"
    assert f"spanloom[{','.join(sorted(['models', driver.adapter.replace('_', '-')]))}]==" in requirements
