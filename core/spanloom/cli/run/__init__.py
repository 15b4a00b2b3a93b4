"""`spanloom run`: a program as it is, with autologging on."""

from __future__ import annotations
