"""The HTTP session of the exporter: it knows whether a request failed for the moment or for good."""

from __future__ import annotations

import os
from typing import Any, Final

from requests import ConnectionError as NoConnectionError
from requests import Response, Session

__all__ = ["ExporterSession", "exporter_session"]

_FOR_THE_MOMENT: Final = frozenset({429, 502, 503, 504})
"""https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes"""


_CREDENTIAL_PROVIDERS: Final = (
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER",
)


class ExporterSession(Session):
    """A session for `OTLPSpanExporter`, which only says that it failed, not why.

    Attributes:
        retryable: Whether the last request failed for a reason that passes.
    """

    retryable = False

    def request(self, *arguments: Any, **options: Any) -> Response:
        """Send a request, and note how it went."""
        self.retryable = False
        try:
            response = super().request(*arguments, **options)
        except NoConnectionError:
            self.retryable = True
            raise
        self.retryable = response.status_code in _FOR_THE_MOMENT
        return response


def exporter_session() -> ExporterSession | None:
    """Return a new session, or nothing if the environment names one, which comes with its credentials."""
    return None if any(map(os.environ.get, _CREDENTIAL_PROVIDERS)) else ExporterSession()
