"""What is taken, what is refused, and how: https://opentelemetry.io/docs/specs/otlp/#otlphttp."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from live_server import LiveServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

import spanloom
from spanloom.errors import SchemaError
from spanloom.otlp import receive
from spanloom.otlp.receive.application import make_application
from spanloom.store.sqlite import SqliteStore

JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}
# The example of opentelemetry-proto (examples/trace.json).
EXAMPLE = """
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
  "scopeSpans": [{
    "scope": {"name": "my.library", "version": "1.0.0", "attributes": [
      {"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]},
    "spans": [{
      "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "parentSpanId": "EEE19B7EC3C1B173",
      "name": "I'm a server span", "startTimeUnixNano": "1544712660000000000",
      "endTimeUnixNano": "1544712661000000000", "kind": 2,
      "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]}]}]}]}
"""


def protobuf_request(span_id: bytes = b"\1" * 8) -> bytes:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"\2" * 16, span_id, "sent"
    span.start_time_unix_nano, span.end_time_unix_nano = 1544712660000000000, 1544712661000000000
    return request.SerializeToString()


def test_the_example_of_the_specification(collector, the_trace):
    answer = collector.http.post("/v1/traces", content=EXAMPLE, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "application/json", b"{}")
    (span,) = the_trace().data.spans
    assert (span.trace_id, span.span_id, span.parent_id) == (
        "5b8efff798038103d269b633813fc60c",
        "eee19b7ec3c1b174",
        "eee19b7ec3c1b173",
    )
    assert (span.name, span.span_type, span.status) == ("I'm a server span", "UNKNOWN", "OK")
    assert (span.start_time_ns, span.end_time_ns) == (1544712660000000000, 1544712661000000000)
    assert span.attributes == {
        "my.span.attr": "some value",
        "service.name": "my.service",
        "otel.scope.name": "my.library",
    }


def test_every_kind_of_value(collector, otlp_span, the_span):
    values = {
        "text": {"stringValue": "a"},
        "yes": {"boolValue": True},
        "number as text": {"intValue": "9007199254740993"},
        "number": {"intValue": 7},
        "fraction": {"doubleValue": 0.5},
        "no number": {"doubleValue": "NaN"},
        "list": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}]}},
        "object": {"kvlistValue": {"values": [{"key": "inner", "value": {"boolValue": False}}]}},
        "bytes": {"bytesValue": "AAEC"},
        "nothing": {},
        "later": {"someNewValue": 1},
    }
    span = {**otlp_span(1), "attributes": [{"key": key, "value": value} for key, value in values.items()]}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}], "unknownField": 1}
    assert collector.http.post("/v1/traces", json=body).status_code == 200
    facts = the_span().attributes
    assert facts.pop("bytes")["size"] == 3
    assert facts == {
        "text": "a",
        "yes": True,
        "number as text": 9007199254740993,
        "number": 7,
        "fraction": 0.5,
        "no number": None,
        "list": [1, "b"],
        "object": {"inner": False},
        "nothing": None,
        "later": None,
    }


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_packed_bodies(collector, the_span, content_type, encoding, pack):
    headers = {"content-type": content_type, "content-encoding": encoding}
    assert collector.http.post("/v1/traces", content=pack(EXAMPLE.encode()), headers=headers).status_code == 200
    assert the_span().name == "I'm a server span"


def test_gzip_in_several_members(collector, the_span):
    middle = len(EXAMPLE) // 2
    packed = gzip.compress(EXAMPLE[:middle].encode()) + gzip.compress(EXAMPLE[middle:].encode())
    answer = collector.http.post("/v1/traces", content=packed, headers={**JSON, "content-encoding": "gzip"})
    assert answer.status_code == 200
    assert the_span().name == "I'm a server span"


def test_protobuf_is_answered_in_protobuf(collector, the_span):
    answer = collector.http.post("/v1/traces", content=protobuf_request(), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    assert the_span().trace_id == "02" * 16


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"resourceSpans": [None]}, "an object with scopeSpans was expected, got None"),
        ({"resourceSpans": [{"scopeSpans": ["x"]}]}, "an object with spans was expected, got 'x'"),
    ],
)
def test_a_list_of_something_else_is_told(collector, body, said):
    answer = collector.http.post("/v1/traces", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_what_nobody_can_understand_is_counted_and_the_rest_is_taken(collector, otlp_span, the_span):
    broken = [
        {**otlp_span(2), "traceId": "0" * 32},
        {**otlp_span(3), "traceId": "W47/95gDgQPSabYzgT/GDA=="},
        {**otlp_span(4), "kind": "SPAN_KIND_SERVER"},
        {**otlp_span(5), "startTimeUnixNano": str(2**64 - 1)},
        {**otlp_span(6), "startTimeUnixNano": float("inf")},
        {**otlp_span(7), "flags": float("inf")},
        {**otlp_span(8), "attributes": [{"key": "huge", "value": {"doubleValue": 10**400}}]},
        {"name": "no ids"},
        "no span",
    ]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [*broken, otlp_span(1)]}]}]}
    answer = collector.http.post("/v1/traces", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200
    told = answer.json()["partialSuccess"]
    assert told["rejectedSpans"] == str(len(broken))
    assert "must not be zero" in told["errorMessage"]
    assert the_span().name == "span 1"


def test_halves_of_characters_are_replaced(collector, otlp_span, the_trace):
    half = "x\ud83d"
    facts = {half: half, "session.id": half, "user.id": half, f"mlflow.traceTag.{half}": half}
    status = {"code": 2, "message": half}
    span = otlp_span(1, facts=facts, name=half, status=status, events=[{"name": half}])
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    answer = collector.http.post("/v1/traces", content=json.dumps(body), headers=JSON)
    assert (answer.status_code, answer.content) == (200, b"{}")
    trace, text = the_trace(), "x\N{REPLACEMENT CHARACTER}"
    (stored,) = trace.data.spans
    assert (stored.name, stored.status_message, stored.events[0]["name"]) == (text, text, text)
    assert (trace.info.session_id, trace.info.user, trace.info.tags) == (text, text, {text: text})
    assert stored.attributes[text] == text


@pytest.mark.parametrize(
    "odd",
    [
        {"stringValue": "5"},
        {"arrayValue": {"values": [{"intValue": 1}]}},
        {"intValue": 2**63 - 1},
        {"doubleValue": 1e30},
    ],
)
def test_usage_that_is_no_number_of_tokens_is_taken_and_not_counted(collector, otlp_span, the_trace, store_url, odd):
    facts = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.usage.input_tokens", "value": odd},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": 3}},
    ]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{**otlp_span(1), "attributes": facts}]}]}]}
    answer = collector.http.post("/v1/traces", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    usage = the_trace().info.token_usage
    assert (usage.input_tokens, usage.output_tokens) == (None, 3)


def test_a_span_that_the_store_cannot_hold_is_rejected_for_good_and_the_rest_is_taken(
    collector, otlp_span, the_span, monkeypatch
):
    def refuse(self, batch):
        if any(span.name == "bad" for span in batch.spans):
            raise SchemaError("it can't hold this")
        return export(self, batch)

    export = SqliteStore.export
    monkeypatch.setattr(SqliteStore, "export", refuse)
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span(1, name="bad"), otlp_span(2)]}]}]}
    answer = collector.http.post("/v1/traces", json=body)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"] == {
        "rejectedSpans": "1",
        "errorMessage": "span 'bad': it can't hold this",
    }
    assert the_span().name == "span 2"


def test_rejected_spans_are_told_in_protobuf(collector):
    answer = collector.http.post("/v1/traces", content=protobuf_request(span_id=b"short"), headers=PROTOBUF)
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, told.rejected_spans) == (200, 1)
    assert "span_id 8" in told.error_message
    assert spanloom.search_traces() == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "not JSON"),
        (b"[]", "resourceSpans"),
        (b'{"resourceSpans": {}}', "should be a list"),
        (b'{"resourceSpans": [1]}', "object"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": 1}]}]}', "should be a list"),
        (
            b'{"resourceSpans": [{"resource": {"attributes": [{"key": "a", "value": {"intValue": 1e999}}]}}]}',
            "infinity",
        ),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_malformed_json_is_refused_for_good(collector, body, expected):
    answer = collector.http.post("/v1/traces", content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert answer.json()["code"] == 3
    assert expected in answer.json()["message"]


def test_malformed_protobuf_is_refused_for_good(collector):
    answer = collector.http.post("/v1/traces", content=b"\xff\xff", headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/x-protobuf")
    status = Status.FromString(answer.content)
    assert (status.code, "ExportTraceServiceRequest" in status.message) == (3, True)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda _: b"packed?", lambda body: body[:-20], lambda body: body + b"x"]
)
def test_broken_compression_is_refused_for_good(collector, pack, damage):
    packed = damage(pack(EXAMPLE.encode()))
    answer = collector.http.post("/v1/traces", content=packed, headers={**JSON, "content-encoding": "gzip"})
    assert answer.status_code == 400


def test_values_nested_without_end_cost_their_span_only(collector, otlp_span, the_span):
    deep: dict[str, Any] = {"stringValue": "end"}
    for _ in range(300):
        deep = {"arrayValue": {"values": [deep]}}
    span = {**otlp_span(2), "attributes": [{"key": "deep", "value": deep}]}
    answer = collector.http.post(
        "/v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span(1), span]}]}]}
    )
    assert answer.status_code == 200
    assert "span 1" in {each.name for each in spanloom.search_traces()[0].data.spans}


def test_foreign_content_is_refused(collector):
    for headers in ({"content-type": "text/plain"}, {}, {**JSON, "content-encoding": "br"}):
        assert collector.http.post("/v1/traces", content=b"{}", headers=headers).status_code == 415
    assert collector.http.get("/v1/traces").status_code == 405
    assert "takes traces" in collector.http.post("/v1/logs", json={}).json()["message"]


def test_pages_of_other_sites_are_refused(collector):
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        answer = collector.http.post("/v1/traces", content=EXAMPLE, headers={**JSON, **headers})
        assert answer.status_code == 403
    assert spanloom.search_traces() == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("myhost", 200),  # browsers leave out port 80
        ("MyHost:4318", 200),
        ("[::1]", 200),
        ("[::1]:4318", 200),
        ("[fe80::1]:4318", 200),
        ("other", 403),
        ("myhost.evil.example:4318", 403),
        ("[myhost.evil.example]", 403),
        ("", 403),
    ],
)
def test_a_server_is_known_by_its_own_name_with_and_without_a_port(store, host, status):
    server = LiveServer(make_application(host="MyHost"))
    answer = server.http.get("/", headers={"host": host})
    server.stop()
    assert answer.status_code == status
    if host == "other":
        assert answer.json()["error"]["message"].endswith("start it with --host other")


def test_without_protobuf_installed_json_is_taken_and_protobuf_answered_with_the_fix(collector, monkeypatch, the_span):
    monkeypatch.delitem(sys.modules, "spanloom.otlp.receive.protobuf_request", raising=False)
    monkeypatch.delattr(receive, "protobuf_request", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.proto.collector.trace.v1.trace_service_pb2", None)
    answer = collector.http.post("/v1/traces", content=protobuf_request(), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/x-protobuf")
    assert "spanloom[otlp]" in Status.FromString(answer.content).message
    assert collector.http.post("/v1/traces", content=EXAMPLE, headers=JSON).status_code == 200
    assert the_span().name == "I'm a server span"
