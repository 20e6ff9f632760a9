"""`forpass bench`: measure, and show what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from forpass.cli.output import Reporter
from forpass.cli.tables import require_place
from forpass.errors import InputError
from forpass.model.files import whole_file

__all__ = [
    "ablations",
    "everyday",
    "exports",
    "intervals",
    "long_table",
    "reliability",
    "service",
    "serving",
    "speed",
    "tables",
]

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


def service(quick: bool, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench service``."""
    from forpass.bench.service import measure_service, service_page

    _measured(lambda: measure_service(quick, reporter.note), service_page, out, reporter)


def serving(quick: bool, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench serving``."""
    from forpass.bench.serving import measure_serving, serving_page

    _measured(lambda: measure_serving(quick, reporter.note), serving_page, out, reporter)


def long_table(rows: int, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench long-table``."""
    from forpass.bench.big_table import measure_table, table_page

    if rows < FEWEST_ROWS:
        raise InputError(f"--rows takes at least {FEWEST_ROWS}; got {rows}")
    _measured(lambda: measure_table(rows, reporter.note), table_page, out, reporter)


def reliability(mutants: int, kills: int, seed: int, out: str, reporter: Reporter) -> None:
    """Carry out ``forpass bench reliability``."""
    from forpass.bench.reliability import measure_reliability, reliability_page

    _require_counts(mutants=mutants)
    _measured(
        lambda: measure_reliability(mutants, seed, reporter.note, kills), reliability_page, out, reporter
    )


def tables(
    folder: str,
    records: str,
    systems: str,
    divisions: int,
    rows: int,
    time_limit: float | None,
    out: str,
    reporter: Reporter,
) -> None:
    """Carry out ``forpass bench tables``."""
    from forpass.bench.tables.measure import measure_tables
    from forpass.bench.tables.page import accuracy_page

    _require_counts(divisions=divisions, rows=rows)
    require_place(records)
    _measured(
        lambda: measure_tables(
            Path(folder), Path(records), _names(systems), divisions, rows, time_limit, reporter.note
        ),
        accuracy_page,
        out,
        reporter,
    )


def ablations(
    folder: str,
    records: str,
    preset: str,
    choices: str,
    divisions: int,
    rows: int,
    out: str,
    reporter: Reporter,
) -> None:
    """Carry out ``forpass bench ablations``."""
    from forpass.bench.tables.ablations import ablation_section, measure_ablations

    _require_counts(divisions=divisions, rows=rows)
    require_place(records)
    how = preset, _names(choices), divisions, rows
    _measured(
        lambda: measure_ablations(Path(folder), Path(records), *how, reporter.note),
        ablation_section,
        out,
        reporter,
    )


def intervals(
    folder: str, records: str, presets: str, divisions: int, rows: int, out: str, reporter: Reporter
) -> None:
    """Carry out ``forpass bench intervals``."""
    from forpass.bench.tables.coverage import coverage_section, measure_coverage

    _require_counts(divisions=divisions, rows=rows)
    require_place(records)
    _measured(
        lambda: measure_coverage(
            Path(folder), Path(records), _names(presets), divisions, rows, reporter.note
        ),
        coverage_section,
        out,
        reporter,
    )


def exports(
    folder: str, presets: str, rows: int, time_limit: float | None, out: str, reporter: Reporter
) -> None:
    """Carry out ``forpass bench exports``."""
    from forpass.bench.exports import exports_page, measure_exports

    _require_counts(rows=rows)
    _measured(
        lambda: measure_exports(Path(folder), _names(presets), rows, time_limit, reporter.note),
        exports_page,
        out,
        reporter,
    )


def _names(said: str) -> list[str]:
    return [name.strip() for name in said.split(",") if name.strip()]


def _require_counts(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise InputError(f"--{name} takes at least 1; got {number}")


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
