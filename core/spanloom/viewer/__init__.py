"""The viewer: traces, their spans and sessions on a local web page. See `spanloom ui`.

The server needs the extra `server`; the page of one trace as a file (`static_page`) needs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.viewer.application import make_application as make_application

_HOMES = {"make_application": "spanloom.viewer.application"}

__all__ = ["make_application"]

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
