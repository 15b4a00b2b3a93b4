"""`save_model`: a model as a folder that can be loaded elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spanloom
from spanloom.errors import ModelError
from spanloom.models.agent_signatures import EXAMPLES
from spanloom.models.code_files import copy_artifacts, copy_code, copy_data, copy_script
from spanloom.models.context import read_config
from spanloom.models.digests import files_of, write_digests
from spanloom.models.environment import CONDA_ENV, PYTHON_ENV, Environment, write_environment
from spanloom.models.examples import Example, write_example
from spanloom.models.inference import infer_signature
from spanloom.models.inspect_folder import Inspection, inspect_folder
from spanloom.models.loader import LOADER_MODULE
from spanloom.models.local_paths import warn_of_local_paths
from spanloom.models.model_file import FLAVOR_NAME, MLMODEL, Model, add_to_model
from spanloom.models.pickled import pickle_model
from spanloom.models.secret_check import refuse_named_secrets, refuse_secrets
from spanloom.models.signature import ModelSignature
from spanloom.models.yaml_files import read_yaml
from spanloom.tracking.files import new_folder

__all__ = ["save_model"]


def save_model(
    path: str | os.PathLike[str],
    python_model: Any = None,
    *,
    code_paths: Iterable[str | Path] | None = None,
    artifacts: Mapping[str, str | Path] | None = None,
    input_example: Any = None,
    signature: ModelSignature | None = None,
    model_config: Mapping[str, Any] | str | Path | None = None,
    metadata: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | str | Path | None = None,
    prompts: Iterable[str] | None = None,
    pip_requirements: Iterable[str] | str | Path | None = None,
    extra_pip_requirements: Iterable[str] | str | Path | None = None,
    conda_env: Mapping[str, Any] | str | Path | None = None,
    python_env: Mapping[str, Any] | str | Path | None = None,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    allow_pickle: bool = False,
    mlflow_model: Model | None = None,
) -> Model:
    """Save a model as a folder that `load_model`, and MLflow, can load elsewhere.

    It is loaded once in a new process, which tells what it imports: nothing is left to chance, and no module of the
    working directory is needed by accident. With an `input_example` it also answers that, for real. The folder appears
    whole, or not at all.

    Args:
        path: The folder, which must not exist yet.
        python_model: The path of a script that calls `set_model`; or, with `allow_pickle`, the model itself.
        code_paths: Modules and packages that it imports. Hidden files stay out.
        artifacts: Files by the names under which `load_context(context)` finds them.
        input_example: What it may be called with: data, or a pair of data and params.
        signature: What it takes and gives; found out by itself for agents, annotated functions, and where there is an
            input example.
        model_config: What `ModelConfig` and the context give: a dict, or the path of a YAML file.
        metadata: What else is to be known about it.
        resources: What it needs to reach: a dict, or the path of a YAML file.
        prompts: The URIs of the prompts it uses.
        pip_requirements: Its requirements, instead of those that were seen: a list, or the path of a file.
        extra_pip_requirements: Requirements beside those that were seen.
        conda_env: The content of `conda.yaml`, or the path of one.
        python_env: The content of `python_env.yaml`, likewise.
        loader_module: Instead of `python_model`: the module, among the code or installed, whose
            `_load_pyfunc(data_path)` gives the model.
        data_path: What that function is given, a file or folder.
        allow_pickle: Pickle `python_model`. Who loads it must trust who saved it, and have the same Python.
        mlflow_model: What `MLmodel` is to say beside that.

    Returns:
        What `MLmodel` says.

    Raises:
        ModelError: If it can't be loaded, holds a secret, or the arguments do not fit together.
        ModelImportError: If it needs a module that is neither given nor installed.
        ArtifactError: If the folder exists already or can't be written.

    Example:
        >>> spanloom.models.save_model("weather_agent", "agent.py", input_example={"input": "Weather in Paris?"})
    """
    if signature is not None and not isinstance(signature, ModelSignature):
        raise ModelError(
            f"signature: expected a ModelSignature, such as infer_signature(...), got {type(signature).__name__}"
        )
    source = _Source(python_model, loader_module, data_path, allow_pickle)
    environment = Environment(pip_requirements, extra_pip_requirements, conda_env, python_env)
    config, example = read_config(model_config), Example.of(input_example)
    model = mlflow_model or Model()
    model.metadata = {**(model.metadata or {}), **(metadata or {})}
    model.prompts = list(prompts) if prompts is not None else model.prompts
    model.resources = _resources(resources)
    said = {"model_config": config, "metadata": metadata, "resources": model.resources, "params": example.params}
    for what, value in said.items():
        refuse_named_secrets(what, value)
    model.other["spanloom_version"] = spanloom.__version__
    with new_folder(Path(path).expanduser().absolute()) as folder:
        params = source.write(folder) | {"code": copy_code(code_paths or (), folder)}
        if artifacts:
            params["artifacts"] = copy_artifacts(artifacts, folder)
        add_to_model(model, **params, model_config=config, conda_env=CONDA_ENV, python_env=PYTHON_ENV)
        if input_example is not None:
            model.saved_input_example_info = write_example(folder, example, is_request=False)
            model.signature = signature or infer_signature(example.data, params=example.params)
        _write(folder, model)
        seen = inspect_folder(folder)
        _complete(model, seen, signature)
        if seen.task is not None:
            given = example if input_example is not None else Example(EXAMPLES[seen.task])
            model.saved_input_example_info = write_example(folder, given, is_request=True)
        write_environment(folder, environment, seen.requirements)
        model.model_size_bytes = sum(file.stat().st_size for file in files_of(folder) if file.name != MLMODEL)
        _write(folder, model)
        refuse_secrets(folder)
        warn_of_local_paths(folder)
        write_digests(folder)
    return model


def _write(folder: Path, model: Model) -> None:
    (folder / MLMODEL).write_text(model.to_yaml(), encoding="utf-8")


def _complete(model: Model, seen: Inspection, signature: ModelSignature | None) -> None:
    """Say what was seen."""
    if seen.task is not None and signature is not None:
        raise ModelError("signature: a standard agent has that of its schema; leave it out")
    model.signature = signature or seen.signature
    model.is_signature_from_type_hint = seen.hinted and signature is None
    model.flavors[FLAVOR_NAME]["streamable"] = seen.streamable
    if seen.task is not None:
        model.metadata = {**(model.metadata or {}), "task": seen.task}
    model.metadata = model.metadata or None


def _resources(given: Mapping[str, Any] | str | Path | None) -> dict[str, Any] | None:
    content = read_yaml(Path(given)) if isinstance(given, str | Path) else given
    if content is not None and not isinstance(content, Mapping):
        raise ModelError("resources: expected a dict, or the path of a YAML file with one")
    return dict(content) if content is not None else None


@dataclass(frozen=True)
class _Source:
    """Where the model comes from."""

    python_model: Any
    loader_module: str | None
    data_path: str | Path | None
    allow_pickle: bool

    def __post_init__(self) -> None:
        if (self.python_model is None) == (self.loader_module is None):
            raise ModelError("save_model() takes python_model or loader_module; one of the two")
        if self.data_path is not None and self.loader_module is None:
            raise ModelError("data_path is what a loader module is given; with python_model use artifacts")
        if isinstance(self.python_model, type):
            raise ModelError(f"python_model takes a model, not its class {self.python_model.__qualname__}")
        if not self.is_script and self.python_model is not None and not self.allow_pickle:
            raise ModelError(
                f"python_model is a {type(self.python_model).__name__}: write a script that makes it and calls "
                "spanloom.models.set_model(model), and give the path of that; or pickle it, which ties it to this "
                "Python and to who trusts you: allow_pickle=True"
            )

    @property
    def is_script(self) -> bool:
        return isinstance(self.python_model, str | Path)

    def write(self, folder: Path) -> dict[str, Any]:
        """Copy it into the folder, and return how it is loaded."""
        if self.loader_module is not None:
            data = copy_data(self.data_path, folder) if self.data_path is not None else None
            return {"loader_module": self.loader_module, "data": data}
        if self.is_script:
            return {
                "loader_module": LOADER_MODULE,
                "model_code_path": copy_script(Path(self.python_model).expanduser(), folder),
            }
        return {"loader_module": LOADER_MODULE} | pickle_model(self.python_model, folder)
