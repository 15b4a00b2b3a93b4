"""Exchanges of httpx, httpx2 and requests with a server that can do more than answer as a model."""

from __future__ import annotations

import pytest

import spanloom
from spanloom import ReplayError

httpx = pytest.importorskip("httpx2")
requests = pytest.importorskip("requests")

BINARY = bytes(range(256))


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "http.jsonl"


@pytest.fixture(params=["httpx", "httpx2", "requests"])
def client(request):
    with getattr(
        pytest.importorskip(request.param), "Session" if request.param == "requests" else "Client"
    )() as client:
        yield client


@pytest.mark.parametrize("path", ["binary", "gzip", "text", "damaged", "empty", "json"])
def test_a_body_of_any_kind_comes_back(client, server, cassette, path):
    with spanloom.record(cassette):
        recorded = client.get(f"{server.url}/{path}")
    with spanloom.replay(cassette):
        replayed = client.get(f"https://example.com/{path}")
    assert len(server.asked) == 1
    assert replayed.headers.get("content-type") == recorded.headers.get("content-type")
    if path in ("gzip", "json"):
        assert replayed.json() == recorded.json()
    else:
        assert replayed.content == recorded.content


@pytest.mark.parametrize("path", ["events", "crlf"])
def test_events_come_back_one_by_one(server, cassette, path):
    with httpx.Client() as client:
        with spanloom.record(cassette):
            client.get(f"{server.url}/{path}")
        with spanloom.replay(cassette), client.stream("GET", f"{server.url}/{path}") as response:
            events = list(response.iter_bytes())
    assert [event.strip() for event in events] == [
        b": hello",
        b'data: {"a":1}',
        b'event: named\ndata: {"b":[2.5]}',
        b"data: [DONE]",
        b"data: cut",
    ]


def test_lines_come_back_one_by_one(server, cassette):
    with httpx.Client() as client:
        with spanloom.record(cassette):
            client.get(f"{server.url}/lines")
        with spanloom.replay(cassette), client.stream("GET", f"{server.url}/lines") as response:
            lines = list(response.iter_raw())
    assert lines == [b'{"done":false}\n', b'{"done":true}\n']


def test_a_redirection_is_followed_and_its_key_not_written(client, server, cassette):
    redirect = {"allow_redirects": True} if isinstance(client, requests.Session) else {"follow_redirects": True}
    with spanloom.record(cassette):
        recorded = client.get(f"{server.url}/moved", **redirect).json()
    assert b"signature=hidden-signature" in server.asked[1][0].encode()
    with spanloom.replay(cassette) as report:
        assert client.get(f"{server.url}/moved", **redirect).json() == recorded
    assert not report.changed
    assert "hidden" not in cassette.read_text()


def test_a_query_counts_except_for_keys(client, server, cassette):
    with spanloom.record(cassette):
        paris = client.get(f"{server.url}/search?city=Paris&key=hidden-key").json()
        oslo = client.get(f"{server.url}/search?city=Oslo&key=hidden-key").json()
    with spanloom.replay(cassette):
        assert client.get("https://example.com/search?key=other&city=Oslo").json() == oslo
        assert client.get("https://example.com/search?city=Paris").json() == paris
    assert "hidden" not in cassette.read_text()


def test_secrets_are_not_written(client, server, cassette):
    spanloom.configure(redact=["pin"])
    key = "sk-proj-" + "a1B2" * 8
    body = {"api_key": "hidden-1", "nested": [{"password": "hidden-2", "pin": "hidden-3"}], "text": f"my key is {key}"}
    headers = {"Authorization": "Bearer hidden-4", "x-api-key": "hidden-5", "Cookie": "hidden-6"}
    with spanloom.record(cassette):
        recorded = client.post(
            f"{server.url}/json?sig=hidden-7&api_key=hidden-8", json=body, headers=headers
        ).status_code
    text = cassette.read_text()
    assert "hidden" not in text
    assert key not in text
    body["text"] = f"my key is {key[:-4]}c3D4"  # another key asks the same
    with spanloom.replay(cassette) as report:
        assert client.post(f"{server.url}/json", json=body).status_code == recorded
    assert not report.changed


def test_uploads_are_told_apart_by_what_they_hold(client, server, cassette):
    with spanloom.record(cassette):
        client.post(f"{server.url}/upload", files={"file": ("a.bin", BINARY)})
    with spanloom.replay(cassette):
        client.post(f"{server.url}/upload", files={"file": ("a.bin", BINARY)})
    with pytest.raises(ReplayError, match="sha256"), spanloom.replay(cassette):
        assert client.post(f"{server.url}/upload", files={"file": ("a.bin", b"other")}).status_code == 404


def test_a_replay_refuses_with_a_status_that_is_not_tried_again(client, server, cassette):
    with spanloom.record(cassette):
        client.get(f"{server.url}/json")
    answers = []
    with pytest.raises(ReplayError, match="new: POST /json"), spanloom.replay(cassette):
        answers.append(client.post(f"{server.url}/json"))
    assert answers[0].status_code == 404
    assert answers[0].json()["error"]["message"] == "not on the record: POST /json"


@pytest.mark.anyio
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_an_asynchronous_body_is_sent_and_recorded(server, cassette, library):
    httpx = pytest.importorskip(library)

    async def pieces():
        yield b'{"city": '
        yield b'"Paris"}'

    async with httpx.AsyncClient() as client:
        with spanloom.record(cassette):
            headers = {"content-length": "17", "content-type": "application/json"}
            recorded = (await client.post(f"{server.url}/json", content=pieces(), headers=headers)).json()
        with spanloom.replay(cassette):
            assert (await client.post(f"{server.url}/json", json={"city": "Paris"})).json() == recorded
    assert server.asked == [("/json", b'{"city": "Paris"}')]


def test_an_application_in_memory_goes_on_to_be_called(cassette):
    starlette = pytest.importorskip("starlette.applications")
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    app = starlette.Starlette(routes=[Route("/", lambda request: PlainTextResponse("hello"))])
    with spanloom.record(cassette), TestClient(app) as client:
        assert client.get("/").text == "hello"
    with spanloom.replay(cassette), TestClient(app) as client:
        assert client.get("/").text == "hello"
    assert len(cassette.read_text().splitlines()) == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_transport_on_another_one_is_heard_once(server, cassette, library):
    httpx = pytest.importorskip(library)

    class Retrying(httpx.BaseTransport):
        def __init__(self):
            self.below = httpx.HTTPTransport()

        def handle_request(self, request):
            return self.below.handle_request(request)

    with httpx.Client(transport=Retrying()) as client:
        with spanloom.record(cassette):
            recorded = client.get(f"{server.url}/json").json()
        with spanloom.replay(cassette) as report:
            assert client.get(f"{server.url}/json").json() == recorded
    assert len(report.answered) == 1
    assert not report.changed


def test_everything_is_put_back(server, cassette):
    def attributes():
        return [
            vars(owner).get(name)
            for owner, name in (
                (httpx.BaseTransport, "handle_request"),
                (httpx.BaseTransport, "__init_subclass__"),
                (httpx.HTTPTransport, "handle_request"),
                (httpx.AsyncHTTPTransport, "handle_async_request"),
                (requests.adapters.HTTPAdapter, "send"),
            )
        ]

    before = attributes()
    with spanloom.record(cassette):
        assert attributes() != before
        requests.get(f"{server.url}/json", timeout=5)
    with spanloom.replay(cassette):
        requests.get(f"{server.url}/json", timeout=5)
    assert all(now is then for now, then in zip(attributes(), before, strict=True))
