"""`forpass bench`: measure, and show what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forpass.cli.output import Reporter
from forpass.cli.tables import require_place
from forpass.errors import InputError
from forpass.model.files import whole_file

__all__ = ["everyday", "speed", "table"]

FEWEST_ROWS = 1000


def speed(quick: bool, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench speed``."""
    from forpass.bench.report import page
    from forpass.bench.speed import measure_speed

    _measured(lambda: measure_speed(quick, reporter.note), page, out, reporter)


def everyday(quick: bool, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench everyday``."""
    from forpass.bench.everyday import everyday_page, measure_everyday

    _measured(lambda: measure_everyday(quick, reporter.note), everyday_page, out, reporter)


def table(rows: int, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench table``."""
    from forpass.bench.big_table import measure_table, table_page

    if rows < FEWEST_ROWS:
        raise InputError(f"--rows takes at least {FEWEST_ROWS}; got {rows}")
    _measured(lambda: measure_table(rows, reporter.note), table_page, out, reporter)


def _measured(
    measure: Callable[[], dict[str, Any]], page: Callable[[Any], str], out: str, reporter: Reporter
) -> None:
    """Measure, and hand out the page and the figures."""
    if not out:
        found = measure()
        reporter.result(page(found).rstrip(), found)
        return
    require_place(out)
    with whole_file(out) as file:  # opened first: a place that cannot be written to is known at once
        found = measure()
        file.write(page(found).encode())
    reporter.note(f"written to {out}")
    if reporter.as_json:
        reporter.result("", found)
