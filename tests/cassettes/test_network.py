"""What a replay keeps from the network, and what belongs to no record."""

from __future__ import annotations

import asyncio
import socket
import urllib.request

import pytest

import spanloom
from spanloom import ReplayError, SpanType

httpx = pytest.importorskip("httpx2")
requests = pytest.importorskip("requests")


@pytest.fixture
def cassette(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with spanloom.record(cassette):
        spanloom.trace(lambda: 1, name="one", span_type=SpanType.TOOL)()
    return cassette


def resolve(host):
    return socket.getaddrinfo(host, 443)


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")])
def test_connections_to_other_machines_are_refused(cassette, method, family, host):
    refused = pytest.raises(ReplayError, match=f"connects to {host}:443 by a client that is not known")
    with spanloom.replay(cassette), socket.socket(family) as one, refused:
        getattr(one, method)((host, 443))


@pytest.mark.parametrize("look", [socket.gethostbyname, socket.gethostbyname_ex], ids=lambda look: look.__name__)
def test_names_are_not_looked_up_in_the_old_way_either(cassette, look):
    with spanloom.replay(cassette):
        assert "127.0.0.1" in str(getattr(socket, look.__name__)("localhost"))
        with pytest.raises(ReplayError, match=r"looks for example\.com"):
            getattr(socket, look.__name__)("example.com")


@pytest.mark.parametrize("host", ["example.com", b"example.com"])
def test_names_of_other_machines_are_not_looked_up(cassette, host):
    with spanloom.replay(cassette), pytest.raises(ReplayError, match=r"looks for example\.com"):
        resolve(host)


def test_a_client_that_is_not_known_gets_nowhere(cassette):
    with spanloom.replay(cassette), pytest.raises(ReplayError, match=r"looks for example\.com"):
        urllib.request.urlopen("http://example.com/")


@pytest.mark.anyio
async def test_asyncio_gets_nowhere(cassette):
    with spanloom.replay(cassette), pytest.raises(ReplayError, match=r"connects to 192\.0\.2\.1:443"):
        await asyncio.open_connection("192.0.2.1", 443)


@pytest.mark.parametrize("host", [None, "localhost", "127.0.0.1", "::1", "0.0.0.0", "192.0.2.1", socket.gethostname()])
def test_this_machine_and_addresses_need_no_network_to_be_found(cassette, host):
    expected = resolve(host)
    with spanloom.replay(cassette):
        assert resolve(host) == expected


def test_this_machine_is_reached(cassette):
    with socket.create_server(("127.0.0.1", 0)) as server, spanloom.replay(cassette):
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_a_replay_that_may_call_reaches_the_network(cassette):
    before = socket.getaddrinfo, vars(socket.socket).get("connect")
    with spanloom.replay(cassette, on_missing="call"):
        assert (socket.getaddrinfo, vars(socket.socket).get("connect")) == before


def test_the_network_is_back_afterwards(cassette):
    before = socket.getaddrinfo, vars(socket.socket).get("connect")
    with spanloom.replay(cassette):
        assert socket.getaddrinfo is not before[0]
    assert (socket.getaddrinfo, vars(socket.socket).get("connect")) == before


def test_exported_traces_are_neither_recorded_nor_refused(server, cassette):
    context = pytest.importorskip("opentelemetry.context")

    def send():
        token = context.attach(context.set_value(context._SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            return requests.post(f"{server.url}/v1/traces", data=b"\x00spans", timeout=5).status_code
        finally:
            context.detach(token)

    with spanloom.record(cassette):
        assert send() == 200
    with spanloom.replay(cassette) as report:
        assert send() == 200
    assert (len(server.asked), report.answered) == (2, [])


class Elsewhere(httpx.BaseTransport):
    """Stands for the network: a transport that counts what it is asked."""

    def __init__(self):
        self.asked = []

    def handle_request(self, request):
        self.asked.append(str(request.url))
        return httpx.Response(200, json={"kept": True})


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1/traces/ingest", "https://eu.api.smith.langchain.com/runs/multipart"]
)
def test_traces_that_a_framework_sends_are_not_recorded_and_stay_here_in_a_replay(tmp_path, url):
    cassette, elsewhere = tmp_path / "calls.jsonl", Elsewhere()
    with httpx.Client(transport=elsewhere) as client:
        with spanloom.record(cassette):
            assert client.post(url, json={"data": []}).json() == {"kept": True}
        with spanloom.replay(cassette) as report:
            assert client.post(url, json={"data": []}).status_code == 202
        assert not report.changed
        with spanloom.replay(cassette, on_missing="call"):
            assert client.post(url, json={"data": []}).json() == {"kept": True}
    assert len(cassette.read_text().splitlines()) == 1
    assert elsewhere.asked == [url, url]


def test_nobody_listens_in_a_replay_for_what_a_server_says_unasked(tmp_path):
    cassette, headers = tmp_path / "calls.jsonl", {"accept": "text/event-stream"}
    with httpx.Client(transport=Elsewhere()) as client:
        with spanloom.record(cassette):
            assert client.get("https://example.com/mcp", headers=headers).status_code == 200
        with spanloom.replay(cassette) as report:
            assert client.get("https://example.com/mcp", headers=headers).status_code == 405
    assert not report.changed


def test_a_method_that_was_kept_from_the_recording_is_answered_in_the_replay(tmp_path):
    cassette, elsewhere = tmp_path / "calls.jsonl", Elsewhere()
    request = httpx.Request("GET", "https://example.com/")
    with spanloom.record(cassette):
        kept = elsewhere.handle_request
        kept(request).close()
    with spanloom.replay(cassette) as report:
        kept(request).close()
    kept(request).close()
    assert len(elsewhere.asked) == 2
    assert len(report.answered) == 1
