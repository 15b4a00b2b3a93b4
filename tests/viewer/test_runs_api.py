"""What the pages of runs and evaluations ask for."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.tracking import run_artifacts


def get(viewer, address, /, **params):
    return viewer.http.get(address, params=params).raise_for_status().json()


def test_runs_come_page_by_page_with_those_nested_in_them(viewer, train):
    for number in range(3):
        train(f"run {number}", 0.1)
    first = get(viewer, "/api/runs", limit=2)
    assert [run["info"]["run_name"] for run in first["runs"]] == ["run 2", "run 1"]
    assert {run["info"]["run_name"] for run in first["nested"]} == {"run 2 part", "run 1 part"}
    rest = get(viewer, "/api/runs", limit=2, page_token=first["next_page_token"])
    assert [run["info"]["run_name"] for run in rest["runs"]] == ["run 0"]
    assert rest["next_page_token"] is None


def test_a_search_finds_nested_runs_and_names_their_parents(viewer, train):
    run_id = train("outer", 0.25)
    found = get(viewer, "/api/runs", filter="metrics.part > 0.2")
    assert [run["info"]["run_name"] for run in found["runs"]] == ["outer part"]
    assert found["parents"] == {run_id: "outer"}


def test_runs_are_sorted_by_a_metric_whose_name_has_a_comma(viewer):
    for value in (2, 1, 3):
        with spanloom.start_run(run_name=str(value)):
            spanloom.log_metric("a/b, c", value)
    found = get(viewer, "/api/runs", order_by="metrics.`a/b, c` DESC")
    assert [run["info"]["run_name"] for run in found["runs"]] == ["3", "2", "1"]


def test_a_run_knows_its_parent_its_traces_and_the_runs_in_it(viewer):
    with spanloom.start_run(run_name="outer") as outer:
        with spanloom.start_span("inside"):
            pass
        with spanloom.start_run(run_name="inner", nested=True) as inner:
            spanloom.log_metric("x", float("nan"))
    found = get(viewer, f"/api/runs/{outer.info.run_id}")
    assert [run["info"]["run_name"] for run in found["nested"]] == ["inner"]
    assert [info["name"] for info in traces(viewer, found)] == ["inside"]
    nested = get(viewer, f"/api/runs/{inner.info.run_id}")
    assert nested["parent"]["run_name"] == "outer"
    assert nested["data"]["metrics"] == {"x": "NaN"}


def traces(viewer, run):
    return get(viewer, "/api/traces", filter=run["traces_filter"])["traces"]


def test_a_long_history_keeps_its_ends_and_its_peaks(viewer):
    with spanloom.start_run() as run:
        for step in range(1000):
            spanloom.log_metric("loss", {500: 9.0, 700: float("inf")}.get(step, 1.0), step=step)
        spanloom.log_metric("once", 1)
    found = get(viewer, f"/api/runs/{run.info.run_id}/history")["metrics"]
    assert list(found) == ["loss"]
    points = found["loss"]["points"]
    assert found["loss"]["count"] == 1000
    assert len(points) <= 402
    assert points[0] == [0, 1.0]
    assert [500, 9.0] in points
    assert points[-1] == [999, 1.0]


def test_files_are_listed_looked_into_and_downloaded(viewer, train):
    run_id = train("files", 0.1)
    base = f"/api/runs/{run_id}/artifacts"
    assert [file["path"] for file in get(viewer, base)["files"]] == ["labels.json", "prompts"]
    assert [file["path"] for file in get(viewer, base, path="prompts")["files"]] == ["prompts/system.txt"]
    look = get(viewer, f"{base}/text", path="prompts/system.txt")
    assert look == {"text": "Answer in one sentence.", "truncated": False}
    file = viewer.http.get(f"{base}/file", params={"path": "prompts/system.txt"})
    assert file.text == "Answer in one sentence."
    assert file.headers["content-disposition"] == 'attachment; filename="system.txt"'


def test_a_file_that_is_no_text_or_long_is_told(viewer):
    with spanloom.start_run() as run:
        spanloom.log_text("ä" * 150_000, "long.txt")
        folder = run_artifacts(run.info.run_id)
        (folder / "bytes.bin").write_bytes(b"\xff\xfe\x00")
        (folder / "nul.txt").write_bytes(b"a\0b")
    base = f"/api/runs/{run.info.run_id}/artifacts/text"
    look = get(viewer, base, path="long.txt")
    assert (look["text"], look["truncated"]) == ("ä" * 100_000, True)
    assert get(viewer, base, path="bytes.bin")["text"] is None
    assert get(viewer, base, path="nul.txt")["text"] is None


@pytest.mark.parametrize("name", ["page.html", "page.xhtml", "script.js", "drawing.svg", "data.xml", "doc.pdf"])
def test_a_file_never_runs_in_the_viewers_name(viewer, name):
    with spanloom.start_run() as run:
        spanloom.log_text("<svg xmlns='http://www.w3.org/2000/svg'><script>hacked()</script></svg>", name)
    file = viewer.http.get(f"/api/runs/{run.info.run_id}/artifacts/file", params={"path": name})
    kind = "image/svg+xml" if name.endswith("svg") else "application/octet-stream"
    assert file.headers["content-type"] == kind
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("part", ["", "/text", "/file"])
@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "..\\secret.txt", "link.txt"])
def test_no_path_leads_outside_of_the_run(viewer, part, path):
    with spanloom.start_run() as run:
        spanloom.log_text("x", "a/b.txt")
    folder = run_artifacts(run.info.run_id)
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    answer = viewer.http.get(f"/api/runs/{run.info.run_id}/artifacts{part}", params={"path": path})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"


def test_files_of_what_is_no_run_are_not_shown(viewer):
    with spanloom.start_run() as run:
        spanloom.log_text("x", "a.txt")
    orphan = run_artifacts("orphan")
    orphan.mkdir(parents=True)
    (orphan / "a.txt").write_text("x", encoding="utf-8")
    for path in ("orphan/artifacts", "orphan/artifacts/file?path=a.txt", f"{run.info.run_id}/artifacts/file?path=b"):
        assert viewer.http.get(f"/api/runs/{path}").status_code == 404


def test_the_rows_of_an_evaluation_come_page_by_page(viewer, evaluate):
    run_id = evaluate(6, "eval", pass_criteria={"exact_match/mean": ">= 0.9"})
    found = get(viewer, f"/api/evaluations/{run_id}/rows", offset=8, limit=5)
    assert found["count"] == 10
    assert [row["position"] for row in found["rows"]] == [8, 9]
    assert found["rows"][0]["error"]["error_message"] == "no answer"
    failed = get(viewer, f"/api/evaluations/{run_id}/rows", show="failed")
    assert [row["position"] for row in failed["rows"]] == [6, 7, 8, 9]
    evaluation = get(viewer, f"/api/runs/{run_id}")["evaluation"]
    assert (evaluation["passed"], evaluation["pass_criteria"]) == (False, {"exact_match/mean": ">= 0.9"})


def test_two_evaluations_are_compared(viewer, evaluate):
    base, run = evaluate(1, "before"), evaluate(8, "after", slice(9))
    found = get(viewer, "/api/evaluations/compare", base=base, run=run)
    assert (found["matched"], found["only_base"], found["only_run"]) == (9, 1, 0)
    score = next(each for each in found["scores"] if each["name"] == "exact_match")
    assert (score["increased"], score["decreased"], score["significant"]) == (7, 0, True)
    low, high = score["interval"]
    assert 0 < low < score["difference"] < high


@pytest.mark.parametrize(
    ("score", "direction", "positions"),
    [
        (None, "changed", [1, 2, 3, 4, 5]),
        ("exact_match", "increased", [1, 2, 3, 4, 5]),
        ("exact_match", "decreased", []),
        ("length", "decreased", [1, 2, 3, 4, 5]),
        (None, "all", list(range(10))),
    ],
)
def test_compared_rows_are_chosen_by_what_changed(viewer, evaluate, score, direction, positions):
    parameters = {"base": evaluate(1, "before"), "run": evaluate(6, "after"), "direction": direction}
    found = get(viewer, "/api/evaluations/compare/rows", **parameters, **({"score": score} if score else {}))
    assert [pair["run"]["position"] for pair in found["rows"]] == positions
    assert found["count"] == len(positions)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/runs/nope", 404, "not_found"),
        ("/api/runs/nope/history", 404, "not_found"),
        ("/api/runs?filter=metric.x%20%3E%20'a'", 400, "invalid_filter"),
        ("/api/runs?order_by=nothing", 400, "invalid_filter"),
        ("/api/runs?page_token=x", 400, "invalid_filter"),
        ("/api/evaluations/nope/rows", 404, "not_found"),
        ("/api/evaluations/compare?base=a&run=b", 404, "not_found"),
        ("/api/evaluations/compare/rows?base=a&run=b&direction=up", 400, "invalid_request"),
    ],
)
def test_a_mistake_is_told(viewer, path, status, code):
    answer = viewer.http.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_mistake_in_a_filter_has_its_place(viewer):
    error = viewer.http.get("/api/runs", params={"filter": "status = 'x' AND nothing = 1"}).json()["error"]
    assert error["position"] == 17


def test_evaluations_without_a_common_row_are_told(viewer, evaluate):
    base, run = evaluate(1, "before", slice(3)), evaluate(1, "after", slice(5, 10))
    answer = viewer.http.get("/api/evaluations/compare", params={"base": base, "run": run})
    assert answer.status_code == 400
    assert "no row with the same inputs" in answer.json()["error"]["message"]
