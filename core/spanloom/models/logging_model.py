"""`log_model`: a model among the artifacts, linked to its run."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any, Final

from spanloom.models.model_file import Model
from spanloom.models.model_info import ModelInfo
from spanloom.models.registry.keeping import kept, record, undone
from spanloom.models.registry.names import checked_name
from spanloom.models.registry.registration import register_model
from spanloom.models.registry.tables import SCHEMA
from spanloom.models.save import save_model
from spanloom.store.records import writing
from spanloom.tracking.active import active_run
from spanloom.tracking.artifacts import model_artifacts
from spanloom.tracking.runs import get_run

__all__ = ["log_model"]

_OPTIONS: Final = [
    name
    for name, parameter in signature(save_model).parameters.items()
    if parameter.kind is Parameter.KEYWORD_ONLY and name != "mlflow_model"
]


def log_model(
    name: str = "model",
    python_model: Any = None,
    *,
    artifact_path: str | None = None,
    registered_model_name: str | None = None,
    run_id: str | None = None,
    **options: Any,
) -> ModelInfo:
    """Save a model among the artifacts. It is linked to the active run; without one it stands alone.

    Args:
        name: What to call it in its run.
        python_model: See `save_model`.
        artifact_path: Another name of `name`.
        registered_model_name: Register it, too, under this name.
        run_id: Link it to this run instead.
        options: Whatever else `save_model` takes.

    Raises:
        ArtifactError: If it can't be written.
        ModelError: If it can't be saved, or a name can't be used.
        NotFoundError: If there is no such run.
        StoreError: If the store can't be written.

    Example:
        >>> with spanloom.start_run():
        ...     info = spanloom.models.log_model(name="agent", python_model="agent.py")
        >>> model = spanloom.models.load_model(info.model_uri)
    """
    for option in options:
        if option not in _OPTIONS:
            known = ", ".join(_OPTIONS)
            raise TypeError(f"log_model() got an unexpected keyword argument {option!r}; it takes {known}")
    name = checked_name(artifact_path or name)
    if registered_model_name is not None:
        checked_name(registered_model_name)
    active = active_run() if run_id is None else get_run(run_id)
    model = Model(run_id=active.info.run_id if active is not None else None, artifact_path=name)
    folder = model_artifacts(model.model_id)
    with undone(folder):
        save_model(folder, python_model, mlflow_model=model, **options)
        with writing(SCHEMA) as connection:
            record(connection, kept(model.model_id, name, model.run_id))
    if registered_model_name is None:
        return ModelInfo(name, model)
    return ModelInfo(name, model, register_model(f"models:/{model.model_id}", registered_model_name).version)
