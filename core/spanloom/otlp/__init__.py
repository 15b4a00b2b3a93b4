"""Traces over OTLP/HTTP (extra `otlp`): to an OpenTelemetry Collector, MLflow, Jaeger, Langfuse, Phoenix and others.

```python
from spanloom.otlp import OtlpExporter

spanloom.configure(exporters=[OtlpExporter("http://127.0.0.1:4318")])
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.otlp.exporter import OtlpExporter as OtlpExporter

_HOMES = {"OtlpExporter": "spanloom.otlp.exporter"}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - a test compares it with the imports above

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
