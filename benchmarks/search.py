"""Measure searches in a local store of many traces, five spans each.

    python benchmarks/search.py                   # a million traces: an hour to fill, some ten GB
    python benchmarks/search.py --traces 20000    # a trial
    python benchmarks/search.py --store FILE      # keep the store, or use one that is there

Each query asks for the newest hundred without their spans; the median of five runs is printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import spanloom

QUERIES = {
    "newest 100": None,
    "status, rare": "status = 'ERROR'",
    "status, common": "status = 'OK'",
    "name, one trace": "name = 'agent 17'",
    "name, none": "name = 'nobody'",
    "name LIKE": "name LIKE 'agent 17%'",
    "duration, none": "duration_ms > 3600000",
    "session": "session = 'session 12'",
    "user, common": "user = 'user 1'",
    "tokens, rare": "total_tokens > 1990",
    "tokens, common": "total_tokens > 100",
    "tag, common": "tags.env = 'prod'",
    "tag, rare": "tags.release = 'r7'",
    "model, common": "model = 'gpt-5'",
    "model, none": "model = 'none'",
    "span name": "span.name = 'tool 3'",
    "span type": "span.type = 'TOOL'",
    "span type, none": "span.type = 'RERANKER'",
    "failed tool": "span.type = 'TOOL' AND span.status = 'ERROR'",
    "text, one trace": "text MATCH 'question17'",
    "text, 1 % of traces": "text MATCH 'percent3'",
    "text, common": "text MATCH 'weather'",
    "text, none": "text MATCH 'nowhere'",
    "text LIKE, common": "text LIKE '%weather%'",
    "time range": "start_time > '2020-01-01' AND status = 'OK'",
}
_SENTENCE = "You are a careful travel assistant. Use the weather tool before you recommend anything outdoors. "


def main() -> None:
    """Fill a store, unless there is one, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder:
        path = arguments.store or Path(folder) / "search.db"
        existed = path.exists()
        spanloom.configure(store=f"sqlite:///{path.absolute()}", max_queue_size=100_000)
        if not existed:
            _fill(arguments.traces)
        print(f"{arguments.traces:,} traces, {path.stat().st_size / 1e6:,.0f} MB")
        print(f"{'query':<22}{'found':>6}{'median ms':>11}{'slowest ms':>12}")
        for name, text in QUERIES.items():
            _measure(name, text)
        _measure("slowest first", None, order_by="duration_ms DESC")


def _fill(traces: int) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    for number in range(traces):
        _record(number)
        if number % 2000 == 1999:
            spanloom.flush()
            print(f"\r{number + 1:,} traces", end="", file=sys.stderr)
    spanloom.flush()
    spans = 5 * traces
    elapsed, used = time.perf_counter() - begin, time.process_time() - cpu
    print(f"\nfilled: {used / spans * 1e6:.0f} µs CPU per span, {elapsed / spans * 1e6:.0f} µs", file=sys.stderr)


def _record(number: int) -> None:
    tags = {"env": "prod" if number % 3 else "dev", **({"release": f"r{number % 50}"} if number % 100 < 3 else {})}
    with (
        spanloom.tracing_context(session_id=f"session {number // 10}", user=f"user {number % 100}", tags=tags),
        spanloom.start_span(f"agent {number if number % 20 == 17 else number % 5}", "AGENT") as root,
    ):
        root.set_inputs({"messages": [{"role": "user", "content": f"question{number} percent{number % 100}"}]})
        for call in range(2):
            with spanloom.start_span("chat", "CHAT_MODEL", {"gen_ai.request.model": f"gpt-{5 - call}"}) as chat:
                chat.set_inputs({"messages": [{"role": "system", "content": _SENTENCE * 3}]})
                chat.set_outputs({"role": "assistant", "content": f"answer {number}"})
                chat.set_token_usage(spanloom.TokenUsage(number % 1000, 1))
            with spanloom.start_span(f"tool {number % 7}", "TOOL") as tool:
                tool.set_inputs({"city": f"city{number % 300}"})
                if number % 200 == 0:
                    tool.set_status("ERROR", "no such city")
        if number % 250 == 0:
            root.set_status("ERROR", "failed")


def _measure(name: str, text: str | None, order_by: str | None = None) -> None:
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        found = spanloom.search_traces(text, max_results=100, include_spans=False, order_by=order_by)
        times.append((time.perf_counter() - begin) * 1e3)
    print(f"{name:<22}{len(found):>6}{statistics.median(times):>11.1f}{max(times):>12.1f}")


if __name__ == "__main__":
    main()
