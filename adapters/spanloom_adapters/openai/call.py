"""One call of a client: asynchronously, or in a thread."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

from spanloom.agents.threads import iterate_in_thread

__all__ = ["NativeCall"]


class NativeCall:
    """A call of `create`, the method of an asynchronous or of a synchronous client.

    Attributes:
        native: The stream, once the provider has answered.
    """

    def __init__(self, client: Any, create: Callable[..., Any], arguments: dict[str, Any]) -> None:
        from openai import AsyncOpenAI

        self.native: Any = None
        self._create = create
        self._arguments = arguments
        self._asynchronous = isinstance(client, AsyncOpenAI)
        self._interrupted = False

    async def whole(self) -> Any:
        """Return the whole answer, not streamed."""
        arguments = {name: value for name, value in self._arguments.items() if name != "stream_options"}
        if self._asynchronous:
            return await self._create(**arguments)
        answers = [answer async for answer in iterate_in_thread(lambda: [self._create(**arguments)])]
        return answers[0]

    def stream(self) -> AsyncIterator[Any]:
        """Return the events or chunks of the answer, a generator; closing it closes the HTTP response."""
        return self._aread() if self._asynchronous else iterate_in_thread(self._read, self._interrupt)

    async def _aread(self) -> AsyncIterator[Any]:
        self.native = await self._create(**self._arguments, stream=True)
        try:
            async for event in self.native:
                yield event
        finally:
            await self.native.close()

    def _read(self) -> Iterator[Any]:
        """Read the stream of a synchronous client, in a thread."""
        self.native = self._create(**self._arguments, stream=True)
        try:
            if not self._interrupted:
                yield from self.native
        finally:
            self.native.close()

    def _interrupt(self) -> None:
        """Make the thread that waits for the next event go on, by ending its connection."""
        self._interrupted = True
        response = self.native.response if self.native is not None else None
        # With HTTP/2, the connection is also that of other requests.
        if response is None or response.is_closed or not response.http_version.startswith("HTTP/1"):
            return
        # Closing a socket does not wake a thread that waits for it; shutting it down does.
        connection = response.extensions.get("network_stream")
        ours = connection.get_extra_info("socket") if connection is not None else None
        if isinstance(ours, socket.socket):
            with suppress(OSError):  # it ended just now
                socket.socket.shutdown(ours, socket.SHUT_RDWR)  # an SSLSocket's own is not for two threads
