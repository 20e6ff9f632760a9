"""From a table and the name of its target to a trained and measured network."""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from forpass.api.baselines import baselines
from forpass.api.evaluation import measured
from forpass.api.options import OPTIONS, Setup, TrainingOptions, described_option, require_options, setup_for
from forpass.api.road import AnyPreprocessing, Parts, encode, look, split
from forpass.api.signatures import with_keywords
from forpass.api.training import train
from forpass.errors import SpecError, TableError, warn_the_caller
from forpass.model import TrainedModel
from forpass.model.provenance import RowCounts
from forpass.preprocessing import (
    Preprocessing,
    Reading,
    Table,
    missing_words,
    read_columns,
    refuse_single_rows,
    with_missing,
)
from forpass.spec.data import Data
from forpass.spec.layers import Embedding
from forpass.spec.network import Head, NetworkSpec, multilayer_layers
from forpass.spec.training import TrainingSpec
from forpass.training.events import BaselineEnded, BaselineStep, Listener

__all__ = ["network_for", "train_parts", "train_table"]

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
    validation: float | Any = 0.1,
    test: float | Any = 0.2,
    reading: Reading | None = None,
    training: TrainingSpec | None = None,
    listener: Listener | None = None,
    **options: Unpack[TrainingOptions],
) -> TrainedModel:
    """Train a network to predict one or several columns of a table, and measure it.

    The rows are split into three: most are training rows; the validation rows are only looked at while
    training, and say when to stop; the test rows are not touched until the end, when the network, a
    linear model and a dummy are measured on them. All is found in ``model.provenance.evaluation``.

    Parameters
    ----------
    table : DataFrame (pandas, polars, pyarrow ...), dict of columns, or 2-D array
        Numbers, text, booleans, dates; values may be missing. It is not changed.
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
        training rows, or validation rows, or test rows. It is no feature. Rows without a value are one
        group.
    time : str, optional
        A column of numbers or dates: the latest rows are test rows, and the latest of the others are
        validation rows, so that the past predicts the future. It is a feature too, unless the schema
        drops it.
    validation : float or table
        The share of validation rows among those that are no test rows, or a table of its own. 0: none,
        and it goes on for all epochs.
    test : float or table
        The share of test rows, or a table of its own. 0: none, and nothing is measured.
    reading : Reading, optional
        How the file was read that the table comes from. It is kept, so that others are read like it.
    training : TrainingSpec, optional
        Everything about training, where more is to be said than the options below can say; it stands in
        for their defaults.
    listener : callable, optional
        Called with every event of the run.
    **options
        See `forpass.api.options`.

    Returns
    -------
    TrainedModel
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
    require_options(options, lambda name: f"{name} of train_table")
    shares = _share("validation", validation), _share("test", test)
    if not _is_table(validation) and not shares[0]:
        options = {"patience": float("inf"), **options}
    words = options.get("missing", (reading or Reading()).missing)
    whole = with_missing(read_columns(table), missing_words(words))
    for use, name in (("weight", weight), ("group", group), ("time", time)):
        _require_name(use, name, whole)
    examples = look(
        whole, target, task=task, schema=schema, weight=weight, group=group, time=time, fewest=FEWEST_ROWS
    )
    if any(shares):
        refuse_single_rows(whole.only(examples.target.names, examples.rows), examples.target)
    setup = setup_for(len(whole), options, training)
    parts = encode(examples, split(examples, *shares, setup.training.seed), setup, reading)
    parts = parts._replace(
        validation=_own(validation, parts.validation, parts, setup), test=_own(test, parts.test, parts, setup)
    )
    _refuse_no_weight(parts, weight)
    _warn_of_few_rows(parts)
    return train_parts(parts, setup, listener)


def _require_name(use: str, name: Any, table: Table) -> None:
    """Refuse what is no name of a column: names are text, those of a table with numbers for names too."""
    if name is not None and not isinstance(name, str):
        perhaps = str(name) if str(name) in table.names else table.names[0]
        raise TableError(f"{use} takes the name of a column as text, for instance {perhaps!r}; got {name!r}")


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


def train_parts(parts: Parts, setup: Setup, listener: Listener | None) -> TrainedModel:
    """Train on the encoded parts of a table, and measure on its test rows, if there are any."""
    model = train(
        network_for(parts.preprocessing, setup),
        setup.training,
        parts.training,
        validation=parts.validation,
        engine=setup.engine,
        listener=listener,
        preprocessing=parts.preprocessing,
    )
    test, target = parts.test, parts.preprocessing.target
    rows = RowCounts(*(0 if data is None else data.n_rows for data in parts[:3]))
    evaluation = None
    if test is not None and target is not None:
        tell = listener or (lambda event: None)
        ways = {"network": model.scores(test)}
        ways |= baselines(target, parts.training, test, parts.validation, lambda n: tell(BaselineStep(n)))
        tell(BaselineEnded())
        evaluation = measured(target, test, ways, setup.training.seed, parts.test_groups)
    provenance = dataclasses.replace(model.provenance, rows=rows, evaluation=evaluation)
    return dataclasses.replace(model, provenance=provenance)


def network_for(preprocessing: AnyPreprocessing, setup: Setup) -> NetworkSpec:
    """Describe the network that suits what a preprocessing makes of its table."""
    target = preprocessing.target
    assert target is not None
    loss = "squared" if target.task == "regression" else "sigmoid_cross_entropy"
    if target.task == "classification" and target.outputs > 1:
        loss = "softmax_cross_entropy"
    how = dict(setup.network)
    smoothing, dimension = how.pop("label_smoothing"), how.pop("embedding_dimension")
    if smoothing and target.task == "regression":
        raise SpecError("label_smoothing is for classes and labels, and this is a regression; leave it out")
    if how["dropout"] is None:
        how["dropout"] = 0.1 if setup.training.by_steps else 0.0
    layers = multilayer_layers(n_outputs=target.outputs, **how)
    if any(group.kind == "code" for group in preprocessing.groups):
        layers = (Embedding(dimension), *layers)
    head = Head(loss, {"smoothing": smoothing} if smoothing else {})
    return NetworkSpec(inputs=preprocessing.groups, layers=layers, head=head)
