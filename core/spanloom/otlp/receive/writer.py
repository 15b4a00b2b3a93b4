"""The one thread that decodes what came and writes it to the store, away from the event loop."""

from __future__ import annotations

import gzip
import io
import logging
import threading
import zlib
from collections import deque
from concurrent.futures import Future
from typing import Final, NamedTuple

from spanloom.errors import MissingExtraError, SchemaError, SpanloomError
from spanloom.otlp.receive.answers import PROTOBUF, Answer, Code, failure, success
from spanloom.otlp.receive.assembly import batch_of
from spanloom.otlp.receive.spans import Decoded, ReceivedSpan
from spanloom.tracing.exporters import CONTENT_ERRORS
from spanloom.tracing.pipeline import pipeline

__all__ = ["MAX_BODY", "Body", "Writer"]

logger = logging.getLogger("spanloom")

MAX_BODY: Final = 20 * 2**20
"""Bytes, packed and unpacked: as much as an OpenTelemetry Collector takes."""
_TOGETHER: Final = 2000
"""Spans that are enough for one transaction."""
_GZIP: Final = b"\x1f\x8b"
"""What gzip begins with; the other packing is zlib's."""


class Body(NamedTuple):
    """The body of a request, as it came.

    Attributes:
        media_type: `application/json` or `application/x-protobuf`.
        packed: Whether it is compressed.
    """

    data: bytes
    media_type: str
    packed: bool


class _Job(NamedTuple):
    body: Body
    answer: Future[Answer]


class Writer:
    """Stores requests one after the other; those that wait share a transaction.

    A request is answered when its spans are in the store. Whoever submits bounds how many wait.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def submit(self, body: Body) -> Future[Answer]:
        """Have a body stored; return its answer to be."""
        job = _Job(body, Future())
        with self._changed:
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spanloom-receiver", daemon=True)
                self._thread.start()
            self._changed.notify()
        return job.answer

    def close(self) -> None:
        """Store what waits, and stop. A later `submit` starts afresh."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        self._thread, self._closing = None, False

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closing)
                if not self._jobs:
                    return
            self._store_some()

    def _store_some(self) -> None:
        """Store the oldest requests together; if that fails, each by itself, so that one can't spoil the others."""
        decoded: list[tuple[_Job, Decoded]] = []
        while self._jobs and sum(len(each.spans) for _, each in decoded) < _TOGETHER:
            job = self._jobs.popleft()
            try:
                decoded.append((job, _decoded(job.body)))
            except Exception as error:
                _settle(job, _refusal(job.body.media_type, error))
        try:
            _write([span for _, each in decoded for span in each.spans])
        except Exception:
            for job, each in decoded:
                _settle(job, _stored_alone(job.body.media_type, each))
        else:
            for job, each in decoded:
                _settle(job, success(job.body.media_type, each.rejected, each.mistake))


def _settle(job: _Job, answer: Answer) -> None:
    if job.answer.set_running_or_notify_cancel():  # its client may have left
        job.answer.set_result(answer)


def _decoded(body: Body) -> Decoded:
    data = _unpacked(body.data) if body.packed else body.data
    if body.media_type == PROTOBUF:
        from spanloom.otlp.receive import protobuf_request

        return protobuf_request.decode(data)
    from spanloom.otlp.receive import json_request

    return json_request.decode(data)


class _TooLargeError(SpanloomError):
    pass


def _unpacked(data: bytes) -> bytes:
    """Return the content of a body, of which one byte above the limit is unpacked at most."""
    try:
        found = _gunzipped(data) if data.startswith(_GZIP) else _inflated(data)
    except (EOFError, OSError, zlib.error) as error:
        raise SchemaError(f"the body is not what its content-encoding says, or cut off: {error}") from error
    if len(found) > MAX_BODY:
        raise _TooLargeError(f"the body unpacks to more than {MAX_BODY} bytes, the limit: send fewer spans at once")
    return found


def _gunzipped(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as members:
        return members.read(MAX_BODY + 1)


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, MAX_BODY + 1)
    if unpacker.unused_data or not (unpacker.eof or len(found) > MAX_BODY):
        raise EOFError("its compressed data has no end, or ends before the body does")
    return found


def _write(spans: list[ReceivedSpan]) -> None:
    if spans:
        store = pipeline.store()
        store.export(batch_of(spans, store))


def _stored_alone(media_type: str, decoded: Decoded) -> Answer:
    try:
        _write(decoded.spans)
    except CONTENT_ERRORS:
        return _stored_singly(media_type, decoded)
    except Exception as error:
        return _refusal(media_type, error)
    return success(media_type, decoded.rejected, decoded.mistake)


def _stored_singly(media_type: str, decoded: Decoded) -> Answer:
    """Store span by span: those that no store can hold are rejected for good, and the others kept."""
    rejected, mistake = decoded.rejected, decoded.mistake
    for span in decoded.spans:
        try:
            _write([span])
        except CONTENT_ERRORS as error:
            logger.warning("spanloom: a received span can't be stored, and was rejected", exc_info=error)
            rejected, mistake = rejected + 1, mistake or f"span {span.name!r:.100}: {error}"
        except Exception as error:
            return _refusal(media_type, error)
    return success(media_type, rejected, mistake)


def _refusal(media_type: str, error: Exception) -> Answer:
    """Return what the sender should know: to send it again later, or that there is no use in that."""
    if isinstance(error, MissingExtraError):
        message = f"{error}; or send JSON (OTEL_EXPORTER_OTLP_PROTOCOL=http/json, where the sender knows it)"
        return failure(media_type, 415, Code.INVALID_ARGUMENT, message)
    if isinstance(error, _TooLargeError):
        return failure(media_type, 413, Code.RESOURCE_EXHAUSTED, str(error))
    if isinstance(error, SchemaError):
        return failure(media_type, 400, Code.INVALID_ARGUMENT, str(error))
    logger.warning("spanloom: received spans could not be stored", exc_info=error)
    return failure(media_type, 503, Code.UNAVAILABLE, f"not stored: {error}", {"retry-after": "5"})
