"""The commands and their options: what can be said, and the help that lists it."""

from __future__ import annotations

from typing import Any

import click

from forpass.cli.bench_commands import bench
from forpass.cli.declared import (
    ANY_TABLE,
    InParts,
    InThisOrder,
    json_option,
    max_bytes_option,
    max_memory_option,
    model_argument,
    place_option,
    schema_option,
    table_argument,
)
from forpass.cli.options import training_options, without_options_of_training
from forpass.cli.train_commands import resume, train
from forpass.exports.forms import FORMS

__all__ = ["app"]

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group("forpass", cls=InThisOrder, context_settings=HELP)
@click.version_option(
    package_name="forpass", message="%(prog)s %(version)s", help="Print the version and end."
)
def app() -> None:
    """Train, check and use fully connected neural networks on tables."""


app.add_command(train)
app.add_command(resume)


@app.command(epilog=f"MODEL is a file written by forpass train; TABLE is {ANY_TABLE}")
@model_argument
@table_argument
@place_option("--out", "-o", metavar="FILE", help="CSV, TSV or Parquet file [stdout].")
@place_option(
    "--parts",
    metavar="FOLDER",
    help="Instead write files of 524288 rows to this folder; parts that are there already, of a run that "
    "was interrupted, stay.",
)
@click.option(
    "--as",
    "ending",
    default="",
    type=click.Choice(["", "parquet", "csv", "tsv"]),
    metavar="FORM",
    help="Of parts: parquet, csv or tsv [parquet].",
)
@click.option(
    "--keep",
    metavar="COLUMNS",
    help="Columns of the table to stand before the predictions, by commas; '' for none [those that training "
    "left out as identifiers].",
)
@click.option("--proba", is_flag=True, help="Also the probability of each class.")
@click.option(
    "--coverage",
    type=float,
    metavar="SHARE",
    help="Also prediction intervals of values, or prediction sets of classes, of this coverage: 0.9.",
)
@click.option("--excel", is_flag=True, help="Begin a CSV file with the mark by which Excel knows UTF-8.")
@click.option("--threads", type=int, help="Threads that take part at most [as many as pay].")
@max_bytes_option
@max_memory_option
@json_option
def predict(model: str, json: bool, **said: Any) -> None:
    """Predict a row for each row of a table."""
    from forpass.cli.output import reporting
    from forpass.cli.predict import PredictRequest, predict

    with reporting(json) as reporter:
        predict(PredictRequest(model, **said), reporter)


@app.command(
    short_help="Answer requests over HTTP.",
    epilog="MODEL is a file written by forpass train. GET /schema describes the requests.",
)
@model_argument
@click.option("--host", default="127.0.0.1", help="The address to listen at; only this machine [127.0.0.1].")
@click.option("--port", default=8000, metavar="N", help="The port; 0 for one that is free [8000].")
@click.option("--max-rows", default=10_000, metavar="N", help="Records of a request, at most [10000].")
@click.option("--max-bytes", default=16_777_216, metavar="BYTES", help="Its length, at most [16777216].")
@click.option("--seconds", default=30.0, metavar="S", help="How long a request may take [30].")
@place_option("--log", metavar="FILE", help="Append a line of JSON for each request; - for standard error.")
@click.option("--threads", type=int, help="Threads that take part at most [as many as pay].")
@json_option
def serve(model: str, json: bool, **said: Any) -> None:
    """Answer requests to a model over HTTP, until the process is told to end.

    POST /predict takes a record, a list of records or columns as JSON, or a table as CSV, and answers every
    record, or none. There are no accounts and no encryption: whoever reaches the port may ask.
    """
    from forpass.cli.output import reporting
    from forpass.cli.serve import serve

    with reporting(json) as reporter:
        serve(model, reporter=reporter, **said)


@app.command(
    cls=InParts,
    short_help="Measure a model on a table, or networks in folds.",
    epilog=f"MODEL is a file written by forpass train; TABLE is {ANY_TABLE}",
)
@click.argument("model", metavar="MODEL|TABLE")
@click.argument("table", default="", metavar="[TABLE]")
@click.option(
    "--folds",
    type=int,
    metavar="K",
    help="Cross-validation: K networks, each measured on rows that it has not learnt from.",
)
@click.option("--repeats", type=int, metavar="N", help="All of that N times, divided anew [1].")
@click.option("--target", "-t", metavar="COLUMN", help="What to predict; several columns by commas.")
@click.option("--task", help="classification, regression or multilabel, if the target misleads.")
@click.option(
    "--validation",
    metavar="SHARE",
    help="Rows of the other folds that say when one network stops [0.1; of realmlp and tabm 0.2].",
)
@click.option("--group", metavar="COLUMN", help="Rows of one group are in one fold.")
@click.option("--time", metavar="COLUMN", help="Folds learn from the rows before theirs.")
@click.option("--drop", metavar="COLUMNS", help="Columns to leave out, by commas.")
@click.option("--weight", metavar="COLUMN", help="How much each row counts.")
@schema_option
@training_options("refit")
@max_bytes_option
@max_memory_option
@json_option
def evaluate(
    model: str,
    table: str,
    folds: int | None,
    max_bytes: int | None,
    max_memory: int | None,
    json: bool,
    **said: Any,
) -> None:
    """Measure a model on a table that holds its target; or, with --folds, networks that learn from a table.

    All options but --threads, --max-bytes, --max-memory and --json belong to --folds, which reads the whole
    table.
    """
    from forpass.cli.output import reporting

    said["schema"] = said["schema"] or None
    with reporting(json) as reporter:
        if folds is None:
            from forpass.cli.use import evaluate

            evaluate(model, table, said, max_bytes, reporter, max_memory)
        else:
            from forpass.cli.folds import run

            words, options = without_options_of_training(said)
            run(model, table, folds, words, options, max_bytes, reporter)


@app.command(short_help="Show what is in a model file.", epilog="MODEL is a file written by forpass train.")
@model_argument
@json_option
def inspect(model: str, json: bool) -> None:
    """Show what is in a model file: columns, layers, how it was trained, how good it was."""
    from forpass.cli.output import reporting
    from forpass.cli.use import inspect

    with reporting(json) as reporter:
        inspect(model, reporter)


@app.command(
    short_help="Show a step of training, number by number.",
    epilog=f"MODEL is a file written by forpass train; TABLE, which holds its target, is {ANY_TABLE}",
)
@model_argument
@table_argument
@click.option(
    "--rows",
    default="0:4",
    metavar="I:J|I,J,...",
    help="Rows of the table, counted from 0, as one batch [0:4].",
)
@click.option(
    "--at",
    default="",
    metavar="NAME[I,J]",
    help="One number, Z1[0,3] for instance: what it was made of, and what it is used for.",
)
@place_option("--html", metavar="FILE", help="Write a page that steps through it, which needs no network.")
@click.option("--plain", is_flag=True, help="Print it, where a terminal would open the explorer.")
@click.option("--member", type=int, metavar="M", help="Of an ensemble which network, counted from 0 [0].")
@click.option("--step", default=0, metavar="N", help="Decides what dropout leaves out [0].")
@max_bytes_option
@json_option
def trace(model: str, json: bool, **said: Any) -> None:
    """Show one step of training: forward pass, loss, backward pass and update, with every number.

    In a terminal it opens an explorer, through which one walks with keys or the mouse (? lists the keys).

    The model does not change. Its optimizer begins anew, with the learning rate it had before any schedule.
    """
    from forpass.cli.output import reporting
    from forpass.cli.trace import trace

    with reporting(json) as reporter:
        trace(model, reporter=reporter, **said)


@app.command(
    short_help="Say what each column adds to a prediction.",
    epilog=f"MODEL is a file written by forpass train; TABLE is {ANY_TABLE}",
)
@model_argument
@table_argument
@click.option("--row", type=int, metavar="I", help="The row that is explained, counted from 0 [0].")
@click.option(
    "--rows", default="", metavar="I:J|I,J,...", help="Several rows, in a table with a line for each."
)
@click.option(
    "--of",
    metavar="NAME",
    help="Of which class, which label or which predicted column [the predicted class, the likeliest label].",
)
@place_option("--background", metavar="TABLE", help="What the row is compared with [rows of TABLE].")
@click.option(
    "--background-rows",
    default=100,
    metavar="N",
    help="So many rows of it at most, chosen by the seed [100].",
)
@click.option("--seed", default=0, metavar="N", help="Decides background rows and orders of columns [0].")
@max_bytes_option
@json_option
def explain(model: str, json: bool, **said: Any) -> None:
    """Say what each column adds to the prediction for a row, or for several, as Shapley values.

    They add up to the prediction less the mean prediction for background rows. They tell what the model does
    with the cells of the row, not what would happen if somebody changed them in the world.
    """
    from forpass.cli.explain import explain
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        explain(model, reporter=reporter, **said)


@app.command(
    short_help="Write a report on a model and a table, as a page.",
    epilog=f"MODEL is a file written by forpass train; TABLE is {ANY_TABLE}",
)
@model_argument
@table_argument
@place_option(
    "--out",
    "-o",
    metavar="FILE",
    help="Where the page goes, in place of what is there [MODEL.html, unless it is there].",
)
@click.option("--lang", default="en", metavar="en|ko", help="English or Korean [en].")
@max_bytes_option
@max_memory_option
@json_option
def report(model: str, json: bool, **said: Any) -> None:
    """Write a report: how good the model is, where it fails and why, what it looks at, how it learnt.

    TABLE may be the one that it has learnt from: each row is then judged by networks that have not seen it.
    The page opens from disk, without a network.
    """
    from forpass.cli.output import reporting
    from forpass.cli.report import report

    with reporting(json) as reporter:
        report(model, reporter=reporter, **said)


@app.command(
    short_help=f"Write a model for other programs: {', '.join(FORMS)}.",
    epilog="MODEL is a file written by forpass train.",
)
@model_argument
@click.option(
    "--to",
    default="",
    metavar="FORM",
    help="; ".join(f"{form.name}: {form.needs}" for form in FORMS.values())
    + " [as the ending of --out says].",
)
@place_option("--out", "-o", metavar="FILE", help="Where it goes [beside the model, if nothing is there].")
@place_option("--rows", metavar="TABLE", help="Compare on the rows of this table [rows made for it].")
@click.option(
    "--coverage", type=float, metavar="C", help="Give intervals, or sets of classes, of this coverage, too."
)
@max_bytes_option
@json_option
def export(model: str, json: bool, **said: Any) -> None:
    """Write a model in a form that other programs understand: raw columns in, labels and values out.

    It is carried out and compared with the model, on rows with all that is odd about each column, before
    the file appears.
    """
    from forpass.cli.export import export
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        export(model, reporter=reporter, **said)


@app.command(
    epilog=f"MODEL is a file written by forpass train; TABLE, to build a network for, is {ANY_TABLE}"
)
@click.argument("thing", metavar="MODEL|TABLE")
@click.option("--target", "-t", default="", metavar="COLUMN", help="What to predict, for a table.")
@click.option(
    "--hidden", default="16,16", metavar="N,N,...", help="Neurons of each hidden layer, for a table [16,16]."
)
@click.option("--activation", default="tanh", help="Activation of the hidden layers, for a table [tanh].")
@click.option("--rows", default=20, help="Examples to check on [20].")
@click.option("--seed", default=0, help="Decides examples, initial parameters and entries [0].")
@json_option
def check(json: bool, **said: Any) -> None:
    """Compare every layer's gradient with a numerical derivative."""
    from forpass.cli.check import run
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        run(reporter=reporter, **said)


app.add_command(bench)


@app.command(epilog="Without NAME, the name of a data set, all are listed.")
@click.argument("name", default="", metavar="[NAME]")
@place_option("--out", "-o", metavar="FILE", help="Write it: CSV, TSV or Parquet.")
@json_option
def data(name: str, out: str, json: bool) -> None:
    """List the named data sets, describe one, or write it to a file."""
    from forpass.cli.output import reporting
    from forpass.cli.use import data

    with reporting(json) as reporter:
        data(name, out, reporter)


@app.command(
    short_help="Networks rebuilt step by step in NumPy.",
    epilog="Without NAME, the name of a lesson, all are listed, in reading order.",
)
@click.argument("name", default="", metavar="[NAME]")
@click.option("--show", is_flag=True, help="Show its source instead of running it.")
@place_option("--plot", metavar="DIR", help="Draw its plots into this folder, as PNG.")
@click.option("--force", is_flag=True, help="Replace plots that are there already.")
@click.option("--lang", default="en", metavar="en|ko", help="English or Korean [en].")
@json_option
def lesson(name: str, show: bool, plot: str, force: bool, lang: str, json: bool) -> None:
    """Lessons: networks rebuilt step by step in NumPy, and shown equal to forpass."""
    from forpass.cli.lesson import run
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        run(name, show, plot, force, lang, reporter)
