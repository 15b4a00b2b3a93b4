"""One HTTP connection: reads requests, logs them, answers them."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from spanloom.testing.provider.connection import ClientGoneError, Connection, ServerStoppedError
from spanloom.testing.provider.delivery import BrokenOnPurposeError, send_error, send_reply, stream_reply
from spanloom.testing.provider.embeddings import embeddings_body
from spanloom.testing.provider.frames import encode_json
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.request_log import RequestLog
from spanloom.testing.provider.script import Settled
from spanloom.testing.provider.validation import EMBEDDINGS, find_problem
from spanloom.testing.provider.wire_error import error_body, invalid_request
from spanloom.testing.provider.wires import wire_of

__all__ = ["RequestHandler"]

_MODELS = {
    "object": "list",
    "data": [{"id": "scripted", "object": "model", "created": 0, "owned_by": "spanloom"}],
}


class RequestHandler(BaseHTTPRequestHandler):
    """Serves one connection until it closes.

    Args:
        args: What socketserver gives to a handler: socket, client address, server.
        log: Takes the requests and gives the replies.
        stopping: Set when the server stops.
    """

    protocol_version = "HTTP/1.1"
    # Deltas are small writes that must not wait for each other's acknowledgement.
    disable_nagle_algorithm = True

    def __init__(self, *args: Any, log: RequestLog, stopping: threading.Event) -> None:
        self._log = log
        self._stopping = stopping
        # The base class serves the whole connection in its constructor.
        super().__init__(*args)

    def handle_one_request(self) -> None:
        """Like the base class, for every method alike and with JSON errors."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._serve()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is not HTTP; the base class would send HTML."""
        del explain
        self.close_connection = True
        connection = Connection(self.connection, self._stopping)
        problem = invalid_request(message or "Bad request.", status=code)
        send_error(connection, problem, error_body, {"Connection": "close"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet: the log is `ProviderServer.requests`."""

    def _serve(self) -> None:
        connection = Connection(self.connection, self._stopping)
        body = self._read_body()
        path = urlsplit(self.path).path
        problem = find_problem(self.command, path, body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        scripted = problem is None and wire_of(path).answer is not None
        request, settled = self._log.receive(self.command, path, headers, body, scripted=scripted)
        try:
            self._answer(connection, request, problem, settled)
        except ClientGoneError:
            request.closed_early.set()
            self.close_connection = True
        except (BrokenOnPurposeError, ServerStoppedError):
            self.close_connection = True
        finally:
            request.finished.set()

    def _answer(
        self,
        connection: Connection,
        request: ReceivedRequest,
        problem: ErrorReply | None,
        settled: Settled | None,
    ) -> None:
        wire, request_id = wire_of(request.path), f"req_{uuid4().hex}"
        error_body = partial(wire.error, request_id=request_id)
        headers = {wire.request_id_header: request_id}
        if self.close_connection:
            headers["Connection"] = "close"
        if problem is not None:
            send_error(connection, problem, error_body, headers)
            return
        if settled is None or wire.answer is None:
            found = embeddings_body(request.body) if request.path == EMBEDDINGS else _MODELS
            connection.send(200, headers, encode_json(found))
            return
        reply = self._resolved(settled)
        if isinstance(reply, ErrorReply):
            send_error(connection, reply, error_body, headers)
            return
        answer = wire.answer(reply, request.body)
        if request.stream:
            stream_reply(connection, reply, answer, headers)
        else:
            send_reply(connection, reply, answer, error_body, headers)

    def _resolved(self, settled: Settled) -> Reply | ErrorReply:
        try:
            return settled()
        except Exception as error:
            self._log.record_failure(error)
            # A client that repeats the request would only hide the fault of the script.
            return ErrorReply(
                500, f"{type(error).__name__}: {error}", type="script_error", headers={"x-should-retry": "false"}
            )

    def _read_body(self) -> Any:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            # The end of this body is unknown, so the next request on this connection would be too.
            self.close_connection = True
            return None
        try:
            return json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
