"""The scripted model server."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from spanloom.testing.provider.listener import Listener
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.request_log import RequestLog
from spanloom.testing.provider.script import Script, ScriptError, ScriptLike

__all__ = ["ProviderServer"]


class ProviderServer:
    """A model server for tests and demos: real HTTP on loopback, OpenAI's or Anthropic's wire, answers from a script.

    It serves `POST /v1/chat/completions`, `POST /v1/responses` and Anthropic's `POST /v1/messages` (each streamed or
    whole), `POST /v1/embeddings` and `GET /v1/models`. One reply serves any wire. Embeddings don't take from the
    script: they are computed from the words of the text, so that texts with common words are near each other.

    ```python
    script = [Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), Reply("Sunny.")]
    with ProviderServer(script) as server:
        run_my_agent(base_url=server.base_url)
        assert server.requests[1].body["messages"][-1]["role"] == "tool"
        assert not server.failures
    ```

    Without a script it echoes the last user message. All methods are thread safe.

    Args:
        script: Replies in order, one per model request; or a function from `ReceivedRequest` to a reply, called in the
            thread of each request. Once a sequence is exhausted the answer is HTTP 500, see `failures`.

    Raises:
        ScriptError: The script holds something else than replies, or a pace that its reply never reaches.
    """

    def __init__(self, script: ScriptLike | None = None) -> None:
        self._source = script if script is None or callable(script) else tuple(script)
        self._log = RequestLog(Script(self._source))
        self._listener: Listener | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """What OpenAI's client and most others take as their base URL, such as `http://127.0.0.1:40123/v1`.

        Raises:
            ScriptError: The server is not running.
        """
        return f"{self.root_url}/v1"

    @property
    def root_url(self) -> str:
        """What a client takes that adds the `/v1` by itself, as Anthropic's does: such as `http://127.0.0.1:40123`.

        Raises:
            ScriptError: The server is not running.
        """
        if self._listener is None:
            raise ScriptError("This ProviderServer is not running; call start() or use it in a `with` statement")
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """Everything received so far, in the order of arrival, bad requests included."""
        return self._log.requests()

    @property
    def failures(self) -> tuple[Exception, ...]:
        """What went wrong in the script: `ScriptExhaustedError`, or what its function raised."""
        return self._log.failures()

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1 in a background thread; does nothing when it already runs."""
        if self._listener is None:
            self._listener = Listener(self._log)
        return self

    def stop(self) -> None:
        """Close the port and every connection, open streams too; does nothing when it doesn't run."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    def script(self, script: ScriptLike | None) -> None:
        """Replace the script; requests that were already received keep their reply."""
        self._log.use(Script(script))

    def enqueue(self, *replies: Reply | ErrorReply) -> None:
        """Add replies to the end of the script; on a server without one, this ends the echo.

        Raises:
            ScriptError: The script is a function.
        """
        self._log.append(replies)

    def reset(self) -> None:
        """Forget all requests and failures, and begin the script given to the constructor again."""
        self._log.use(Script(self._source), forget=True)
