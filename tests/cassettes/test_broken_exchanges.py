"""Streams that are left or cut before their end, and connections that fail."""

from __future__ import annotations

import socket

import pytest

import spanloom

httpx = pytest.importorskip("httpx2")
requests = pytest.importorskip("requests")


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "http.jsonl"


@pytest.fixture(params=["httpx", "httpx2", "requests"])
def library(request):
    return pytest.importorskip(request.param)


@pytest.fixture
def unreachable():
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def lines_until_it_breaks(library, url):
    lines = []
    try:
        if library is requests:
            with requests.get(url, stream=True, timeout=5) as response:
                lines.extend(response.iter_lines(decode_unicode=True))
        else:
            with library.stream("GET", url) as response:
                lines.extend(response.iter_lines())
    except (requests.RequestException, getattr(library, "HTTPError", OSError)) as error:
        return lines, type(error), str(error)
    return lines, None, ""


def test_a_body_that_is_cut_is_cut_again(library, server, cassette):
    without = lines_until_it_breaks(library, f"{server.url}/cut")
    with spanloom.record(cassette):
        recorded = lines_until_it_breaks(library, f"{server.url}/cut")
    with spanloom.replay(cassette) as report:
        replayed = lines_until_it_breaks(library, f"{server.url}/cut")
    assert recorded[1] is without[1] is not None
    assert replayed[1] is recorded[1]
    assert [line.replace(" ", "") for line in replayed[0]] == [line.replace(" ", "") for line in recorded[0]]
    assert not report.changed


def test_a_connection_that_fails_fails_again(library, unreachable, cassette):
    failure = requests.ConnectionError if library is requests else library.ConnectError
    with spanloom.record(cassette), pytest.raises(failure) as recorded:
        library.get(unreachable)
    with spanloom.replay(cassette) as report, pytest.raises(failure) as replayed:
        library.get(unreachable)
    assert str(replayed.value) == str(recorded.value)
    assert replayed.value.request.url == unreachable
    assert len(report.answered) == 1


def test_a_failure_of_another_client_is_one_of_the_connection(unreachable, cassette):
    with spanloom.record(cassette), pytest.raises(httpx.ConnectError):
        httpx.get(unreachable)
    with spanloom.replay(cassette), pytest.raises(ConnectionError, match="ConnectError"):
        requests.get(unreachable, timeout=5)


def test_a_stream_that_is_left_open_is_kept_as_far_as_it_was_heard(server, cassette):
    client = httpx.Client()
    with spanloom.record(cassette):
        response = client.send(client.build_request("GET", f"{server.url}/events"), stream=True)
        first = next(response.iter_bytes(10))
    response.close()
    client.close()
    with spanloom.replay(cassette) as report:
        assert requests.get(f"{server.url}/events", timeout=5).content.startswith(first)
    assert not report.changed


def test_a_raw_body_is_there_while_it_is_recorded(server, cassette):
    def read(path):
        with requests.get(f"{server.url}/{path}", stream=True, timeout=5) as response:
            return response.raw.read()

    plain = read("binary"), read("gzip")
    with spanloom.record(cassette):
        assert (read("binary"), read("gzip")) == plain
        assert requests.get(f"{server.url}/gzip", timeout=5).json() == {"city": "Paris"}
    with spanloom.replay(cassette):
        assert read("binary") == plain[0]


def test_calls_without_an_answer_are_told(cassette, caplog):
    def stop():
        raise KeyboardInterrupt

    tool = spanloom.trace(stop, name="stop", span_type="TOOL")

    def run():
        try:
            tool()
        except KeyboardInterrupt:
            return "stopped"

    with spanloom.record(cassette):
        run()
    assert f"{cassette} had no answer that could be kept: stop" in caplog.text
