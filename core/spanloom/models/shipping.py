"""A model's folder as one archive, for the machines of a cluster."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spanloom.models.load import load_model
from spanloom.models.loaded import PyFuncModel

__all__ = ["Shipped", "archive"]


def archive(folder: Path, target: Path) -> Path:
    """Write a folder as `<target>.zip`, and return that path."""
    return Path(shutil.make_archive(str(target), "zip", folder))


class Shipped:
    """A model's folder that travels with the object, and how it is to be loaded.

    Args:
        folder: The folder.
        model_config: See `load_model`.
        allow_pickle: See `load_model`.
    """

    def __init__(self, folder: Path, model_config: Mapping[str, Any] | None, *, allow_pickle: bool) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            self._data = archive(folder, Path(temporary, "model")).read_bytes()
        self._model_config = model_config
        self._allow_pickle = allow_pickle

    def load(self) -> PyFuncModel:
        """Load the model, from a temporary folder that stays as long as the process: it may read its files later."""
        folder = tempfile.mkdtemp(prefix="spanloom-model-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with zipfile.ZipFile(io.BytesIO(self._data)) as files:
            files.extractall(folder)
        return load_model(folder, self._model_config, allow_pickle=self._allow_pickle)
