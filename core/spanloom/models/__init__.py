"""Models as folders: saved from code, loaded anywhere, by MLflow too. The format is its `python_function`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.models.batch import Prediction as Prediction
    from spanloom.models.batch import batch_predict as batch_predict
    from spanloom.models.context import ModelConfig as ModelConfig
    from spanloom.models.context import PythonModelContext as PythonModelContext
    from spanloom.models.digests import model_digest as model_digest
    from spanloom.models.inference import infer_signature as infer_signature
    from spanloom.models.load import get_model_dependencies as get_model_dependencies
    from spanloom.models.load import load_model as load_model
    from spanloom.models.loaded import PyFuncModel as PyFuncModel
    from spanloom.models.logging_model import log_model as log_model
    from spanloom.models.model_file import Model as Model
    from spanloom.models.model_file import add_to_model as add_to_model
    from spanloom.models.model_info import ModelInfo as ModelInfo
    from spanloom.models.model_info import get_model_info as get_model_info
    from spanloom.models.registry.aliases import delete_registered_model_alias as delete_registered_model_alias
    from spanloom.models.registry.aliases import set_registered_model_alias as set_registered_model_alias
    from spanloom.models.registry.entities import LoggedModel as LoggedModel
    from spanloom.models.registry.entities import ModelVersion as ModelVersion
    from spanloom.models.registry.entities import RegisteredModel as RegisteredModel
    from spanloom.models.registry.logged_models import delete_logged_model as delete_logged_model
    from spanloom.models.registry.logged_models import get_logged_model as get_logged_model
    from spanloom.models.registry.registered_models import delete_registered_model as delete_registered_model
    from spanloom.models.registry.registered_models import get_registered_model as get_registered_model
    from spanloom.models.registry.registered_models import update_registered_model as update_registered_model
    from spanloom.models.registry.registration import create_registered_model as create_registered_model
    from spanloom.models.registry.registration import register_model as register_model
    from spanloom.models.registry.search import search_logged_models as search_logged_models
    from spanloom.models.registry.search import search_model_versions as search_model_versions
    from spanloom.models.registry.search import search_registered_models as search_registered_models
    from spanloom.models.registry.tags import delete_model_version_tag as delete_model_version_tag
    from spanloom.models.registry.tags import delete_registered_model_tag as delete_registered_model_tag
    from spanloom.models.registry.tags import set_model_version_tag as set_model_version_tag
    from spanloom.models.registry.tags import set_registered_model_tag as set_registered_model_tag
    from spanloom.models.registry.versions import delete_model_version as delete_model_version
    from spanloom.models.registry.versions import get_latest_versions as get_latest_versions
    from spanloom.models.registry.versions import get_model_version as get_model_version
    from spanloom.models.registry.versions import get_model_version_by_alias as get_model_version_by_alias
    from spanloom.models.registry.versions import transition_model_version_stage as transition_model_version_stage
    from spanloom.models.registry.versions import update_model_version as update_model_version
    from spanloom.models.save import save_model as save_model
    from spanloom.models.script_model import set_model as set_model
    from spanloom.models.signature import ModelSignature as ModelSignature
    from spanloom.models.spark import spark_udf as spark_udf
    from spanloom.models.uris import resolve as resolve

_NAMES = {
    "batch": ("Prediction", "batch_predict"),
    "context": ("ModelConfig", "PythonModelContext"),
    "digests": ("model_digest",),
    "inference": ("infer_signature",),
    "load": ("get_model_dependencies", "load_model"),
    "loaded": ("PyFuncModel",),
    "model_file": ("Model", "add_to_model"),
    "save": ("save_model",),
    "script_model": ("set_model",),
    "signature": ("ModelSignature",),
    "logging_model": ("log_model",),
    "model_info": ("ModelInfo", "get_model_info"),
    "registry.aliases": ("delete_registered_model_alias", "set_registered_model_alias"),
    "registry.entities": ("LoggedModel", "ModelVersion", "RegisteredModel"),
    "registry.logged_models": ("delete_logged_model", "get_logged_model"),
    "registry.registered_models": ("delete_registered_model", "get_registered_model", "update_registered_model"),
    "registry.registration": ("create_registered_model", "register_model"),
    "registry.search": ("search_logged_models", "search_model_versions", "search_registered_models"),
    "registry.tags": (
        "delete_model_version_tag",
        "delete_registered_model_tag",
        "set_model_version_tag",
        "set_registered_model_tag",
    ),
    "registry.versions": (
        "delete_model_version",
        "get_latest_versions",
        "get_model_version",
        "get_model_version_by_alias",
        "transition_model_version_stage",
        "update_model_version",
    ),
    "spark": ("spark_udf",),
    "uris": ("resolve",),
}
_HOMES = {name: f"spanloom.models.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
