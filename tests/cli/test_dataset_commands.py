from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanloom

ROWS = [
    {"inputs": {"country": "France"}, "expectations": {"expected_response": "Paris"}},
    {"inputs": {"country": "Peru"}, "outputs": "Lima"},
]


@pytest.fixture
def capitals(tmp_path: Path) -> Path:
    path = tmp_path / "capitals.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    return path


def test_a_file_is_imported_listed_shown_and_exported(invoke: Callable[..., Any], capitals: Path) -> None:
    imported = invoke("datasets", "import", str(capitals), "capitals")
    assert imported.stdout == "Merged 2 records: capitals version 1 has 2\n"
    assert "version 1 has 2" in invoke("datasets", "import", str(capitals), "capitals").stdout
    spanloom.set_dataset_tags(spanloom.get_dataset("capitals").dataset_id, {"team": "geography"})

    [listed] = invoke("datasets", "list").stdout.splitlines()[1:]
    assert listed.split()[:3] == ["capitals", "1", "2"]
    assert listed.endswith("team=geography")
    shown = invoke("datasets", "show", "capitals").stdout
    assert "France" in shown
    assert "Paris" in shown

    exported = capitals.with_suffix(".csv")
    assert f"Wrote 2 records of capitals version 1 to {exported}" in "".join(
        invoke("datasets", "export", "capitals", str(exported)).stdout.splitlines()
    )
    assert exported.read_text().splitlines()[0].startswith("inputs.country,outputs,expectations.expected_response")


def test_every_command_has_json(invoke: Callable[..., Any], capitals: Path) -> None:
    def result(*arguments: str) -> Any:
        finished = invoke("datasets", *arguments, "--json")
        assert finished.exit_code == 0, finished.output
        return json.loads(finished.stdout)

    imported = result("import", str(capitals), "capitals")
    assert (imported["name"], imported["version"], imported["records"]) == ("capitals", 1, 2)
    assert result("list") == [imported]
    shown = result("show", "capitals", "--limit", "1")
    assert [record["inputs"] for record in shown["records"]] == [{"country": "France"}]
    assert [each["version"] for each in shown["versions"]] == [1, 0]
    assert result("show", "capitals", "--version", "0")["records"] == []
    assert result("export", "capitals", str(capitals.with_suffix(".jsonl")))["records"] == 2
    assert result("delete", "capitals", "--yes") == {"deleted": ["capitals"]}
    assert result("list") == []


def test_traces_become_a_dataset(invoke: Callable[..., Any]) -> None:
    for answer in ("4", "5"):
        with spanloom.start_span("agent") as span:
            span.set_inputs({"question": f"{answer}?"})
            span.set_outputs(answer)
            spanloom.update_current_trace(tags={"answer": answer})
    spanloom.flush()

    made = invoke("datasets", "from-traces", "sums", "--filter", "tags.answer = '5'")

    assert made.stdout == "sums version 1 has 1 records\n"
    assert [record.outputs for record in spanloom.get_dataset("sums").records] == ["5"]


def test_a_dataset_is_deleted_after_a_question(run_spanloom: Callable[..., Any], capitals: Path) -> None:
    run_spanloom("datasets", "import", str(capitals), "capitals")
    asked = run_spanloom("datasets", "delete", "capitals")
    assert asked.returncode == 2
    assert "Delete capitals with 1 versions" in asked.stderr
    assert run_spanloom("datasets", "delete", "capitals", "-y").stdout == "capitals deleted\n"
    assert "No datasets yet in " in run_spanloom("datasets", "list").stdout


def test_mistakes_are_one_line_on_stderr(run_spanloom: Callable[..., Any], tmp_path: Path, capitals: Path) -> None:
    run_spanloom("datasets", "import", str(capitals), "capitals")
    for arguments, message in (
        (("show", "none"), "the store has no dataset 'none'; the newest are 'capitals'"),
        (("import", str(tmp_path / "none.jsonl"), "x"), "there is no file"),
        (("export", "capitals", "capitals.txt"), "expected a file of records, .jsonl, .csv, .parquet"),
        (("list", "--filter", "colour = 'red'"), "colour"),
    ):
        finished = run_spanloom("datasets", *arguments)
        assert finished.returncode == 1
        assert finished.stderr.startswith("Error: ")
        assert message in finished.stderr
        assert "Traceback" not in finished.stderr
