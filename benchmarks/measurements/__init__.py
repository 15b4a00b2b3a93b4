"""One module per measured thing.

A module tells `TITLE`, `UNIT` and `CONTENDERS`: a function per contender that imports the contender, measures it, and
returns `{metric: number}`, the main metric being `value`. The driver runs each in a fresh process of the contender's
own virtual environment, as `python -m measurements.<module> <contender> [--quick]`, and reads the one JSON line that it
prints. Third-party imports therefore stay inside the functions.

Plain timing instead of pyperf: pyperf finishes one contender before it starts the next and owns the process, while
here contenders take turns, so that a busy machine slows all alike, and background writers are settled off the clock.
"""
