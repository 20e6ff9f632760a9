"""From a table and the name of its target to a trained and measured network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.api.dividing import Columns, Division, divide
from forpass.api.evaluation import Evaluation, baselines, figures_of
from forpass.api.training import train
from forpass.model import TrainedModel
from forpass.preprocessing import Preprocessing, SparsePreprocessing, read_columns
from forpass.spec.network import NetworkSpec, multilayer
from forpass.spec.training import OptimizerSpec, StoppingSpec, TrainingSpec
from forpass.training.events import Listener

__all__ = ["network_for", "train_table", "training_for"]


def train_table(
    table: Any,
    target: str | Sequence[str],
    *,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | None = None,
    hidden: Sequence[int] | int = (128, 128),
    activation: str = "relu",
    dropout: float | None = None,
    training: TrainingSpec | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    held_back: float | Any = 0.2,
    group: str | None = None,
    time: str | None = None,
    engine: str = "auto",
    listener: Listener | None = None,
) -> TrainedModel:
    """Train a network to predict one or several columns of a table, and measure it.

    The rows are divided into three: most are learnt from; a tenth of those is only watched and says
    when to stop; the rows held back are not touched until the end, when the network, a linear model
    and the plainest guess are measured on them. All is found in ``model.provenance["evaluation"]``.

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
    hidden : sequence of int, or int
        Neurons of each hidden layer.
    activation : str
        A name of the registry ACTIVATIONS.
    dropout : float, optional
        Share of hidden activations dropped while training; by default a tenth, and none for lbfgs.
    training : TrainingSpec, optional
        Everything about training; otherwise as `training_for` finds for the number of rows.
    epochs : int, optional
        The largest number of epochs.
    seed : int, optional
        Decides which rows are held back, where training begins and in which order it goes; by default
        that of `training`, or 0.
    held_back : float or table
        The share of rows to hold back, or a table of its own to measure on.
    group : str, optional
        A column that says which rows belong together (a person, a machine): all of a group's rows are
        learnt from, watched, or held back. It is no feature. Rows without a value are one group.
    time : str, optional
        A column of numbers or dates: the latest rows are held back, and the latest of the others are
        watched, so that the past predicts the future. It is a feature too, unless the schema drops it.
    engine : str
    listener : callable, optional
        Called with every event of the run.

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
    whole = read_columns(table)
    training = training or training_for(len(whole))
    training = dataclasses.replace(
        training,
        seed=training.seed if seed is None else seed,
        epochs=training.epochs if epochs is None else epochs,
    )
    if dropout is None:
        dropout = 0.1 if training.by_steps else 0.0
    columns = Columns(target, task, schema, weight)
    parts = divide(whole, columns, Division(held_back, group, time, training.seed), training.dtype)
    learn, watch, held, preprocessing = parts
    assert preprocessing.target is not None
    spec = network_for(preprocessing, hidden, activation, dropout)
    model = train(
        spec, training, learn, validation=watch, engine=engine, listener=listener, preprocessing=preprocessing
    )
    figures = {"network": figures_of(preprocessing.target, held, model.scores(held))}
    figures |= baselines(preprocessing.target, learn, held)
    model.provenance["rows"] = {"learnt": learn.n_rows, "watched": watch.n_rows, "held_back": held.n_rows}
    model.provenance["evaluation"] = Evaluation(held.n_rows, figures).as_dict()
    return model


def network_for(
    preprocessing: Preprocessing | SparsePreprocessing,
    hidden: Sequence[int] | int,
    activation: str = "relu",
    dropout: float = 0.0,
) -> NetworkSpec:
    """Describe the network that suits what a preprocessing makes of its table."""
    target = preprocessing.target
    assert target is not None
    loss = "squared" if target.task == "regression" else "sigmoid_cross_entropy"
    if target.task == "classification" and target.outputs > 1:
        loss = "softmax_cross_entropy"
    n_features = preprocessing.n_features
    return multilayer(n_features, hidden, target.outputs, loss, activation=activation, dropout=dropout)


def training_for(n_rows: int) -> TrainingSpec:
    """Describe a training that suits a number of rows: larger batches for longer tables.

    Adam at 0.001, at most 200 epochs, ended when ten epochs in a row brought nothing.
    """
    batch_size = next(
        (size for limit, size in ((3_000, 32), (10_000, 64), (30_000, 128)) if n_rows < limit), 256
    )
    return TrainingSpec(
        epochs=200,
        batch_size=batch_size,
        optimizer=OptimizerSpec("adam", 1e-3),
        stopping=StoppingSpec(patience=10),
    )
