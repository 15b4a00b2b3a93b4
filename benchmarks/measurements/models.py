"""Saving a model from code and loading it: an agent that echoes, in a folder each.

Both look at the imports of the model in a process of its own when it is saved. The packages themselves are imported
before anything is measured.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measurements.contender import main

TITLE = "a model from code, loaded"
UNIT = "ms"

_AGENT = """
{imports}

class Echo(ResponsesAgent):
    def predict(self, request):
        text = request.input[-1].content
        return {{"output": [self.create_text_output_item(f"echo: {{text}}", "msg_1")]}}

set_model(Echo())
"""
_REQUEST = {"input": [{"role": "user", "content": "hi"}]}


def _mlflow(quick: bool) -> dict[str, float]:
    import mlflow

    def save(folder: Path, script: Path) -> None:
        mlflow.pyfunc.save_model(str(folder), python_model=str(script), input_example=_REQUEST)

    imports = "from mlflow.models import set_model\nfrom mlflow.pyfunc import ResponsesAgent"
    return _measure(imports, save, lambda folder: mlflow.pyfunc.load_model(str(folder)), quick)


def _spanloom(quick: bool) -> dict[str, float]:
    from spanloom.models import load_model, save_model

    def save(folder: Path, script: Path) -> None:
        save_model(folder, script, input_example=_REQUEST)

    return _measure(
        "from spanloom import ResponsesAgent\nfrom spanloom.models import set_model", save, load_model, quick
    )


def _measure(
    imports: str, save: Callable[[Path, Path], None], load: Callable[[Path], Any], quick: bool
) -> dict[str, float]:
    repeats = 3 if quick else 10
    saved, loaded = [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "agent.py"
        script.write_text(_AGENT.format(imports=imports))
        for number in range(repeats + 1):
            target = Path(folder) / f"model_{number}"
            begin = time.perf_counter()
            save(target, script)
            middle = time.perf_counter()
            model = load(target)
            end = time.perf_counter()
            answer = model.predict(_REQUEST)
            if answer["output"][0]["content"][0]["text"] != "echo: hi":
                raise SystemExit(f"not the answer of the agent: {answer}")
            saved.append(middle - begin)
            loaded.append(end - middle)
    return {"value": min(loaded[1:]), "save": min(saved[1:])}


CONTENDERS = {"spanloom": _spanloom, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
