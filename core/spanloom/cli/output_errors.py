"""What becomes of a command whose output can't be written: a pipe that nobody reads any more, a full disk."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

__all__ = ["output_errors"]

_UNWRITABLE = {errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@contextmanager
def output_errors() -> Iterator[None]:
    """Print all that the block says, and end it where that can't be printed.

    Raises:
        typer.Exit: With 0 and quietly if the reader of the pipe has left, as `head` does: it had what it wanted. With 1
            if the output can't be written for another reason.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_left():
            raise
        _discard_output()
        raise typer.Exit from None
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        raise typer.Exit from None  # that was rich: its code is 1
    except OSError as error:
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _discard_output()
        typer.echo(f"Error: the output can't be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _reader_left() -> bool:
    """Whether standard output is the broken pipe: the code of an agent may have others."""
    if sys.platform == "win32":
        return True
    watched = select.poll()
    watched.register(sys.stdout.fileno(), 0)
    return bool(watched.poll(0))


def _discard_output() -> None:
    """Let what is still to be printed go nowhere, or Python complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
