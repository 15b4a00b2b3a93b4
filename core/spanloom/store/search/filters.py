"""Filter text to a small syntax tree that knows only documented columns and typed values.

A SQL parser reads the text; nothing of it is ever pasted into a query.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from spanloom.errors import FilterError
from spanloom.store.search.columns import TRACE_COLUMNS, Columns, ColumnType, Reference
from spanloom.store.search.linked_prompts import PROMPT_OPERATORS
from spanloom.store.search.mistakes import mistake
from spanloom.store.search.text_query import parse_text_query
from spanloom.store.search.tree import And, Comparison, Node, Not, Operator, Or, Value
from spanloom.tracing.ids import own_trace_id

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["parse_filter"]

_MAX_LENGTH: Final = 20_000
_MAX_DEPTH: Final = 60

_UNSEARCHABLE = re.compile(r'["\\\x00-\x1f]')
"""SQLite's JSON paths have no way to write them."""

_PATTERNS = frozenset({Operator.LIKE, Operator.ILIKE, Operator.RLIKE})
_ORDERED = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL})


def parse_filter(text: str, columns: Columns = TRACE_COLUMNS) -> Node:
    """Read a filter.

    Args:
        text: The filter.
        columns: What it may name; the columns of traces by default.

    Raises:
        FilterError: If it can't be read, or names a column, an operator or a value that does not fit.

    Example:
        >>> parse_filter("tags.env != 'prod'").reference.label
        'tags.env'
    """
    if not isinstance(text, str):
        raise FilterError(f'filter: expected a text such as "{columns.example}", got {type(text).__name__}')
    if len(text) > _MAX_LENGTH:
        raise FilterError(f"filter: it has {len(text):,} characters; at most {_MAX_LENGTH:,} are read")
    if not text.isprintable() and re.search("[\ud800-\udfff\0]", text):
        raise FilterError("filter: it holds characters that are no text")
    return _Reader(text, columns).read()


class _Reader:
    def __init__(self, text: str, columns: Columns) -> None:
        self._text = text
        self._columns = columns
        self._form = f"conditions such as {columns.example}, joined with AND, OR, NOT and parentheses"

    def read(self) -> Node:
        import sqlglot
        from sqlglot.errors import ParseError, TokenError

        try:
            statements = sqlglot.parse(self._text, dialect="sqlite")
        except ParseError as error:
            raise self._unreadable(error.errors[0] if error.errors else {}) from None
        except TokenError:
            raise self._unclosed() from None
        except RecursionError:
            raise FilterError("filter: it is nested too deeply") from None
        if not statements or statements[0] is None:
            raise FilterError(f'filter: it is empty; expected a condition such as "{self._columns.example}"')
        if len(statements) > 1:
            place = self._text.find(";")
            raise mistake(self._text, max(place, 0), 1, "expected one condition; join several with AND or OR")
        return self._node(statements[0], 0)

    def _unreadable(self, error: dict[str, Any]) -> FilterError:
        lines = self._text.split("\n")[: int(error.get("line") or 1)]
        found = str(error.get("highlight") or "")
        end = sum(len(line) + 1 for line in lines[:-1]) + int(error.get("col") or 1)
        start = max(0, min(end, len(self._text)) - max(1, len(found)))
        description = str(error.get("description") or "")
        if description.startswith("Expecting )"):
            return mistake(self._text, start, len(found), f"a closing parenthesis is missing after {found!r}")
        if "missing" in description:
            return mistake(
                self._text, start, len(found), f"something is missing beside {found!r}: expected {self._form}"
            )
        return mistake(self._text, start, len(found), f"{found!r} is not expected here: expected {self._form}")

    def _unclosed(self) -> FilterError:
        quotes = [found.start() for found in re.finditer(r"['\"`]", self._text)]
        place = quotes[-1] if quotes else 0
        return mistake(self._text, place, 1, "a quotation mark is not closed (write '' for one inside a text)")

    def _node(self, node: exp.Expr, depth: int) -> Node:
        from sqlglot import exp

        if depth > _MAX_DEPTH:
            raise FilterError(f"filter: it is nested too deeply; at most {_MAX_DEPTH} levels are read")
        if isinstance(node, exp.Paren):
            return self._node(node.this, depth + 1)
        if isinstance(node, exp.And | exp.Or):
            parts = tuple(self._node(part, depth + 1) for part in node.flatten(unnest=False))
            return And(parts) if isinstance(node, exp.And) else Or(parts)
        if isinstance(node, exp.Not):
            part = self._node(node.this, depth + 1)
            if self._is_infix_not(node.this):
                if isinstance(part, Comparison):
                    return self._negate(part)
                if isinstance(node.this, exp.Between) and isinstance(part, And):
                    return self._outside(part)
            return Not(part)
        return self._comparison(node)

    def _is_infix_not(self, node: exp.Expr) -> bool:
        """Whether the source says `x NOT IN …` or `x IS NOT …`, not `NOT x IN …`: the parser sees one and the same."""
        from sqlglot import exp

        if isinstance(node, exp.Paren):
            return False
        start = self._span(node)[0]
        return re.search(r"\bNOT\s*$", self._text[:start], re.IGNORECASE) is None

    @staticmethod
    def _negate(part: Comparison) -> Comparison:
        return Comparison(part.reference, part.operator, part.values, not part.negated, part.text)

    def _outside(self, between: And) -> Node:
        """Return `NOT BETWEEN`: of spans, that there is one outside, as `!=` and `NOT IN` mean that one differs."""
        bounds = [bound for bound in between.parts if isinstance(bound, Comparison)]
        if not all(bound.reference.column.of_span for bound in bounds):
            return Not(between)
        return Or(tuple(map(self._negate, bounds)))

    def _comparison(self, node: exp.Expr) -> Node:
        from sqlglot import exp

        operators: dict[type[exp.Expr], tuple[Operator, bool]] = {
            exp.EQ: (Operator.EQUAL, False),
            exp.NEQ: (Operator.EQUAL, True),
            exp.LT: (Operator.LESS, False),
            exp.LTE: (Operator.LESS_OR_EQUAL, False),
            exp.GT: (Operator.GREATER, False),
            exp.GTE: (Operator.GREATER_OR_EQUAL, False),
            exp.Like: (Operator.LIKE, False),
            exp.ILike: (Operator.ILIKE, False),
            exp.RegexpLike: (Operator.RLIKE, False),
            exp.Match: (Operator.MATCH, False),
        }
        if isinstance(node, exp.Between):
            reference = self._reference(node.this)
            low = self._compare(reference, Operator.GREATER_OR_EQUAL, node.args["low"], node)
            high = self._compare(reference, Operator.LESS_OR_EQUAL, node.args["high"], node)
            return And((low, high))
        if isinstance(node, exp.In) and node.expressions:
            reference = self._reference(node.this)
            values = tuple(self._value(reference, Operator.IN, value) for value in node.expressions)
            return self._checked(Comparison(reference, Operator.IN, values), node)
        if isinstance(node, exp.Is):
            reference = self._reference(node.this)
            if isinstance(node.expression, exp.Null):
                return self._checked(Comparison(reference, Operator.IS_NULL), node)
            return self._compare(reference, Operator.EQUAL, node.expression, node)
        if type(node) not in operators:
            raise self._mistake(node, f"expected {self._form}")
        operator, negated = operators[type(node)]
        compared = self._compare(self._reference(node.this), operator, node.expression, node)
        return self._negate(compared) if negated != bool(node.args.get("negate")) else compared

    def _compare(self, reference: Reference, operator: Operator, value: exp.Expr, node: exp.Expr) -> Comparison:
        if operator is not Operator.MATCH:
            return self._checked(Comparison(reference, operator, (self._value(reference, operator, value),)), node)
        words = self._value(reference, operator, value)
        try:
            text = parse_text_query(str(words))
        except ValueError as error:
            raise self._mistake(value, str(error)) from None
        return self._checked(Comparison(reference, operator, (words,), text=text), node)

    def _checked(self, comparison: Comparison, node: exp.Expr) -> Comparison:
        """Refuse an operator that the column does not have."""
        column, operator = comparison.reference.column, comparison.operator
        if column.name == "prompt":
            fits, allowed = operator in PROMPT_OPERATORS, "=, !=, IN or IS NULL"
        elif column.type is ColumnType.FULL_TEXT:
            fits = operator in {Operator.MATCH, Operator.LIKE, Operator.ILIKE, Operator.RLIKE, Operator.IS_NULL}
            allowed = "MATCH, LIKE, ILIKE or RLIKE"
        elif column.type in {ColumnType.NUMBER, ColumnType.TIME}:
            fits = operator not in _PATTERNS and operator is not Operator.MATCH
            allowed = "=, !=, <, <=, >, >=, IN, BETWEEN or IS NULL"
        else:
            fits = operator is not Operator.MATCH
            allowed = "=, !=, <, <=, >, >=, IN, LIKE, ILIKE, RLIKE or IS NULL; MATCH is for `text`"
        if not fits:
            raise self._mistake(
                node, f"{comparison.reference.label} ({column.type}) has no {operator}: expected {allowed}"
            )
        if operator is Operator.RLIKE:
            try:
                re.compile(str(comparison.values[0]))
            except re.error as error:
                raise self._mistake(node, f"RLIKE takes a regular expression: {error}") from None
        return comparison

    def _reference(self, node: exp.Expr) -> Reference:
        from sqlglot import exp

        parts = _dotted(node)
        if parts is None:
            if isinstance(node, exp.Literal):
                raise self._mistake(node, f"the column comes first: expected e.g. {self._columns.example}")
            quoted = '; a key with other characters than letters, digits, _ and . is quoted: tags."my-key"'
            raise self._mistake(node, f"expected a column{quoted}")
        found = self._columns.resolve(parts)
        if found is not None:
            if found.key is not None and _UNSEARCHABLE.search(found.key):
                raise self._mistake(node, "a key with quotation marks or backslashes can't be asked for")
            return found
        name = ".".join(parts)
        near = self._columns.near_names(name)
        hint = f"did you mean {' or '.join(near)}?" if near else f"see the columns in {self._columns.documentation}"
        bare = self._columns.resolve([*parts, "key"])
        if bare is not None and bare.key is not None:
            hint = f"a key follows it, e.g. {bare.column.name}.name"
        raise self._mistake(node, f"there is no column {name!r}; {hint}")

    def _value(self, reference: Reference, operator: Operator, node: exp.Expr) -> Value:
        value = self._literal(node)
        kind = reference.column.type
        if kind is ColumnType.TIME:
            return self._time(value, node)
        if kind is ColumnType.NUMBER:
            if isinstance(value, str | bool):
                example = f"{reference.label} > 500"
                raise self._mistake(node, f"{reference.label} is compared with a number: expected e.g. {example}")
            return value
        if kind is ColumnType.JSON and operator not in _PATTERNS:
            if isinstance(value, bool) and operator in _ORDERED:
                raise self._mistake(node, f"true and false have no order: expected {reference.label} = true")
            return value
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        return own_trace_id(text) if reference.column.name == "trace_id" else text

    def _literal(self, node: exp.Expr) -> Value:
        from sqlglot import exp

        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Cast):  # DATE '2026-01-01'
            node = node.this
        if isinstance(node, exp.Literal):
            return str(node.this) if node.is_string else self._number(str(node.this), node)
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
            return -self._number(str(node.this.this), node)
        if isinstance(node, exp.Boolean):
            return bool(node.this)
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and node.this.args.get("quoted"):
            return str(node.this.this)  # MLflow takes "text" for 'text'
        if isinstance(node, exp.Null):
            raise self._mistake(node, "a missing value is asked for with IS NULL or IS NOT NULL")
        parts = _dotted(node)
        if parts is not None and len(parts) == 1:
            raise self._mistake(node, f"a text is written in quotation marks: expected '{parts[0]}'")
        raise self._mistake(node, "expected a text in quotation marks, a number, true or false")

    def _number(self, digits: str, node: exp.Expr) -> int | float:
        try:
            number = float(digits) if any(sign in digits for sign in ".eE") else int(digits)
        except ValueError:
            raise self._mistake(node, f"expected a number, got {digits!r}") from None
        if abs(number) >= 2**63:
            raise self._mistake(node, "expected a number of at most 18 digits")
        return number

    def _time(self, value: Value, node: exp.Expr) -> int:
        if isinstance(value, bool):
            raise self._mistake(node, f"expected {_TIME_FORM}")
        if isinstance(value, int | float):
            return int(value)
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise self._mistake(node, f"{value!r} is no time: expected {_TIME_FORM}") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)

    def _span(self, node: exp.Expr) -> tuple[int, int]:
        """Return where the node begins and ends in the text: as far as its words and literals tell."""
        places = [part.meta for part in node.walk() if "start" in part.meta]
        if not places:
            return 0, len(self._text)
        return min(place["start"] for place in places), max(place["end"] for place in places) + 1

    def _mistake(self, node: exp.Expr, message: str) -> FilterError:
        start, end = self._span(node)
        if start == 0 and end == len(self._text) and node.parent is not None:
            start, end = self._span(node.parent)
        return mistake(self._text, start, end - start, message)


_TIME_FORM = "ISO 8601 such as '2026-01-31T12:00:00+01:00' (without a zone: UTC), or milliseconds since 1970"


def _dotted(node: exp.Expr) -> list[str] | None:
    """Return the parts of a dotted name, `None` for anything else."""
    from sqlglot import exp

    if isinstance(node, exp.Dot):
        left, right = _dotted(node.this), _dotted(node.expression)
        return [*left, *right] if left is not None and right is not None else None
    if isinstance(node, exp.Identifier):
        return [str(node.this)]
    if isinstance(node, exp.Column):
        parts = list(node.parts)
        return [str(part.this) for part in parts] if all(isinstance(part, exp.Identifier) for part in parts) else None
    return None
