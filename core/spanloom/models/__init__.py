"""Models as folders: saved from code, loaded anywhere, by MLflow too. The format is its `python_function`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.models.context import ModelConfig as ModelConfig
    from spanloom.models.context import PythonModelContext as PythonModelContext
    from spanloom.models.digests import model_digest as model_digest
    from spanloom.models.inference import infer_signature as infer_signature
    from spanloom.models.load import get_model_dependencies as get_model_dependencies
    from spanloom.models.load import load_model as load_model
    from spanloom.models.loaded import PyFuncModel as PyFuncModel
    from spanloom.models.model_file import Model as Model
    from spanloom.models.model_file import add_to_model as add_to_model
    from spanloom.models.save import save_model as save_model
    from spanloom.models.script_model import set_model as set_model
    from spanloom.models.signature import ModelSignature as ModelSignature
    from spanloom.models.uris import resolve as resolve

_NAMES = {
    "context": ("ModelConfig", "PythonModelContext"),
    "digests": ("model_digest",),
    "inference": ("infer_signature",),
    "load": ("get_model_dependencies", "load_model"),
    "loaded": ("PyFuncModel",),
    "model_file": ("Model", "add_to_model"),
    "save": ("save_model",),
    "script_model": ("set_model",),
    "signature": ("ModelSignature",),
    "uris": ("resolve",),
}
_HOMES = {name: f"spanloom.models.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
