"""``forpass bench``: its commands and their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from forpass.cli.declared import InThisOrder, json_option, place_option

__all__ = ["bench"]

LISTED = (
    "FOLDER holds CSV files and tables.json, which names them: "
    '{"NAME": {"file": "a.csv", "target": "COLUMN", "task": "classification" or "regression"}, ...}'
)

quick_option = click.option("--quick", is_flag=True, help="Fewer and shorter turns.")
page_option = place_option("--out", "-o", metavar="FILE", help="Where the page goes, as Markdown [stdout].")
folder_argument = click.argument("folder", metavar="FOLDER")
rows_option = click.option("--rows", default=10_000, help="Rows to learn from, at most [10000].")


def divisions_option(default: int) -> Callable[[Any], Any]:
    """Let a command be told how often each table is dealt out."""
    return click.option(
        "--divisions",
        default=default,
        help=f"Divisions of each table into rows to learn and to test [{default}].",
    )


def records_option(default: str) -> Callable[[Any], Any]:
    """Let a command be told where its figures are kept."""
    return place_option(
        "--records",
        default=default,
        metavar="FILE",
        help=f"Keeps each figure; what it holds is not measured again [{default}].",
    )


@click.group(cls=InThisOrder)
def bench() -> None:
    """Measure forpass on this machine."""


@bench.command(short_help="Time training beside others that are installed.")
@quick_option
@page_option
@json_option
def speed(quick: bool, out: str, json: bool) -> None:
    """Time forpass beside scikit-learn, PyTorch and JAX, those that are installed; takes minutes."""
    from forpass.cli.bench import speed
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        speed(quick, out, reporter)


@bench.command(short_help="Time what users wait for around the steps.")
@quick_option
@page_option
@json_option
def everyday(quick: bool, out: str, json: bool) -> None:
    """Time what users wait for around the steps, beside scikit-learn, polars and pandas; takes minutes."""
    from forpass.cli.bench import everyday
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        everyday(quick, out, reporter)


@bench.command("service", short_help="Load a service, and see how fast it answers.")
@quick_option
@page_option
@json_option
def bench_service(quick: bool, out: str, json: bool) -> None:
    """Serve models, load each from another process, and see how many requests it answers; takes minutes."""
    from forpass.cli.bench import service
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        service(quick, out, reporter)


@bench.command("serving", short_help="Time models that are served by NumPy alone.")
@quick_option
@page_option
@json_option
def bench_serving(quick: bool, out: str, json: bool) -> None:
    """Time forpass.serving: the first answer of a process, a row, many rows; takes minutes."""
    from forpass.cli.bench import serving
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        serving(quick, out, reporter)


@bench.command("long-table", short_help="Measure what a long CSV file costs.")
@click.option("--rows", default=1_000_000, help="Rows of the table, of 30 columns [1000000].")
@page_option
@json_option
def bench_long_table(rows: int, out: str, json: bool) -> None:
    """Measure what a long CSV file costs from the command line: seconds, and memory per cell."""
    from forpass.cli.bench import long_table
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        long_table(rows, out, reporter)


@bench.command("reliability", short_help="Try files that are not as they should be, and kill trainings.")
@click.option("--mutants", default=100_000, help="Damaged and forged files to try [100000].")
@click.option("--kills", type=click.IntRange(0), default=100, help="Trainings to kill [100].")
@click.option("--seed", type=click.IntRange(0), default=0, help="Decides which [0].")
@page_option
@json_option
def bench_reliability(mutants: int, kills: int, seed: int, out: str, json: bool) -> None:
    """Read and use damaged and forged models and tables: each is refused by name, or right; takes long.

    And kill trainings at many moments: each goes on, and comes to what it would have come to.
    """
    from forpass.cli.bench import reliability
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        reliability(mutants, kills, seed, out, reporter)


@bench.command(
    "tables",
    short_help="Compare accuracy on tables with other libraries.",
    epilog=LISTED,
)
@folder_argument
@click.option(
    "--systems", default="", metavar="NAME,NAME,...", help="Who is compared [all that are installed]."
)
@divisions_option(1)
@rows_option
@click.option("--time-limit", type=float, metavar="S", help="Seconds for a system on a table [no limit].")
@records_option("tables.jsonl")
@page_option
@json_option
def bench_tables(json: bool, **said: Any) -> None:
    """Compare forpass with scikit-learn, gradient boosting and pytabkit on your tables; takes hours."""
    from forpass.cli.bench import tables
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        tables(reporter=reporter, **said)


@bench.command(
    "ablations", short_help="Measure what each choice of a recipe brings on your tables.", epilog=LISTED
)
@folder_argument
@click.option("--preset", default="default", metavar="NAME", help="The recipe [default].")
@click.option(
    "--choices", default="", metavar="NAME,NAME,...", help="What is done otherwise, one at a time [all]."
)
@divisions_option(1)
@rows_option
@records_option("ablations.jsonl")
@page_option
@json_option
def bench_ablations(json: bool, **said: Any) -> None:
    """Measure what becomes of a recipe on your tables when it does one thing otherwise; takes hours."""
    from forpass.cli.bench import ablations
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        ablations(reporter=reporter, **said)


@bench.command("intervals", short_help="Measure how often intervals and sets hold the truth.", epilog=LISTED)
@folder_argument
@click.option("--presets", default="fast", metavar="NAME,NAME,...", help="Recipes by name [fast].")
@divisions_option(20)
@rows_option
@records_option("intervals.jsonl")
@page_option
@json_option
def bench_intervals(json: bool, **said: Any) -> None:
    """Measure how often intervals and sets hold the truth on your tables, and how large they are."""
    from forpass.cli.bench import intervals
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        intervals(reporter=reporter, **said)


@bench.command("exports", short_help="Measure how far exports deviate from their models.", epilog=LISTED)
@folder_argument
@click.option(
    "--presets", default="plain,fast", metavar="NAME,NAME,...", help="What is trained [plain,fast]."
)
@click.option("--rows", default=2000, help="Rows to learn from, at most [2000].")
@click.option("--time-limit", type=float, metavar="S", help="Seconds for each training [no limit].")
@page_option
@json_option
def bench_exports(json: bool, **said: Any) -> None:
    """Measure how far exports deviate from their models, how long a row takes, how large they are."""
    from forpass.cli.bench import exports
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        exports(reporter=reporter, **said)
