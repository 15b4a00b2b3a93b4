"""The table: medians, how spanloom compares, and whether each budget holds; as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from budgets import Budget
from measuring import Result

__all__ = ["Report"]

_HEADINGS = ("measured", "contender", "median", "min … max", "spanloom is", "budget", "")
_UNITS = {"ms": 1e-3, "µs": 1e-6, "MB": 1e6}
_OWN = "spanloom"


@dataclass(frozen=True)
class Report:
    """All results of a run.

    Attributes:
        titles: Per measurement, its title and unit.
        results: Per measurement, the contenders' results.
        budgets: Those that apply.
        facts: About the run: date, machine, versions.
    """

    titles: Mapping[str, tuple[str, str]]
    results: Mapping[str, Mapping[str, Result]]
    budgets: Sequence[Budget]
    facts: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether every budget holds."""
        return all(self.spent(budget) <= budget.limit for budget in self.budgets)

    def spent(self, budget: Budget) -> float:
        """Return what the budget limits: spanloom's median, as a multiple of the peer's if there is one."""
        contenders = self.results[budget.measurement]
        own = contenders[_OWN].median(budget.metric)
        return own / contenders[budget.against].median(budget.metric) if budget.against else own

    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells of the table: the medians of each measurement, then its own further metrics."""
        rows: list[tuple[str, ...]] = []
        for measurement, contenders in self.results.items():
            title, unit = self.titles[measurement]
            for contender, result in contenders.items():
                against = None if contender == _OWN else contender
                ratio = _ratio(contenders[_OWN].median() / result.median()) if against else ""
                numbers = [_scaled(number, unit) for number in (result.median(), *_extremes(result))]
                spread = f"{numbers[1]} … {numbers[2]}"
                cells = self._verdict(measurement, "value", against, unit)
                rows.append((title, contender, f"{numbers[0]} {unit}", spread, ratio, *cells))
            for metric in list(contenders[_OWN].rounds)[1:]:  # the first is the value
                number = f"{contenders[_OWN].median(metric):.6g}"
                rows.append((f"{title}: {metric}", _OWN, number, "", "", *self._verdict(measurement, metric, None, "")))
        return rows

    def _verdict(self, measurement: str, metric: str, against: str | None, unit: str) -> tuple[str, str]:
        for budget in self.budgets:
            if (budget.measurement, budget.metric, budget.against) == (measurement, metric, against):
                limit = _ratio(budget.limit) if against else f"{_scaled(budget.limit, unit)} {unit}".strip()
                return f"≤ {limit}", "pass" if self.spent(budget) <= budget.limit else "MISSED"
        return "", ""

    def as_text(self) -> str:
        """Return aligned columns."""
        table = [_HEADINGS, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
        return "\n".join([*lines, "", *(f"{name}: {fact}" for name, fact in self.facts.items())])

    def as_markdown(self) -> str:
        """Return a Markdown table."""
        table = [_HEADINGS, ("---",) * len(_HEADINGS), *self.rows()]
        lines = [f"| {' | '.join(row)} |" for row in table]
        return "\n".join([*lines, "", "; ".join(f"{name}: {fact}" for name, fact in self.facts.items())])

    def as_json(self) -> str:
        """Return everything, each round's numbers included; times in seconds, memory in bytes."""
        results = {
            measurement: {contender: result.rounds for contender, result in contenders.items()}
            for measurement, contenders in self.results.items()
        }
        budgets = [{**vars(budget), "spent": self.spent(budget)} for budget in self.budgets]
        return json.dumps(
            {"facts": self.facts, "results": results, "budgets": budgets, "passed": self.passed}, indent=2
        )


def _extremes(result: Result) -> tuple[float, float]:
    return min(result.rounds["value"]), max(result.rounds["value"])


def _scaled(number: float, unit: str) -> str:
    scaled = number / _UNITS.get(unit, 1)
    return f"{scaled:,.0f}" if scaled >= 100 else f"{scaled:.3g}"


def _ratio(ratio: float) -> str:
    """Say 0.02 as 1/50."""
    return f"1/{1 / ratio:.3g}" if 0 < ratio < 1 else f"{ratio:.3g}x"
