"""The module that loads the models saved here; MLflow, too, finds and calls its `_load_pyfunc`."""

from __future__ import annotations

import inspect
import os
import pickle
from pathlib import Path
from typing import Any, Final, NoReturn

from spanloom.agents.background import run_sync
from spanloom.errors import DamagedModelError, ModelError
from spanloom.models.code_import import ModelCode
from spanloom.models.context import PythonModelContext, configuration
from spanloom.models.implementation import Implementation, implementation_of
from spanloom.models.mlflow_models import mlflow_model
from spanloom.models.model_file import Model
from spanloom.models.pickled import is_pickle
from spanloom.models.script_model import chosen_model

__all__ = ["LOADER_MODULE", "load_implementation"]

LOADER_MODULE: Final = __name__


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> Implementation:
    """Load a model's folder for MLflow; a pickled one if MLflow's own variable allows it."""
    folder = Path(path)
    model = Model.load(folder)
    allowed = os.environ.get("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "").lower() in {"true", "1"}
    return load_implementation(folder, model, model_config or {}, allow_pickle=allowed)


def load_implementation(
    folder: Path, model: Model, model_config: dict[str, Any], *, allow_pickle: bool
) -> Implementation:
    """Load what a model's folder holds.

    Raises:
        DamagedModelError: If its script or pickled object is not there.
        ModelError: If it is pickled and that is not allowed, or its script sets no model.
        ModelImportError: If its code imports a module of its own in a way that does not find it.
    """
    flavor = model.python_function
    script = flavor.get("model_code_path")
    if script and not (folder / Path(script).name).is_file():
        raise DamagedModelError(f"the model's script {Path(script).name} is not in {folder}")
    code = ModelCode(folder / (flavor.get("code") or "code"), folder / Path(script).name if script else None)
    context = PythonModelContext(_artifacts(folder, flavor), model_config)
    with configuration(model_config), code.missing_explained():
        if flavor["loader_module"] != LOADER_MODULE:
            pickled = None if code.has(flavor["loader_module"]) else _pickle_of(model)
            if pickled is not None and not allow_pickle:
                _refuse_pickle(pickled)
            loaded = _by_loader_module(folder, flavor, code, model_config)
            is_of_mlflow = flavor["loader_module"].partition(".")[0] == "mlflow"
            return mlflow_model(loaded, model, folder) if is_of_mlflow else implementation_of(loaded, context)
        python_model = _by_script(code) if script else _by_pickle(folder, flavor, code, allow_pickle=allow_pickle)
        _load_context(python_model, context)
    return implementation_of(python_model, context)


def _load_context(python_model: Any, context: PythonModelContext) -> None:
    load_context = getattr(type(python_model), "load_context", None)
    if load_context is not None:
        pending = load_context(python_model, context)
        if inspect.iscoroutine(pending):
            run_sync(pending)


def _artifacts(folder: Path, flavor: dict[str, Any]) -> dict[str, str]:
    return {name: str(folder / entry["path"]) for name, entry in (flavor.get("artifacts") or {}).items()}


def _by_loader_module(folder: Path, flavor: dict[str, Any], code: ModelCode, model_config: dict[str, Any]) -> Any:
    if not code.has(flavor["loader_module"]):
        code.extend_path()  # what is installed imports the model's code by its own means
    module = code.import_module(flavor["loader_module"])
    load = getattr(module, "_load_pyfunc", None)
    if load is None:
        raise ModelError(f"the loader module {flavor['loader_module']!r} has no function _load_pyfunc(data_path)")
    data_path = str(folder / flavor["data"]) if flavor.get("data") else str(folder)
    try:
        return load(data_path, model_config) if model_config else load(data_path)
    except Exception as error:
        if isinstance(error.__cause__, ImportError):  # MLflow tells it in an exception of its own
            raise error.__cause__ from None
        raise


def _refuse_pickle(name: str) -> NoReturn:
    raise ModelError(
        f"this model is a pickled object ({name}), and loading one runs whatever code is in it. If you trust who saved "
        "it: load_model(..., allow_pickle=True), or predict --allow-pickle; better: save it again from a script that "
        "calls set_model"
    )


def _pickle_of(model: Model) -> str | None:
    """Return the file of a model that another package pickled."""
    said = (entry for flavor in model.flavors.values() if isinstance(flavor, dict) for entry in flavor.items())
    return next((value for key, value in said if is_pickle(key, value)), None)


def _by_script(code: ModelCode) -> Any:
    with chosen_model() as chosen:
        script = code.run_script()
    if not chosen:
        raise ModelError(
            f"{Path(script.__file__ or '').name} sets no model: it must call spanloom.models.set_model(model)"
        )
    return chosen[0]


class _Unpickler(pickle.Unpickler):
    """Finds the classes of the model's own modules under their private names."""

    code: ModelCode

    def find_class(self, module_name: str, global_name: str) -> Any:
        return super().find_class(self.code.private_name(module_name), global_name)


def _by_pickle(folder: Path, flavor: dict[str, Any], code: ModelCode, *, allow_pickle: bool) -> Any:
    name = flavor.get("python_model")
    if not name:
        raise DamagedModelError("MLmodel names neither a script (model_code_path) nor a pickled object (python_model)")
    if not allow_pickle:
        _refuse_pickle(name)
    if not (folder / name).is_file():
        raise DamagedModelError(f"the model's pickled object {name} is not in {folder}")
    with (folder / name).open("rb") as file:
        unpickler = _Unpickler(file)
        unpickler.code = code
        return unpickler.load()
