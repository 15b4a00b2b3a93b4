"""Pickling a model, where its author asks for that."""

from __future__ import annotations

import io
import warnings
from collections import ChainMap
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, Final

from spanloom.errors import ModelError, extra_needed

__all__ = ["is_pickle", "pickle_model"]

_NAME: Final = "python_model.pkl"
_KEYS: Final = {"python_model", "pickled_model"}
_SUFFIXES: Final = {".pkl", ".pickle", ".joblib", ".cloudpickle"}


def is_pickle(key: str, value: Any) -> bool:
    """Whether something that `MLmodel` says is the name of a pickled object."""
    return isinstance(value, str) and (key in _KEYS or Path(value).suffix in _SUFFIXES)


def pickle_model(python_model: Any, folder: Path) -> dict[str, Any]:
    """Pickle a model into its folder, and return what `MLmodel` says about it.

    Raises:
        ModelError: If it can't be pickled.
        MissingExtraError: If cloudpickle is not installed.
    """
    with extra_needed("pickling a model", "models", "cloudpickle"):
        import cloudpickle  # type: ignore[import-untyped,unused-ignore] # an extra
    warnings.warn(
        "the model is pickled: loading it runs whatever code is in it, and needs the same Python and packages. "
        "A script that calls spanloom.models.set_model has neither problem",
        stacklevel=4,
    )
    try:
        content = _pickled(python_model, cloudpickle.Pickler)
    except Exception as error:
        raise ModelError(
            f"this {type(python_model).__name__} can't be pickled ({type(error).__name__}: {error}): write a script "
            "that makes it and calls spanloom.models.set_model"
        ) from error
    (folder / _NAME).write_bytes(content)
    return {"python_model": _NAME, "cloudpickle_version": cloudpickle.__version__}


def _pickled(python_model: Any, pickler: Any) -> bytes:
    """Pickle without the paths of the source files, which cloudpickle keeps in code and in the globals of functions."""
    reduce_code = pickler.dispatch_table[CodeType]

    def without_folder(code: CodeType) -> Any:
        return reduce_code(code.replace(co_filename=Path(code.co_filename).name))

    class Pickler(pickler):  # type: ignore[misc,unused-ignore] # a class that is known only here
        dispatch_table: ClassVar = ChainMap({CodeType: without_folder}, pickler.dispatch_table)

        def _function_getnewargs(self, func: Any) -> tuple[Any, ...]:
            arguments: tuple[Any, ...] = super()._function_getnewargs(func)
            for name in ("__file__", "__path__"):
                arguments[1].pop(name, None)
            return arguments

    buffer = io.BytesIO()
    Pickler(buffer).dump(python_model)
    return buffer.getvalue()
