"""Making sure that what is saved holds no secret of this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from spanloom.errors import ModelError
from spanloom.models.digests import files_of

__all__ = ["refuse_secrets"]

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_MIN_LENGTH: Final = 12
_MAX_FILE_BYTES: Final = 10_000_000


def refuse_secrets(folder: Path) -> None:
    """Look for the values of environment variables that are named like secrets.

    Raises:
        ModelError: If a file holds one; the message names the file and the variable.
    """
    secrets = {
        name: value.encode()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value) >= _MIN_LENGTH and not Path(value).exists()
    }
    for path in files_of(folder) if secrets else ():
        if path.stat().st_size > _MAX_FILE_BYTES:
            continue
        content = path.read_bytes()
        for name, value in secrets.items():
            if value in content:
                raise ModelError(
                    f"{path.relative_to(folder).as_posix()} holds the value of the environment variable {name}, and "
                    f"would be saved with it: read it where the model runs, os.environ[{name!r}]"
                )
