"""The errors that spanloom raises on purpose: each says what was wrong, what was expected and how to fix it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "AdapterNotFoundError",
    "AgentError",
    "AgentTimeoutError",
    "ArtifactError",
    "DamagedModelError",
    "EvaluationError",
    "FilterError",
    "IncompatibleModelError",
    "JudgeError",
    "MissingExtraError",
    "ModelError",
    "ModelImportError",
    "NotFoundError",
    "PluginError",
    "PromptError",
    "RunError",
    "SchemaError",
    "SpanloomError",
    "StoreError",
    "WorkerDiedError",
    "extra_needed",
]


class SpanloomError(Exception):
    """Base class of every error that spanloom raises on purpose."""


class StoreError(SpanloomError):
    """A trace store can't be opened, read or written."""


class NotFoundError(SpanloomError, LookupError):
    """The store holds no trace, or a trace no assessment, of the id that was given."""


class FilterError(SpanloomError, ValueError):
    """A filter, an order or a page token of a search can't be understood; the message points at the place.

    Args:
        message: What was wrong, and what was expected.
        position: Where in the filter, counted from 0; `None` if it is not about the filter.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


class PluginError(SpanloomError):
    """An autolog plugin is unknown, or was asked for something it does not offer."""


class MissingExtraError(SpanloomError, ImportError):
    """A feature needs an extra that is not installed.

    Args:
        feature: What the user asked for, as it stands at the start of a sentence.
        extra: The name of the extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{feature} needs an extra that is not installed: pip install 'spanloom[{extra}]'")


@contextmanager
def extra_needed(feature: str, extra: str, *packages: str) -> Iterator[None]:
    """Tell that an extra is missing if, inside the block, the import of one of its packages fails.

    Raises:
        MissingExtraError: Then; whatever else can't be imported is another matter, and raised as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise MissingExtraError(feature, extra) from error


class AgentError(SpanloomError):
    """A standard agent was built or called in a way that can't work."""


class AdapterNotFoundError(AgentError, TypeError):
    """`spanloom.wrap` was given an object that no adapter knows."""


class AgentTimeoutError(AgentError, TimeoutError):
    """A wrapped agent took longer than its `timeout`."""


class SchemaError(SpanloomError, ValueError):
    """A request, response or event does not fit its schema; the message names each field path."""


class EvaluationError(SpanloomError, ValueError):
    """An evaluation can't be run as it was asked for: its data, its scorers and its function do not fit together."""


class WorkerDiedError(SpanloomError):
    """The process that worked on a row ended before it had a result."""


class JudgeError(SpanloomError):
    """A model that was asked for a judgement refused, or answered something that is none."""


class PromptError(SpanloomError, ValueError):
    """A prompt can't be stored, found or formatted as it was asked for."""


class RunError(SpanloomError, ValueError):
    """A run can't be started or ended, or can't be given what was logged."""


class ArtifactError(SpanloomError):
    """An artifact has a name that can't be used, is not there, or can't be read or written."""


class ModelError(SpanloomError):
    """A model can't be saved or loaded as it was asked for."""


class DamagedModelError(ModelError):
    """The folder of a model is not what was saved: a file is missing, changed or unreadable."""


class ModelImportError(ModelError, ImportError):
    """A model needs a module that is neither among its code nor installed."""


class IncompatibleModelError(ModelError):
    """A model was saved by a Python, or a package, that can't be replaced by the one that runs now."""
