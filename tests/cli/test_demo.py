from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import spanloom
from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall

pytest.importorskip("langchain_openai")


def test_the_demo_streams_an_answer_and_says_where_its_trace_is(finished_demo):
    assert (finished_demo.returncode, finished_demo.stderr) == (0, "")
    stdout, store = finished_demo.stdout, finished_demo.store
    assert "\x1b" not in stdout
    assert "No OPENAI_API_KEY is set: the model is the built-in scripted server" in stdout
    assert 'tool: get_weather(city="Oslo") → 9 °C, light rain\n' in stdout
    assert "answer: It is warmer in Paris: 21 °C and sunny" in stdout
    assert "3 model calls · 3 tool calls · 742 tokens: 653 (320 cached) → 89\n" in stdout
    assert stdout.endswith(
        f"Stored in {store}. Look again:\n"
        f"  spanloom traces list --store sqlite:///{store}\n"
        f"  spanloom traces show {finished_demo.trace.info.trace_id} --store sqlite:///{store}\n"
    )


def test_every_call_is_traced_once_with_its_tokens(finished_demo):
    trace = finished_demo.trace
    root = trace.data.spans[0]
    assert (root.span_type, root.parent_id, root.name, trace.info.state) == ("AGENT", None, "weather_agent", "OK")
    assert [span.token_usage.total for span in trace.search_spans(span_type="CHAT_MODEL")] == [196, 248, 298]
    tools = [span.name for span in trace.search_spans(span_type="TOOL")]
    assert tools == ["get_weather", "get_weather", "get_population"]
    assert {span.status for span in trace.data.spans} == {"OK"}
    assert trace.info.token_usage.total == 742


def test_the_two_lookups_run_in_parallel(finished_demo):
    first, second = finished_demo.trace.search_spans(name="get_weather", span_type="TOOL")
    assert second.start_time_ns < first.end_time_ns


def test_another_process_shows_the_same_tree(finished_demo):
    tree = finished_demo.stdout.partition("\ntrace\n")[2].partition("\n\n")[0]
    assert tree.startswith("AGENT weather_agent")
    assert f"\n{tree}\n" in finished_demo.shown


def test_json_is_one_document_with_answer_and_trace(run_spanloom):
    document = json.loads(run_spanloom("demo", "--json").stdout)
    assert document["scripted"] is True
    assert document["answer"].endswith("About 2.1 million people live in Paris.")
    stored = spanloom.search_traces()[0]
    assert document["trace"] == stored.to_dict()


def test_a_provider_of_ones_own_is_asked(run_spanloom):
    script = [Reply(tool_calls=[ToolCall("get_population", {"city": "Rome"})]), Reply("Nobody knows \x1b[31mRome.")]
    with ProviderServer(script) as server:
        finished = run_spanloom("demo", "--model", "llama", OPENAI_BASE_URL=server.base_url)
        base_url = server.base_url
        assert [(request.body["model"], request.stream) for request in server.requests] == [("llama", True)] * 2
    assert finished.returncode == 0
    assert f"The model is llama at {base_url}\n" in finished.stdout
    assert "scripted" not in finished.stdout
    assert "answer: Nobody knows \ufffd[31mRome.\n" in finished.stdout


@pytest.mark.parametrize("as_json", [False, True])
def test_an_agent_that_fails_is_shown_and_exits_with_one(run_spanloom, as_json: bool):
    with ProviderServer([ErrorReply(401, "Incorrect API key")]) as server:
        options = ["--json"] if as_json else []
        finished = run_spanloom("demo", *options, OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY="wrong")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: the agent failed with ")
    assert "Incorrect API key" in finished.stderr
    assert "Traceback" not in finished.stderr
    if as_json:
        document = json.loads(finished.stdout)
        assert (document["answer"], document["trace"]["info"]["state"]) == (None, "ERROR")
    else:
        assert "AGENT ERROR weather_agent" in finished.stdout


def listen_to_ctrl_c() -> None:
    # A suite that runs in the background inherits a SIGINT that is ignored, and so would the child.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("moment", ["tool:", "answer:"])
def test_ctrl_c_stops_at_once_and_keeps_the_trace(environment: dict[str, str], moment: str):
    process = subprocess.Popen(
        [sys.executable, "-m", "spanloom", "demo"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        bufsize=1,
        preexec_fn=listen_to_ctrl_c,  # noqa: PLW1509 - no thread of ours runs between fork and exec
    )
    assert process.stdout is not None
    seen = ""
    while moment not in seen:
        character = process.stdout.read(1)
        assert character, seen
        seen += character
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate()
    assert process.returncode == 130
    assert errors == "Interrupted\n"
    assert "2.1 million" not in seen + rest
    trace = spanloom.search_traces()[0]
    assert trace.info.state == "CANCELLED"
    assert trace.search_spans(name="get_weather", span_type="TOOL")


@pytest.mark.parametrize("missing", ["langgraph", "langchain_openai", "openai"])
def test_without_its_extra_the_demo_names_the_install(environment: dict[str, str], store: Path, missing: str):
    program = f"import sys; sys.modules[{missing!r}] = None; from spanloom.cli import main; main()"
    fresh = store.parent / "fresh.db"
    finished = subprocess.run(
        [sys.executable, "-c", program, "demo", "--store", f"sqlite:///{fresh}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr == (
        "Error: `spanloom demo` needs an extra that is not installed: pip install 'spanloom[demo]'\n"
    )
    assert not fresh.exists()


def test_with_tracing_switched_off_the_demo_says_so(run_spanloom):
    finished = run_spanloom("demo", SPANLOOM_DISABLED="1")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: SPANLOOM_DISABLED switches tracing off")


def test_a_store_that_can_not_be_made_is_an_error(run_spanloom, tmp_path: Path):
    finished = run_spanloom("demo", "--store", f"sqlite:///{tmp_path}/nowhere/traces.db")
    assert finished.returncode == 1
    assert "its folder does not exist" in finished.stderr
    assert "Traceback" not in finished.stderr
