"""What the viewer answers, and whom."""

from __future__ import annotations

import pytest

import spanloom


def leave_traces(count: int) -> None:
    for number in range(count):
        with spanloom.start_span(f"job {number}"):
            pass


def test_traces_come_newest_first_page_by_page(viewer):
    leave_traces(5)
    names, token = [], None
    while True:
        parameters = {"limit": 2} | ({"page_token": token} if token else {})
        page = viewer.http.get("/api/traces", params=parameters).raise_for_status().json()
        assert len(page["traces"]) <= 2
        names += [info["name"] for info in page["traces"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert names == ["job 4", "job 3", "job 2", "job 1", "job 0"]


def test_a_search_is_filtered_and_ordered(viewer):
    leave_traces(3)
    parameters = {"filter": "name IN ('job 0', 'job 2')", "order_by": "start_time ASC"}
    page = viewer.http.get("/api/traces", params=parameters).json()
    assert [info["name"] for info in page["traces"]] == ["job 0", "job 2"]


def test_a_mistake_in_a_filter_is_told_with_its_place(viewer):
    answer = viewer.http.get("/api/traces", params={"filter": "name = 'x' AND stats = 'OK'"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_filter"
    assert error["position"] == 15
    assert "status" in error["message"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/traces?limit=0", 400, "limit"),
        ("/api/traces?limit=100000", 400, "limit"),
        ("/api/traces?page_token=nonsense", 400, "page"),
        ("/api/statistics?interval=0", 400, "interval"),
        ("/api/statistics?group_by=moon", 400, "group_by"),
        ("/api/statistics?start_time_ms=99999999999999999", 400, "start_time_ms"),
        ("/api/statistics?start_time_ms=0&end_time_ms=253402300799000&interval=1", 400, "end_time_ms"),
        ("/api/traces/none", 404, "'none'"),
        ("/api/nothing", 404, "/api/nothing"),
    ],
)
def test_bad_requests_are_answered_in_one_shape(viewer, path, status, said):
    answer = viewer.http.get(path)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]


def test_a_session_is_told_from_its_beginning(viewer):
    for number in range(3):
        with spanloom.tracing_context(session_id="it's/one"), spanloom.start_span(f"turn {number}"):
            pass
    leave_traces(1)
    found = viewer.http.get("/api/sessions/it%27s%2Fone").json()
    assert [info["name"] for info in found["traces"]] == ["turn 0", "turn 1", "turn 2"]
    assert found["next_page_token"] is None


def test_statistics_of_what_fits(viewer, run_agent):
    run_agent()
    leave_traces(2)
    told = viewer.http.get("/api/statistics", params={"filter": "tags.env = 'prod'", "group_by": "model"}).json()
    assert told["total"]["count"] == 1
    assert [(group["name"], group["total_tokens"]) for group in told["groups"]] == [("gpt-5", 1443)]
    assert told["series"] == []
    everything = viewer.http.get("/api/statistics", params={"interval": 86_400, "start_time_ms": 0}).json()
    assert sum(bucket["count"] for bucket in everything["series"]) == 3
    assert viewer.http.get("/api/statistics", params={"end_time_ms": 1000}).json()["total"]["count"] == 0


def test_feedback_is_stored(viewer):
    leave_traces(1)
    trace_id = spanloom.get_last_active_trace_id()
    said = {"value": False, "rationale": "wrong city"}
    stored = viewer.http.post(f"/api/traces/{trace_id}/feedback", json=said)
    assert stored.status_code == 201
    [kept] = spanloom.get_trace(trace_id).info.assessments
    assert (kept.name, kept.value, kept.rationale) == ("helpful", False, "wrong city")
    assert kept.source.source_type == "HUMAN"
    assert kept.assessment_id == stored.json()["assessment_id"]


@pytest.mark.parametrize("said", [{}, {"value": None}, {"value": True, "more": 1}, [1]])
def test_feedback_that_says_nothing_is_refused(viewer, said):
    leave_traces(1)
    trace_id = spanloom.get_last_active_trace_id()
    answer = viewer.http.post(f"/api/traces/{trace_id}/feedback", json=said)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert spanloom.get_trace(trace_id).info.assessments == []


def test_a_body_that_is_no_text_is_told(viewer):
    leave_traces(1)
    path = f"/api/traces/{spanloom.get_last_active_trace_id()}/feedback"
    answer = viewer.http.post(path, content=b'{"value": "\xff"}', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert "JSON in UTF-8 was expected" in answer.json()["error"]["message"]
    assert viewer.http.delete(path).status_code == 405


def test_feedback_on_an_unknown_trace_is_refused(viewer):
    answer = viewer.http.post(f"/api/traces/{'f' * 32}/feedback", json={"value": True})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}], ids=str
)
@pytest.mark.parametrize("path", ["/", "/api/traces"])
def test_foreign_pages_are_refused(viewer, headers, path):
    answer = viewer.http.get(path, headers=headers)
    assert answer.status_code == 403
    assert "error" in answer.json()


def test_nothing_but_its_own_files_may_run(viewer):
    for path in ("/", "/charts", "/compare/x/y", "/traces/x", "/sessions/a/b"):
        policy = viewer.http.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
