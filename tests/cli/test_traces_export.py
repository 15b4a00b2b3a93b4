from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import spanloom

MLFLOW = {
    "info": {
        "trace_id": "tr-1b6ca63224d4ffd93973b5a51a2fc54a",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "3"}},
        "request_time": "2026-11-21T01:24:38.822Z",
        "state": "OK",
        "trace_metadata": {},
        "tags": {"mlflow.traceName": "from MLflow"},
    },
    "data": {"spans": []},
}


@pytest.fixture
def recorded() -> list[spanloom.Trace]:
    for number in range(3):
        with spanloom.start_span(f"agent {number}") as span:
            span.set_inputs({"n": number})
    spanloom.log_feedback(span.trace_id, value=True)
    return spanloom.search_traces()


def test_all_traces_travel_through_a_file_into_another_store(recorded, run_spanloom, tmp_path: Path):
    file, other = tmp_path / "traces.jsonl", f"sqlite:///{tmp_path}/other.db"
    exported = run_spanloom("traces", "export", "--all", "--output", str(file))
    assert (exported.stdout, exported.stderr) == (f"Exported 3 traces to {file}\n", "")
    imported = run_spanloom("traces", "import", str(file), "--store", other)
    assert (imported.stdout, imported.stderr) == (f"Imported 3 traces into {tmp_path}/other.db\n", "")
    spanloom.configure(store=other)
    assert list(spanloom.search_traces()) == list(recorded)
    again = run_spanloom("traces", "import", str(file), "--store", other)
    assert again.stdout.startswith("Imported 0 traces")
    assert "(3 left out: the store has them; --replace replaces them)" in again.stdout
    replaced = run_spanloom("traces", "import", str(file), "--store", other, "--replace", "--json")
    assert json.loads(replaced.stdout) == {"imported": 3, "skipped": 0}
    assert list(spanloom.search_traces()) == list(recorded)


def test_some_traces_travel_through_a_pipe(recorded, run_spanloom, environment: dict[str, str], tmp_path: Path):
    wanted = [trace.info.trace_id for trace in recorded[:2]]
    printed = run_spanloom("traces", "export", "last", *wanted).stdout
    assert [json.loads(line)["info"]["trace_id"] for line in printed.splitlines()] == wanted
    finished = subprocess.run(
        [sys.executable, "-m", "spanloom", "traces", "import", "-", "--json"],
        input=printed.encode() + json.dumps(MLFLOW).encode(),
        env={**environment, "SPANLOOM_STORE": f"sqlite:///{tmp_path}/other.db"},
        capture_output=True,
        check=True,
    )
    assert json.loads(finished.stdout) == {"imported": 3, "skipped": 0}
    spanloom.configure(store=f"sqlite:///{tmp_path}/other.db")
    found = spanloom.get_trace("1b6ca63224d4ffd93973b5a51a2fc54a")
    assert found is not None
    assert (found.info.name, found.info.experiment) == ("from MLflow", "3")


def test_traces_that_fit_a_filter_are_exported(recorded, invoke, tmp_path: Path):
    file = str(tmp_path / "traces.jsonl")
    result = invoke("traces", "export", "--filter", "name = 'agent 1'", "-o", file, "--json")
    assert json.loads(result.stdout) == {"exported": 1, "output": file}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give either ids of traces"),
        (("last", "--all"), "give either ids of traces"),
        (("--all", "--json"), "name an --output FILE"),
    ],
)
def test_an_export_says_what_it_needs(recorded, invoke, arguments: tuple[str, ...], message: str):
    result = invoke("traces", "export", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_file_that_is_none_of_ours_is_refused(invoke, tmp_path: Path):
    assert invoke("traces", "import", str(tmp_path / "missing")).exit_code == 2
    file = tmp_path / "README.md"
    file.write_text("# Read me\n")
    result = invoke("traces", "import", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "README.md, line 1: not JSON" in result.stderr


def test_an_interrupted_import_keeps_whole_traces_and_can_be_run_again(
    recorded, environment: dict[str, str], tmp_path: Path, run_spanloom
):
    there = f"sqlite:///{tmp_path}/other.db"
    file = tmp_path / "many.jsonl"
    template = recorded[0].to_dict()
    lines = []
    for number in range(450):
        template["info"]["trace_id"] = template["data"]["spans"][0]["trace_id"] = f"{number:032x}"
        template["info"]["assessments"] = []
        lines.append(json.dumps(template))
    file.write_text("\n".join(lines))
    process = subprocess.Popen(
        [sys.executable, "-m", "spanloom", "traces", "import", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, "SPANLOOM_STORE": there},
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write("\n".join(lines[:250]) + "\n")
    process.stdin.flush()
    spanloom.configure(store=there)
    while not spanloom.search_traces(max_results=1):
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert re.search("at least (0|200) traces are stored; run the command again for the rest", errors)
    assert len(spanloom.search_traces(max_results=1000)) == 200
    assert json.loads(run_spanloom("traces", "import", str(file), "--store", there, "--json").stdout) == {
        "imported": 250,
        "skipped": 200,
    }


def test_one_trace_is_written_as_a_page(recorded, run_spanloom, tmp_path: Path):
    file = tmp_path / "trace.html"
    written = run_spanloom("traces", "export", "last", "--html", "--output", str(file))
    assert written.stdout == f"Wrote {file}\n"
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert recorded[0].info.trace_id in page
    assert run_spanloom("traces", "export", "last", "--html").stdout == page


@pytest.mark.parametrize("place", ["missing/trace.html", "."])
def test_a_page_that_can_not_be_written_is_told(recorded, invoke, tmp_path: Path, place: str):
    result = invoke("traces", "export", "last", "--html", "--output", str(tmp_path / place))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / place} can't be written: ")


def test_a_page_shows_one_trace(recorded, run_spanloom):
    refused = run_spanloom("traces", "export", "--all", "--html")
    assert refused.returncode == 2
    assert "--html takes the id of one trace" in refused.stderr
