"""A real MLflow server shows what it is sent. `SPANLOOM_MLFLOW_PYTHON` names a Python that has mlflow 3.6 or newer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import spanloom
from spanloom import SpanType, TokenUsage
from spanloom.otlp import OtlpExporter
from spanloom.tracing import attributes

PYTHON = os.environ.get("SPANLOOM_MLFLOW_PYTHON", "")

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="SPANLOOM_MLFLOW_PYTHON names no Python with mlflow"),
    pytest.mark.timeout(300),
]

READ = """
import json, sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
trace = mlflow.get_trace(sys.argv[2])
info = trace.info
print(json.dumps({
    "state": info.state.value, "usage": info.token_usage, "tags": info.tags, "metadata": info.trace_metadata,
    "previews": [info.request_preview, info.response_preview],
    "spans": {span.name: {
        "type": span.span_type, "inputs": span.inputs, "outputs": span.outputs, "status": span.status.status_code.value,
        "parent": span.parent_id, "attributes": span.attributes,
    } for span in trace.data.spans},
}))
"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [PYTHON, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", str(folder)]
    with (folder / "log").open("w+") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            while not answers(f"{url}/health"):
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.5)
            yield url
        finally:
            process.terminate()


def shown(server: str, trace_id: str) -> dict[str, Any]:
    command = [PYTHON, "-c", READ, server, f"tr-{trace_id}"]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def test_inputs_outputs_types_tokens_and_labels_are_shown(server: str) -> None:
    exporter = OtlpExporter(server, headers={"x-mlflow-experiment-id": "0"}, timeout=60)
    spanloom.configure(exporters=[exporter])
    question = {"messages": [{"role": "user", "content": "Weather in Paris?"}], "model": "gpt-5"}
    answer = {"messages": [{"role": "assistant", "content": "Sunny, 21 °C."}]}
    labels = spanloom.tracing_context(session_id="chat-42", user="ada", tags={"env": "prod"})
    with labels, spanloom.start_span("support", span_type=SpanType.AGENT) as agent:
        agent.set_inputs("Weather in Paris?")
        with spanloom.start_span("chat gpt-5", span_type=SpanType.CHAT_MODEL) as model:
            model.set_inputs(question)
            model.set_outputs(answer)
            model.set_token_usage(TokenUsage(12, 5, cache_read_input_tokens=4))
            model.set_attributes({attributes.PROVIDER: "openai", attributes.REQUEST_MODEL: "gpt-5"})
        with spanloom.start_span("temperature", span_type=SpanType.TOOL) as tool:
            tool.set_inputs({"city": "Paris"})
            tool.set_outputs(21)
        with pytest.raises(LookupError), spanloom.start_span("guard", span_type=SpanType.GUARDRAIL):
            raise LookupError("no rules")
        agent.set_token_usage(TokenUsage(12, 5))
        agent.set_outputs("Sunny, 21 °C.")
    assert spanloom.flush(10)
    assert exporter.flush(90)
    assert exporter.dropped == 0
    found = shown(server, agent.trace_id)
    spans = found["spans"]
    assert found["state"] == "OK"
    assert {name: span["type"] for name, span in spans.items()} == {
        "support": "AGENT",
        "chat gpt-5": "CHAT_MODEL",
        "temperature": "TOOL",
        "guard": "GUARDRAIL",
    }
    assert (spans["support"]["inputs"], spans["support"]["outputs"]) == ("Weather in Paris?", "Sunny, 21 °C.")
    assert (spans["chat gpt-5"]["inputs"], spans["chat gpt-5"]["outputs"]) == (question, answer)
    assert (spans["temperature"]["inputs"], spans["temperature"]["outputs"]) == ({"city": "Paris"}, 21)
    assert spans["guard"]["status"] == "ERROR"
    assert spans["chat gpt-5"]["parent"] == agent.span_id
    assert spans["chat gpt-5"]["attributes"]["mlflow.llm.model"] == "gpt-5"
    usage = {name: found["usage"][name] for name in ("input_tokens", "output_tokens", "total_tokens")}
    assert usage == {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}, "counted once"
    assert found["tags"]["env"] == "prod"
    assert found["metadata"]["mlflow.trace.session"] == "chat-42"
    assert found["metadata"]["mlflow.trace.user"] == "ada"
    assert found["previews"] == ['"Weather in Paris?"', '"Sunny, 21 °C."']
