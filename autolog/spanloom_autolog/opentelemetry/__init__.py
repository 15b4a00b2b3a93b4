"""The bridge from OpenTelemetry: spans that follow its GenAI semantic conventions become spanloom spans.

Many frameworks and instrumentations emit such spans by themselves; with this processor on your own tracer provider
spanloom records them, next to whatever exporters you have:

```python
from spanloom_autolog.opentelemetry import SpanloomSpanProcessor

provider.add_span_processor(SpanloomSpanProcessor())
```

https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai
"""

from __future__ import annotations

from spanloom_autolog.opentelemetry.processor import SpanloomSpanProcessor

__all__ = ["SpanloomSpanProcessor"]
