"""Import cost: fresh interpreters, best of several, net of the interpreter's own start.

In spanloom's environment all frameworks are installed and none is imported.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

from measurements.contender import main

TITLE = "import cost"
UNIT = "ms"


def _seconds(statement: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", statement], check=True)
    return time.perf_counter() - begin


def _net(statement: str, quick: bool) -> dict[str, float]:
    _seconds(statement)  # into the page cache
    repeats = range(5 if quick else 15)
    pairs = [(_seconds("pass"), _seconds(statement)) for _ in repeats]
    return {"value": min(full for _, full in pairs) - min(bare for bare, _ in pairs)}


CONTENDERS = {
    "spanloom": partial(_net, "import spanloom; spanloom.autolog()"),
    "wrapt": partial(_net, "import wrapt"),
    "opentelemetry": partial(_net, "import opentelemetry.sdk.trace"),
    "mlflow": partial(_net, "import mlflow"),
}

if __name__ == "__main__":
    main(CONTENDERS)
