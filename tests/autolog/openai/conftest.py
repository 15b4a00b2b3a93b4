from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

import pytest
from openai import AsyncOpenAI, OpenAI

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import ReadableSpan


@pytest.fixture(autouse=True)
def _autolog(store):
    spanloom.autolog("openai")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def client(server) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(server) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
def only_span() -> Callable[[], ReadableSpan]:
    """Read the one span that was stored; fails if there are more or none."""

    def read() -> ReadableSpan:
        [trace] = spanloom.search_traces()
        [span] = trace.data.spans
        return span

    return read


@pytest.fixture
def canned() -> Iterator[Callable[[str], OpenAI]]:
    """A client of a server that answers every request with the given text: JSON, or events if it begins with `data`."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = bodies[-1]
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if body.startswith(b"data") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            pass

    server = TCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    with OpenAI(base_url=f"http://127.0.0.1:{server.server_address[1]}/v1", api_key="unused", max_retries=0) as client:

        def answer_with(body: str) -> OpenAI:
            bodies.append(body.encode())
            return client

        yield answer_with
    server.shutdown()
    server.server_close()
    thread.join()
