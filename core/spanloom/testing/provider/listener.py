"""The port: accepts connections, one thread each, and gives all of them up at once when it stops."""

from __future__ import annotations

import socket
import sys
import threading
import time
from functools import partial
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from spanloom.testing.provider.handler import RequestHandler
from spanloom.testing.provider.request_log import RequestLog

__all__ = ["Listener"]

_POLL_SECONDS = 0.02
_STOP_SECONDS = 2.0


class Listener(ThreadingMixIn, TCPServer):
    """Not `http.server.HTTPServer`: that one looks its own name up in the DNS, which may take seconds."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, log: RequestLog) -> None:
        self._stopping = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), partial(RequestHandler, log=log, stopping=self._stopping))
        self._accepting = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="spanloom-provider-server", daemon=True
        )
        self._accepting.start()

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self.socket.getsockname()[1])

    def stop(self) -> None:
        """Close everything; returns when the connections' threads have ended, or after two seconds."""
        self._stopping.set()
        self.shutdown()
        self._accepting.join()
        with self._open_lock:
            connections = dict(self._open)
            for sock in connections.values():
                _hang_up(sock)
        self.server_close()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in connections:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread, and know its socket until it is closed."""
        thread = threading.current_thread()
        with self._open_lock:
            self._open[thread] = request
            if self._stopping.is_set():
                _hang_up(request)
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; `stop` must no longer touch its socket."""
        with self._open_lock:
            self._open.pop(threading.current_thread(), None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; a fault of ours is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The client was faster.
        return
