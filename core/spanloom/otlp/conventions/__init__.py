"""What attributes, events and status of OpenTelemetry spans say, read into spans of ours.

The words of the GenAI semantic conventions, today's and those of earlier versions, of OpenInference, OpenLLMetry and
MLflow. Pure: nothing here imports OpenTelemetry; a span is anything shaped like the SDK's `ReadableSpan`.

https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai
"""

from __future__ import annotations

from spanloom.otlp.conventions.operations import MODEL_TYPES, Work, stated_work, work_of
from spanloom.otlp.conventions.reading import record

__all__ = ["MODEL_TYPES", "Work", "record", "stated_work", "work_of"]
