"""Finding the run that a person means: by id, by the start of an id, by name, or simply the last one."""

from __future__ import annotations

from spanloom.cli.formats import one_line
from spanloom.errors import NotFoundError
from spanloom.tracking import Run, search_runs

__all__ = ["find_run"]

_SUGGESTED = 5


def find_run(wanted: str) -> Run:
    """Return the run with this id, unambiguous start of an id or name, or the newest one for `last`.

    Raises:
        NotFoundError: If there is none, or several; the message lists some.
    """
    newest = search_runs(search_all_experiments=True, max_results=_SUGGESTED, output_format="list")
    if wanted == "last" and newest:
        return newest[0]
    quoted = wanted.replace("'", "''")
    starts = f"run_id LIKE '{wanted.lower()}%' OR " if wanted.isalnum() else ""
    found = search_runs(
        filter_string=f"{starts}run_name = '{quoted}'",
        search_all_experiments=True,
        max_results=_SUGGESTED,
        output_format="list",
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"several runs are meant by {wanted!r}; give more digits of an id:\n{_lines(found)}")
    if not newest:
        raise NotFoundError("the store holds no run yet; `with spanloom.start_run(): …` makes one")
    raise NotFoundError(f"there is no run {wanted!r}. The newest:\n{_lines(newest)}")


def _lines(runs: list[Run]) -> str:
    return "\n".join(f"  {run.info.run_id}  {one_line(run.info.run_name, 60)}" for run in runs)
