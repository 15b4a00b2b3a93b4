"""The search language of traces: from text to a small syntax tree, and from there to the SQL of a store."""

from __future__ import annotations

from spanloom.store.search.columns import COLUMNS, Column, ColumnType
from spanloom.store.search.filters import parse_filter
from spanloom.store.search.tree import And, Comparison, Node, Not, Operator, Or

__all__ = ["COLUMNS", "And", "Column", "ColumnType", "Comparison", "Node", "Not", "Operator", "Or", "parse_filter"]
