"""What must work with the required dependencies alone. Run by `nox -s minimal`, without pytest."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["SPANLOOM_STRICT"] = "1"

import spanloom

third_party = {"orjson", "pydantic", "wrapt"} & set(sys.modules)
assert not third_party, f"`import spanloom` loads {third_party}"

spanloom.autolog()
assert not {"orjson", "pydantic", "wrapt"} & set(sys.modules), "`spanloom.autolog()` loads a third-party package"

with tempfile.TemporaryDirectory() as folder:
    spanloom.configure(store=f"sqlite:///{Path(folder) / 'traces.db'}")

    @spanloom.trace
    def double(number: int) -> int:
        return 2 * number

    assert double(21) == 42
    [trace] = spanloom.search_traces()
    assert trace.data.spans[0].outputs == 42

    class Echo(spanloom.ResponsesAgent):
        def predict(self, request: object) -> object:
            part = {"type": "output_text", "text": "hi", "annotations": []}
            return {"output": [{"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}]}

    assert Echo().predict(input="hi").output_text == "hi"

    from spanloom.testing import reset

    reset()

for name in spanloom.__all__:
    getattr(spanloom, name)
print("the core works alone")
