from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any

import pytest

pytest.importorskip("openai")

import openai

import spanloom
from spanloom.agents.background import run_sync
from spanloom.testing import ProviderServer


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def make_client() -> Iterator[Callable[..., Any]]:
    """Makes a client of a class of the `openai` package, by name."""
    clients: list[Any] = []

    def make(kind: str, base_url: str) -> Any:
        clients.append(getattr(openai, kind)(base_url=base_url, api_key="unused", max_retries=0))
        return clients[-1]

    yield make
    for client in clients:
        closing = client.close()
        if closing is not None:
            run_sync(closing)


@pytest.fixture(params=["OpenAI", "AsyncOpenAI"])
def client(request, make_client, server) -> Any:
    return make_client(request.param, server.base_url)


@pytest.fixture(params=["responses", "chat"])
def api(request) -> str:
    return request.param


@pytest.fixture
def agent(client, api) -> Any:
    return spanloom.wrap(client, model="gpt-test", api=api)


@pytest.fixture
def canned(make_client) -> Iterator[Callable[..., Any]]:
    """Makes a client whose requests are answered with these lists of events, in order; also its requests' bodies."""
    bodies: list[dict[str, Any]] = []
    answers: list[list[dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for event in answers.pop(0):
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

        def log_message(self, *_: Any) -> None: ...

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def make(*given: list[dict[str, Any]]) -> tuple[Any, list[dict[str, Any]]]:
            answers.extend(given)
            return make_client("OpenAI", f"http://127.0.0.1:{server.server_address[1]}/v1"), bodies

        yield make
        server.shutdown()
