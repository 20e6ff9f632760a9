"""How much a model needs each column: it is measured again with the column's values exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forpass.api.exchanging import MOST_ROWS, REPEATS, exchanged
from forpass.api.folds import CrossValidation
from forpass.api.moving import Asked, preprocessing_of
from forpass.api.unseen import judged_unseen, rows_of
from forpass.clock import Clock
from forpass.engines.threads import require_threads
from forpass.model import Ensemble
from forpass.model.given import given_model
from forpass.model.importance import Importance
from forpass.sampling.evenly import evenly
from forpass.spec.require import finite_number, whole_number

__all__ = ["importance"]


def importance(
    model: Any,
    table: Any,
    *,
    metric: Any = None,
    repeats: int = REPEATS,
    seed: int = 0,
    time_limit: float | None = None,
    threads: int | None = None,
    listener: Callable[[int, int], object] | None = None,
) -> Importance:
    """Measure how much a model needs each column: it is measured again with the column's values exchanged.

    The values of a column are put into another order, which leaves what they are and breaks what they have to
    do with the target and with other columns (Breiman 2001; Fisher, Rudin & Dominici 2019):

        importance = metric with the column as it is - metric with its values exchanged

    turned round for a metric of which less is better. Of columns that say the same, each can be done without:
    both look unimportant. The rows are predicted once for each column and repeat.

    Parameters
    ----------
    model : TrainedModel, Ensemble, fitted estimator, or CrossValidation
        Each row is judged by networks that have not seen it, where the model knows: of what a recipe made,
        those rows of the table it has learnt from, wherever they stand, by the members that left them out.
        What `cross_validate` found measures each row by the model of its fold: give it the same table.
    table : DataFrame, or anything a table can be made of
        With the target. Of more than 5,000 rows, evenly spread ones are taken. To a single network give rows
        it has not seen: the others say what it has learnt, not what is worth knowing.
    metric : str, Metric or callable, optional
        By default R2 of values, log loss of classes and labels.
    repeats : int, default 5
        So many orders are tried.
    seed : int, default 0
    time_limit : float, optional
        In seconds. Columns are measured once, then once more, and so on, until it is up; for how many there
        was no time is said.
    threads : int, optional
        So many columns at most are measured side by side; by default as many as there are processors.
    listener : callable, optional
        Is told, from any thread, how many pieces of the work are done, and how many there are; see
        `ProgressBar`.

    Returns
    -------
    Importance

    Raises
    ------
    TableError
        When the model knows no table, or the table lacks the target, or all networks have learnt from all
        rows.
    SpecError
        For a number of repeats that is none.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> folds = fp.cross_validate(iris.frame, iris.target, folds=3, epochs=30)
    >>> found = fp.importance(folds, iris.frame)
    >>> found.metric, found.rows, sorted(found.columns[:2])
    ('log_loss', 150, ['petal length (cm)', 'petal width (cm)'])
    """
    repeats = whole_number("repeats of importance", repeats)
    if time_limit is not None:
        time_limit = finite_number("time_limit of importance", time_limit, above=0.0)
    require_threads("threads of importance", threads)
    clock, asked = Clock(time_limit), _asked(model, table)
    return exchanged(asked, metric, repeats, seed, clock=clock, threads=threads, listener=listener)


def _asked(model: Any, table: Any) -> list[Asked]:
    """Return models with the rows that each is to be measured on."""
    if isinstance(model, CrossValidation):
        found = []
        for one, rows in zip(model.models, model.test_rows, strict=True):
            some = rows[evenly(len(rows), -(-MOST_ROWS // len(model.models)))]
            held_back = preprocessing_of(one).encode(table, with_targets=True, rows=some, aloud=False)
            found.append(Asked(one, held_back))
        return found
    given = given_model("importance", model)
    preprocessing_of(given)
    encoded = given.encode(table, with_targets=True)
    if isinstance(given, Ensemble):
        return [judged_unseen(given, encoded, MOST_ROWS)]
    return [Asked(given, rows_of(encoded, evenly(encoded.n_rows, MOST_ROWS)))]
