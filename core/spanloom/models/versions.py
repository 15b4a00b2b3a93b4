"""How the Python and the packages here differ from those that a model was saved with."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from spanloom.errors import DamagedModelError
from spanloom.models.model_file import Model

__all__ = ["Differences", "differences"]

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^;\s]+)")
_MAX_LISTED: Final = 10


@dataclass(frozen=True)
class Differences:
    """What differs.

    Attributes:
        python_there: The Python that saved the model.
        python_here: This one.
        packages: `"openai 2.54.0 (here 3.52.0)"`, for each that differs or is not installed.
    """

    python_there: str
    python_here: str
    packages: list[str]

    @property
    def of_python(self) -> bool:
        """Whether the Pythons differ by more than their patch level."""
        return _minor(self.python_there) != _minor(self.python_here)

    def __str__(self) -> str:
        listed = [f"Python {self.python_there} (here {self.python_here})"] if self.of_python else []
        listed += self.packages[:_MAX_LISTED]
        more = len(self.packages) - _MAX_LISTED
        return ", ".join(listed) + (f" and {more} more" if more > 0 else "")

    def __bool__(self) -> bool:
        return self.of_python or bool(self.packages)


def differences(folder: Path, model: Model) -> Differences:
    """Compare what a model's files say with what is installed.

    Raises:
        DamagedModelError: If its requirements can't be read.
    """
    here = platform.python_version()
    there = str(model.python_function.get("python_version") or here)
    path = folder / "requirements.txt"
    try:
        pins = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedModelError(f"{path} can't be read: {error}") from error
    return Differences(there, here, [text for line in pins for text in _of_package(line)])


def _minor(version_text: str) -> str:
    return ".".join(version_text.split(".")[:2])


def _of_package(requirement: str) -> Iterator[str]:
    found = _PIN.match(requirement.strip())
    if found is None:
        return
    name, there = found.groups()
    try:
        here = version(name)
    except PackageNotFoundError:
        yield f"{name} {there} (not installed here)"
    else:
        if there not in {here, here.partition("+")[0]}:
            yield f"{name} {there} (here {here})"
