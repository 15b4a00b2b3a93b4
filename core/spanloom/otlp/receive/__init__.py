"""Spans over OTLP/HTTP, received: from services in any language, into the store of this process.

Everything that an OTLP/HTTP receiver answers follows https://opentelemetry.io/docs/specs/otlp/#otlphttp.
"""

from __future__ import annotations
