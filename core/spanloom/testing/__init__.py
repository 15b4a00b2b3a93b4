"""What tests of agents need: a scripted model server that speaks OpenAI's and Anthropic's HTTP wire on loopback.

```python
from openai import OpenAI
from spanloom.testing import ProviderServer, Reply

with ProviderServer([Reply("Sunny, 21 degrees.")]) as server:
    client = OpenAI(base_url=server.base_url, api_key="unused")
```

The server needs nothing but the standard library. `reset` and `outline` serve tests of traces.
"""

from __future__ import annotations

from spanloom.testing.grammar import check_events
from spanloom.testing.outline import outline
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply, ToolCall, Usage
from spanloom.testing.provider.script import ScriptError, ScriptExhaustedError
from spanloom.testing.provider.server import ProviderServer
from spanloom.testing.reset import reset

__all__ = [
    "ErrorReply",
    "ProviderServer",
    "ReceivedRequest",
    "Reply",
    "ScriptError",
    "ScriptExhaustedError",
    "ToolCall",
    "Usage",
    "check_events",
    "outline",
    "reset",
]
