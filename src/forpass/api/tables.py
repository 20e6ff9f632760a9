"""From a table and the name of its target to a trained and measured network."""

from __future__ import annotations

import contextlib
import numbers
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack

from forpass.api.long_tables import encoded_on_disk, look_at_long
from forpass.api.options import OPTIONS, TrainingOptions, described_option, require_options
from forpass.api.origins import asked_for, call_of
from forpass.api.presets import is_single, setup_for, shares_for, with_preset
from forpass.api.road import Examples, Parts, Rows, all_training, encode, look, split
from forpass.api.setup import Setup
from forpass.api.signatures import with_keywords
from forpass.api.strong import learnt_from
from forpass.clock import Clock
from forpass.datasets.long import LongTable
from forpass.errors import SpecError, TableError
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import (
    Preprocessing,
    Reading,
    missing_words,
    read_columns,
    warn_of_single_rows,
    with_missing,
)
from forpass.spec.data import Data
from forpass.spec.training import TrainingSpec
from forpass.told import each_told_once, warn_the_caller
from forpass.training.events import Listener
from forpass.training.folder import remembering

__all__ = ["encoder_for", "looked_at", "looked_at_long", "train_table"]

FEWEST_ROWS = 5


@with_keywords("**options", [described_option(name) for name in OPTIONS])
def train_table(
    table: Any,
    target: str | Sequence[str],
    *,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    validation: float | Any = None,
    test: float | Any = None,
    reading: Reading | None = None,
    training: TrainingSpec | None = None,
    listener: Listener | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Unpack[TrainingOptions],
) -> TrainedModel | Ensemble:
    """Learn to predict one or several columns of a table, and measure how well.

    By default the networks of a recipe are trained, each on a part of the rows, and the best blend of them
    is found; each row is predicted by networks that have not seen it, and so all rows measure the blend,
    beside a linear model and a dummy. With ``preset="plain"``, ``"realmlp"`` or ``"tabm"``, or where
    something is said that only a single network has, its rows are split into three: most are training rows;
    the validation rows are only looked at while training, and say when to stop, or which epoch is taken;
    the test rows are not touched until the end, when it is measured on them. The figures stand in
    ``model.provenance.evaluation``.

    Parameters
    ----------
    table : DataFrame (pandas, polars, pyarrow ...), dict of columns, 2-D array, or LongTable
        Numbers, text, booleans, dates; values may be missing. It is not changed. One that `open_long_table`
        gave need not fit into memory.
    target : str or sequence of str
        The column to predict; several 0/1 columns of which one is 1 in each row are classes.
    task : {"classification", "regression", "multilabel"}, optional
        Found out from the target unless given.
    schema : mapping, optional
        Columns that are not what they look like: words of `forpass.preprocessing.KINDS`, a date with its
        notation for strptime, as in ``{"zip": "category", "id": "drop", "born": "date:%d.%m.%Y"}``. The kind
        of the target says what is predicted: of ``number`` the value, of ``category`` the class.
    weight : str, optional
        A column of numbers, not negative, that say how much each row counts: in the loss of
        training, on the validation rows, and in all figures, the baselines' too. It is no feature.
    group : str, optional
        A column that says which rows belong together (a person, a machine): all of a group's rows are
        training rows, or validation rows, or test rows, and a network of a recipe leaves out all of them or
        none. It is no feature. Rows without a value are one group.
    time : str, optional
        A column of numbers or dates: the latest rows are test rows, and the latest of the others are
        validation rows, so that the past predicts the future; a network of a recipe leaves out rows later
        than those it learns from. It is a feature too, unless the schema drops it.
    validation : float or table, optional
        Of a single network: the share of validation rows among those that are no test rows, by default 0.1
        (of ``"realmlp"`` and ``"tabm"`` 0.2), or a table of its own. 0: none, and it goes on for all epochs.
    test : float or table, optional
        The share of test rows, or a table of its own; by default 0.2 for a single network, and none for a
        recipe, which all rows measure. 0: none.
    reading : Reading, optional
        How the file was read that the table comes from. It is kept, so that others are read like it.
    training : TrainingSpec, optional
        Everything about the training of a single network, where more is to be said than the options below
        can say; it stands in for their defaults.
    listener : callable, optional
        Called with every event of the run.
    checkpoint : path, optional
        A folder for checkpoints. If the run is killed at any moment, the same call with the same folder
        trains what is left, to the same bits where there is no limit of time. See docs/checkpoints.md.
    **options
        See `forpass.api.options`.

    Returns
    -------
    Ensemble, or TrainedModel of a single network
        With preprocessing: it takes tables.

    Raises
    ------
    TableError
        When the table cannot be used.

    Examples
    --------
    >>> import forpass as fp
    >>> from sklearn.datasets import load_iris
    >>> table = load_iris(as_frame=True).frame
    >>> model = fp.train_table(table, "target", epochs=20, seed=1)
    >>> model.predict(table.head(2)).tolist()
    [0, 0]
    """
    said = {"task": task, "schema": schema, "weight": weight, "group": group, "time": time, **options}
    said |= {"validation": validation, "test": test, "training": training}
    require_options(options, lambda name: f"{name} of train_table")
    of_single = {"training": training, "validation": validation}
    options = with_preset(options, [name for name, value in of_single.items() if value is not None])
    single = is_single(options)
    validation, test = shares_for(options, validation, test)
    shares = _share("validation", validation), _share("test", test)
    if not _is_table(validation) and not shares[0]:
        options = {"patience": float("inf"), **options}
    reading = reading or Reading()
    words = options.get("missing", reading.missing)
    how = {"task": task, "schema": schema, "weight": weight, "group": group, "time": time}
    look_at = looked_at_long if isinstance(table, LongTable) else looked_at
    examples = look_at(table, target, words, how, not single or any(shares))
    rows, columns = len(examples.table), len(examples.table.names)
    setup = setup_for(rows, options, training)
    clock = Clock(setup.training.stopping.max_seconds)
    encoder = encoder_for(table, examples, setup, reading)
    with each_told_once(), remembering(checkpoint), encoder as encoded_for:
        parts = encoded_for(split(examples, *shares, setup.training.seed))
        parts = parts._replace(
            validation=_own(validation, parts.validation, parts, setup),
            test=_own(test, parts.test, parts, setup),
        )
        _refuse_no_weight(parts, weight)
        _warn_of_few_rows(parts)
        again = (lambda: encoded_for(all_training(examples))) if any(shares) else None
        model = learnt_from(parts, setup, listener, clock, again)
    return asked_for(model, call=call_of("train_table", target, said), rows=rows, columns=columns)


def looked_at(
    table: Any,
    target: str | Sequence[str],
    missing: Iterable[str] | None,
    how: Mapping[str, Any],
    divided: bool,
) -> Examples:
    """Read a table and look at it; see `look`, which `how` is for.

    Parameters
    ----------
    missing : iterable of str or None
        Words that mean a missing value.
    divided : bool
        Whether test or validation rows will be split off.
    """
    whole = with_missing(read_columns(table), missing_words(missing))
    _require_names(how, whole.names)
    examples = look(whole, target, fewest=FEWEST_ROWS, **how)
    if divided:
        warn_of_single_rows(whole.only(examples.target.names, examples.rows), examples.target)
    return examples


def looked_at_long(
    table: LongTable,
    target: str | Sequence[str],
    missing: Iterable[str] | None,
    how: Mapping[str, Any],
    divided: bool,
) -> Examples:
    """Look at a table that need not fit into memory; see `looked_at`."""
    _require_names(how, table.names)
    examples = look_at_long(table, target, missing_words(missing), how, FEWEST_ROWS)
    if divided:
        warn_of_single_rows(examples.table.only(examples.target.names, examples.rows), examples.target)
    return examples


@contextlib.contextmanager
def encoder_for(
    table: Any, examples: Examples, setup: Setup, reading: Reading
) -> Iterator[Callable[[Rows], Parts]]:
    """Give a function that encodes rows for their uses: in memory, or of a long table on disk."""
    if isinstance(table, LongTable):
        with encoded_on_disk(table, examples, setup, reading) as encoded_for:
            yield encoded_for
    else:
        yield lambda rows: encode(examples, rows, setup, reading)


def _require_names(how: Mapping[str, Any], columns: Sequence[str]) -> None:
    """Refuse what is no name of a column: names are text, those of a table with numbers for names too."""
    for use in ("weight", "group", "time"):
        name = how.get(use)
        if name is not None and not isinstance(name, str):
            perhaps = str(name) if str(name) in columns else columns[0]
            raise TableError(
                f"{use} takes the name of a column as text, for instance {perhaps!r}; got {name!r}"
            )


def _is_table(rows: Any) -> bool:
    """Whether rows are a table of their own, and no share of one."""
    return not isinstance(rows, numbers.Real)


def _share(name: str, rows: Any) -> float:
    """Return the share of rows to split off; of a table of its own, none."""
    if _is_table(rows):
        return 0.0
    if not 0 <= rows < 1:
        raise SpecError(f"{name} of train_table is a share from 0 to below 1, or a table; got {rows!r}")
    return float(rows)


def _own(rows: Any, share: Data | None, parts: Parts, setup: Setup) -> Data | None:
    """Return the rows of a table of its own, encoded, or else those that were split off."""
    if not _is_table(rows):
        return share
    assert isinstance(parts.preprocessing, Preprocessing)
    return parts.preprocessing.encode(rows, with_targets=True, dtype=setup.training.dtype)


def _refuse_no_weight(parts: Parts, weight: str | None) -> None:
    """Refuse parts of which no row counts."""
    for name, data in zip(("training", "validation", "test"), parts, strict=False):
        if isinstance(data, Data) and data.weights is not None and not data.weights.any():
            raise TableError(
                f"the weight column {weight!r} is 0 in all {data.n_rows} {name} rows; "
                "give some of them a weight, or leave such rows out"
            )


def _warn_of_few_rows(parts: Parts) -> None:
    features, rows = parts.preprocessing.n_features, parts.training.n_rows
    if features > rows:
        warn_the_caller(
            f"{features} features are learnt from {rows} rows, which a network can learn by heart; "
            "add rows, or drop columns",
        )
