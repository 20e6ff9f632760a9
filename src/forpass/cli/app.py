"""The commands and their options: what can be said, in one screen of help each."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from forpass.cli.options import with_training_options

app = typer.Typer(
    name="forpass",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train, check and use fully connected neural networks on tables.",
)

TableArgument = Annotated[
    str,
    typer.Argument(
        metavar="TABLE",
        help="CSV, TSV, JSON, Parquet, Arrow or Excel file, - for standard input, or a named data set "
        "(see: forpass data).",
    ),
]
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="A model file written by forpass train.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")
]
MaxBytesOption = Annotated[
    int | None,
    typer.Option(
        "--max-bytes",
        metavar="BYTES",
        help="To how much a packed file may unpack, and standard input hold [4294967296].",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", help="Threads that take part at most [as many as pay].", show_default=False),
]
SchemaOption = Annotated[
    list[str] | None,
    typer.Option(
        "--schema",
        metavar="COLUMN=KIND|FILE.json",
        help="What a column is that looks like something else: zip=category, id=drop, "
        "born=date:%d.%m.%Y; another word names all kinds.",
    ),
]
QuickOption = Annotated[bool, typer.Option("--quick", help="Fewer and shorter turns.")]
PageOption = Annotated[
    str, typer.Option("--out", "-o", metavar="FILE", help="Where the page goes, as Markdown [stdout].")
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"forpass {version('forpass')}")
        raise typer.Exit


@app.callback()
def forpass(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Train, check and use fully connected neural networks on tables."""


@app.command(short_help="Learn to predict a column of a table, and measure it.")
@with_training_options()
def train(
    table: TableArgument,
    target: Annotated[
        str,
        typer.Option("--target", "-t", metavar="COLUMN", help="What to predict; several columns by commas."),
    ] = "",
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where the model goes, in place of what is there [TABLE.forpass, unless it is there].",
        ),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Replace a TABLE.forpass that is there already.")
    ] = False,
    task: Annotated[
        str, typer.Option(help="classification, regression or multilabel, if the target misleads.")
    ] = "",
    validation: Annotated[
        str,
        typer.Option(
            metavar="SHARE|FILE",
            help="Rows that say when to stop: a share of those that are no test rows, or a table [0.1].",
            show_default=False,
        ),
    ] = "0.1",
    test: Annotated[
        str,
        typer.Option(
            metavar="SHARE|FILE",
            help="Rows to measure on in the end: a share, or a table of its own [0.2].",
            show_default=False,
        ),
    ] = "0.2",
    group: Annotated[str, typer.Option(metavar="COLUMN", help="Rows of one group are never split.")] = "",
    time: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="The latest rows are test rows, and validation rows."),
    ] = "",
    drop: Annotated[str, typer.Option(metavar="COLUMNS", help="Columns to leave out, by commas.")] = "",
    weight: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="How much each row counts, in training and in all figures."),
    ] = "",
    schema: SchemaOption = None,
    max_bytes: MaxBytesOption = None,
    json: JsonOption = False,
    **options: Any,
) -> None:
    """Train a network to predict a column of a table, and measure it on test rows."""
    from forpass.cli.output import reporting
    from forpass.cli.train import Words, run

    words = Words(
        table=table,
        target=target,
        out=out,
        task=task,
        validation=validation,
        test=test,
        group=group,
        time=time,
        drop=drop,
        weight=weight,
        schema=tuple(schema or ()),
        force=force,
        max_bytes=max_bytes,
    )
    with reporting(json) as reporter:
        run(words, options, reporter)


@app.command()
def predict(
    model: ModelArgument,
    table: TableArgument,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="CSV, TSV or Parquet file [stdout].")
    ] = "",
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns of the table to stand before the predictions, by commas; '' for none [those that "
            "training left out as identifiers].",
            show_default=False,
        ),
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Also the probability of each class.")] = False,
    excel: Annotated[
        bool, typer.Option("--excel", help="Begin a CSV file with the mark by which Excel knows UTF-8.")
    ] = False,
    max_bytes: MaxBytesOption = None,
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Predict a row for each row of a table."""
    from forpass.cli.output import reporting
    from forpass.cli.use import predict

    with reporting(json) as reporter:
        predict(model, table, out, proba, excel, max_bytes, reporter, keep, threads)


@app.command(short_help="Measure a model on a table, or networks in folds.")
@with_training_options("refit")
def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|TABLE", help="A model, or with --folds the table that networks learn from."
        ),
    ],
    table: Annotated[str, typer.Argument(metavar="[TABLE]", help="What to measure the model on.")] = "",
    folds: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Cross-validation: K networks, each measured on rows that it has not learnt from.",
        ),
    ] = None,
    repeats: Annotated[
        int | None, typer.Option(metavar="N", help="All of that N times, divided anew [1].")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", metavar="COLUMN", help="What to predict; several columns by commas."),
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="classification, regression or multilabel, if the target misleads.")
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Rows of the other folds that say when to stop [0.1]."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Rows of one group are in one fold.")
    ] = None,
    drop: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Columns to leave out, by commas.")
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="How much each row counts.")] = None,
    schema: SchemaOption = None,
    max_bytes: MaxBytesOption = None,
    json: JsonOption = False,
    **options: Any,
) -> None:
    """Measure a model on a table that holds its target; or, with --folds, networks that learn from a table.

    All options but --threads, --max-bytes and --json belong to --folds.
    """
    from forpass.cli.output import reporting
    from forpass.cli.use import evaluate

    said: dict[str, Any] = {
        "target": target,
        "task": task,
        "validation": validation,
        "group": group,
        "drop": drop,
    }
    said |= {"weight": weight, "schema": schema or None, "repeats": repeats}
    with reporting(json) as reporter:
        if folds is None:
            evaluate(model, table, {**said, **options}, max_bytes, reporter)
        else:
            from forpass.cli.folds import run

            run(model, table, folds, said, options, max_bytes, reporter)


@app.command(short_help="Show what is in a model file.")
def inspect(model: ModelArgument, json: JsonOption = False) -> None:
    """Show what is in a model file: columns, layers, how it was trained, how good it was."""
    from forpass.cli.output import reporting
    from forpass.cli.use import inspect

    with reporting(json) as reporter:
        inspect(model, reporter)


@app.command()
def check(
    thing: Annotated[
        str, typer.Argument(metavar="MODEL|TABLE", help="A model file, or a table to build a network for.")
    ],
    target: Annotated[
        str, typer.Option("--target", "-t", metavar="COLUMN", help="What to predict, for a table.")
    ] = "",
    hidden: Annotated[
        str, typer.Option(metavar="N,N,...", help="Neurons of each hidden layer, for a table.")
    ] = "16,16",
    activation: Annotated[str, typer.Option(help="Activation of the hidden layers, for a table.")] = "tanh",
    rows: Annotated[int, typer.Option(help="Examples to check on.")] = 20,
    seed: Annotated[int, typer.Option(help="Decides examples, initial parameters and entries.")] = 0,
    json: JsonOption = False,
) -> None:
    """Compare every layer's gradient with a numerical derivative."""
    from forpass.cli.check import run
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        run(thing, target, hidden, activation, rows, seed, reporter)


bench = typer.Typer(no_args_is_help=True, help="Measure forpass on this machine.")
app.add_typer(bench, name="bench")


@bench.command(short_help="Time training beside others that are installed.")
def speed(
    quick: QuickOption = False,
    out: PageOption = "",
    json: JsonOption = False,
) -> None:
    """Time forpass beside scikit-learn, PyTorch and JAX, those that are installed; takes minutes."""
    from forpass.cli.bench import speed
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        speed(quick, out, reporter)


@bench.command(short_help="Time what users wait for around the steps.")
def everyday(
    quick: QuickOption = False,
    out: PageOption = "",
    json: JsonOption = False,
) -> None:
    """Time what users wait for around the steps, beside scikit-learn, polars and pandas; takes minutes."""
    from forpass.cli.bench import everyday
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        everyday(quick, out, reporter)


@bench.command(name="table", short_help="Measure what a long CSV file costs.")
def bench_table(
    rows: Annotated[int, typer.Option(help="Rows of the table, of 30 columns.")] = 1_000_000,
    out: PageOption = "",
    json: JsonOption = False,
) -> None:
    """Measure what a long CSV file costs from the command line: seconds, and memory per cell."""
    from forpass.cli.bench import table
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        table(rows, out, reporter)


@app.command()
def data(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A named data set; without it all are listed.")
    ] = "",
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Write it: CSV, TSV or Parquet.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """List the named data sets, describe one, or write it to a file."""
    from forpass.cli.output import reporting
    from forpass.cli.use import data

    with reporting(json) as reporter:
        data(name, out, reporter)


@app.command(short_help="Networks rebuilt step by step in NumPy.")
def lesson(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A lesson; without it all are listed, in reading order.")
    ] = "",
    show: Annotated[bool, typer.Option("--show", help="Show its source instead of running it.")] = False,
    plot: Annotated[
        str, typer.Option("--plot", metavar="DIR", help="Draw its plots into this folder, as PNG.")
    ] = "",
    lang: Annotated[str, typer.Option("--lang", metavar="en|ko", help="English or Korean.")] = "en",
    json: JsonOption = False,
) -> None:
    """Lessons: networks rebuilt step by step in NumPy, and shown equal to forpass."""
    from forpass.cli.lesson import run
    from forpass.cli.output import reporting

    with reporting(json) as reporter:
        run(name, show, plot, lang, reporter)
