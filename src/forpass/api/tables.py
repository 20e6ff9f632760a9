"""From a table and the name of its target to a trained and measured network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from forpass.api.dividing import Columns, Division, divide
from forpass.api.evaluation import baselines, figures_of
from forpass.api.options import OPTIONS, Setup, TrainingOptions, described_option, require_options, setup_for
from forpass.api.signatures import with_keywords
from forpass.api.training import train
from forpass.model import Evaluation, TrainedModel
from forpass.model.provenance import RowCounts
from forpass.preprocessing import Preprocessing, SparsePreprocessing, read_columns
from forpass.spec.network import NetworkSpec, multilayer
from forpass.spec.training import TrainingSpec
from forpass.training.events import Listener

__all__ = ["network_for", "train_table"]


@with_keywords("**options", [described_option(name) for name in OPTIONS])
def train_table(
    table: Any,
    target: str | Sequence[str],
    *,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | None = None,
    held_back: float | Any = 0.2,
    group: str | None = None,
    time: str | None = None,
    training: TrainingSpec | None = None,
    listener: Listener | None = None,
    **options: Unpack[TrainingOptions],
) -> TrainedModel:
    """Train a network to predict one or several columns of a table, and measure it.

    The rows are divided into three: most are learnt from; a tenth of those is only watched and says
    when to stop; the rows held back are not touched until the end, when the network, a linear model
    and the plainest guess are measured on them. All is found in ``model.provenance.evaluation``.

    Parameters
    ----------
    table : DataFrame (pandas, polars, pyarrow ...), dict of columns, or 2-D array
        Numbers, text, booleans, dates; values may be missing. It is not changed.
    target : str or sequence of str
        The column to predict; several 0/1 columns of which one is 1 in each row are classes.
    task : {"classification", "regression", "multilabel"}, optional
        Found out from the target unless given.
    schema : mapping, optional
        Columns that are not what they look like: ``{"zip": "category", "id": "drop"}``; the kinds are
        number, category, boolean, date, ``date:%d.%m.%Y`` (a date's notation, for strptime) and drop.
    weight : str, optional
        A column of numbers, not negative, that say how much each row counts: in the loss that is learnt
        from, on the watched rows, and in all figures, the baselines' too. It is no feature.
    held_back : float or table
        The share of rows to hold back, or a table of its own to measure on.
    group : str, optional
        A column that says which rows belong together (a person, a machine): all of a group's rows are
        learnt from, watched, or held back. It is no feature. Rows without a value are one group.
    time : str, optional
        A column of numbers or dates: the latest rows are held back, and the latest of the others are
        watched, so that the past predicts the future. It is a feature too, unless the schema drops it.
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
    whole = read_columns(table)
    setup = setup_for(len(whole), options, training)
    columns = Columns(target, task, schema, weight)
    parts = divide(whole, columns, Division(held_back, group, time, setup.training.seed), setup)
    learn, watch, held, preprocessing = parts
    assert preprocessing.target is not None
    model = train(
        network_for(preprocessing, setup),
        setup.training,
        learn,
        validation=watch,
        engine=setup.engine,
        listener=listener,
        preprocessing=preprocessing,
    )
    figures = {"network": figures_of(preprocessing.target, held, model.scores(held))}
    figures |= baselines(preprocessing.target, learn, held)
    provenance = dataclasses.replace(
        model.provenance,
        rows=RowCounts(learn.n_rows, watch.n_rows, held.n_rows),
        evaluation=Evaluation(held.n_rows, figures),
    )
    return dataclasses.replace(model, provenance=provenance)


def network_for(preprocessing: Preprocessing | SparsePreprocessing, setup: Setup) -> NetworkSpec:
    """Describe the network that suits what a preprocessing makes of its table."""
    target = preprocessing.target
    assert target is not None
    loss = "squared" if target.task == "regression" else "sigmoid_cross_entropy"
    if target.task == "classification" and target.outputs > 1:
        loss = "softmax_cross_entropy"
    settings = dict(setup.network)
    if settings["dropout"] is None:
        settings["dropout"] = 0.1 if setup.training.by_steps else 0.0
    return multilayer(
        n_features=preprocessing.n_features,
        n_outputs=target.outputs,
        loss=loss,
        **settings,
    )
