# ruff: noqa: INP001 - a folder for PYTHONPATH, not a package
"""What Python runs while it starts, here and in child processes: switches autologging on.

`import spanloom` follows `SPANLOOM_AUTOLOG`. The program's own `sitecustomize`, if any, was only shadowed: it runs
first, and takes this module's place.
"""

from __future__ import annotations

import importlib
import os
import sys


def _give_way() -> None:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is slow to import
    sys.path[:] = [folder for folder in sys.path if folder != here]
    this = sys.modules.pop("sitecustomize")
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = this


def _autolog() -> None:
    try:
        import spanloom  # noqa: F401 - it looks at the environment itself
    except ModuleNotFoundError as error:
        if error.name != "spanloom":  # else this is another environment's Python: nothing of ours belongs here
            raise


try:
    _give_way()
finally:
    _autolog()
