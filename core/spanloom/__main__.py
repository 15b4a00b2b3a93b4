"""`python -m spanloom`: the command line, also where the `spanloom` script is not on the path."""

from __future__ import annotations

from spanloom.cli import main

main()
