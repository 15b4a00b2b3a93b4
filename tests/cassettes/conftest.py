from __future__ import annotations

import gzip
import http.server
import threading

import orjson
import pytest

BINARY = bytes(range(256))
EVENTS = b': hello\n\ndata: {"a": 1}\n\nevent: named\ndata: {"b":[2.5]}\n\ndata: [DONE]\n\ndata: cut'


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("content-length", 0))
        self.server.asked.append((self.path, self.rfile.read(length)))
        path = self.path.partition("?")[0]
        content_type, body = {
            "/binary": ("image/png", BINARY),
            "/gzip": ("application/json", gzip.compress(b'{"city": "Paris"}', mtime=0)),
            "/text": ("text/plain; charset=utf-8", "žluťoučký".encode()),
            "/events": ("text/event-stream", EVENTS),
            "/cut": ("text/event-stream", EVENTS),
            "/crlf": ("text/event-stream", EVENTS.replace(b"\n", b"\r\n")),
            "/damaged": ("application/json", b'{"city": '),
            "/lines": ("application/x-ndjson", b'{"done":false}\n{"done":true}\n'),
            "/empty": ("", b""),
        }.get(path, ("application/json", orjson.dumps({"count": len(self.server.asked)})))
        self.send_response(302 if path == "/moved" else 200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) + (path == "/cut")))
        self.send_header("Set-Cookie", "session=hidden-cookie")
        if path == "/moved":
            self.send_header("Location", "/json?city=Paris&signature=hidden-signature")
        if path == "/gzip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
