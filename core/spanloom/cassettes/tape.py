"""The cassette's file: a line of JSON that says what it is, then one per call."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.report import ReplayError
from spanloom.tracing.guard import guard

__all__ = ["Tape", "read_tape"]

_log = logging.getLogger("spanloom")
_HEAD = {"spanloom_cassette": 1}


class Tape:
    """Takes interactions, and writes them to the file when it is saved.

    Args:
        path: The file.
        redact: Gets every request and response before it is kept.
    """

    def __init__(self, path: Path, redact: Callable[..., Any]) -> None:
        self._path = path
        self._redact = redact
        self._lock = threading.Lock()
        self._interactions: list[Interaction] = []
        self._heard: list[tuple[Interaction, Callable[[], dict[str, Any]]]] = []

    def begin(self, request: Request, within: int | None) -> Interaction:
        """Keep a request in its place; its response is set when it is there."""
        redacted = request.redacted(self._redact)
        with self._lock:
            interaction = Interaction(len(self._interactions) + 1, redacted, within=within)
            self._interactions.append(interaction)
        return interaction

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Keep the response to a request."""
        interaction.response = self._redact(response)

    def listen(self, interaction: Interaction, tell: Callable[[], dict[str, Any]]) -> None:
        """Keep what the function tells when the tape is saved."""
        with self._lock:
            self._heard.append((interaction, tell))

    def save(self) -> None:
        """Write the file aside, then put it in its place. A call that was never answered is left out."""
        with self._lock:
            heard, interactions = list(self._heard), list(self._interactions)
        for interaction, tell in heard:
            with guard("cassettes: an HTTP response"):
                self.finish(interaction, tell())
        self._write([one for one in interactions if one.response])
        dropped = [one.request.name for one in interactions if not one.response]
        if dropped:
            _log.warning("spanloom.record: %s had no answer that could be kept: %s", self._path, ", ".join(dropped))

    def _write(self, interactions: list[Interaction]) -> None:
        lines = [_HEAD, *(one.to_dict() for one in interactions)]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(f"{self._path.name}.{os.getpid()}.partial")
        try:
            with aside.open("wb") as file:
                file.writelines(orjson.dumps(line) + b"\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())  # or a crash of the machine leaves an empty file in the place of the former one
            aside.replace(self._path)
        finally:
            aside.unlink(missing_ok=True)


def read_tape(path: Path) -> list[Interaction]:
    """Return the interactions of a cassette.

    Raises:
        ReplayError: If the file is not there, or is no cassette.
    """
    try:
        head, *lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise ReplayError(f"there is no cassette {path}: make one by `with spanloom.record({str(path)!r}):`") from None
    except ValueError:
        raise ReplayError(f"{path} is empty, not a cassette") from None
    if _parsed(head) != _HEAD:
        raise ReplayError(f"{path} is not a cassette of this version: its first line should be {_HEAD}")
    interactions = []
    for number, line in enumerate(lines, start=2):
        try:
            interactions.append(Interaction.from_dict(_parsed(line)))
        except (KeyError, TypeError, ValueError) as error:
            raise ReplayError(f"line {number} of the cassette {path} is damaged; record it again") from error
    return interactions


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
