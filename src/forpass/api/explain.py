"""Why a model predicts for a row what it predicts: contributions of columns, as Shapley values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.moving import (
    Asked,
    Model,
    columns_of,
    differing,
    mixed,
    names_of,
    predictions_of,
    preprocessing_of,
)
from forpass.api.shapley import most_asked, shapley_values
from forpass.errors import SpecError, TableError, UnknownNameError
from forpass.model.encoded import Encoded
from forpass.model.explanation import Explanation
from forpass.model.given import given_model
from forpass.preprocessing import Table, read_columns, with_missing
from forpass.preprocessing.words import is_missing, levels_of, word_of
from forpass.sampling.permutation import permutation
from forpass.shown import counted
from forpass.spec.data import Data
from forpass.spec.require import finite_number, whole_number

__all__ = ["explain"]


def explain(
    model: Any,
    table: Any,
    row: int = 0,
    *,
    of: Any = None,
    background: Any = None,
    background_rows: int = 100,
    tolerance: float = 0.01,
    max_evaluations: int = 110_000,
    seed: int = 0,
    listener: Callable[[int, int], object] | None = None,
) -> Explanation:
    """Say what each column of a row adds to what a model predicts for it, compared with background rows.

    The contribution of a column is its Shapley value in the game

        v(S) = mean of f(the row in the columns S, a background row in the others)

    where f is the probability of a class or label, or a value in the table's unit (Štrumbelj & Kononenko
    2014; Lundberg & Lee 2017): what the column changes when the cells of background rows are replaced by
    those of the row, one column after the other, in the mean over all orders. Contributions add up to the
    prediction less the mean prediction for the background. Rows are predicted that combine cells as no row
    of the table does.

    Where all subsets of the columns would take more than `max_evaluations` rows, or a background row differs
    from the row in more than 10 columns, orders are drawn, each with its reverse (Mitchell, Cooper, Frank &
    Holmes 2022), and standard errors are given.

    Parameters
    ----------
    model : TrainedModel, Ensemble or fitted estimator
    table : DataFrame, or anything a table can be made of
        The target is not needed.
    row : int, default 0
        The number of the row that is explained, counted from 0.
    of : class, label or str, optional
        Of which class, which label or which column of values; by default the predicted class, the likeliest
        label, or the only column.
    background : DataFrame, or anything a table can be made of, optional
        What the row is compared with; by default the table itself.
    background_rows : int, default 100
        So many rows of the background at most, chosen by the seed.
    tolerance : float, default 0.01
        Orders are drawn until no standard error is above this share of the range of the predictions for the
        background rows and the row.
    max_evaluations : int, default 110,000
        Or until so many rows have been predicted. Two orders, with their reverses, are tried at least.
    seed : int, default 0
    listener : callable, optional
        Is told how many rows have been predicted, and how many there will be at most; see `ProgressBar`.

    Returns
    -------
    Explanation

    Raises
    ------
    TableError
        When the model knows no table, a column is missing, or there is nothing to compare with.
    UnknownNameError
        For a class, a label or a column that is not predicted.
    SpecError
        For a row that is not there or another number that makes no sense, and where several columns of values
        are predicted and none is named.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=30)
    >>> found = fp.explain(model, iris.frame, row=7)
    >>> found.of, found.is_exact, len(found.columns)
    ('setosa', True, 4)
    >>> abs(found.base + sum(found.contributions) - found.prediction) < 1e-12
    True
    """
    given = given_model("explain", model)
    preprocessing = preprocessing_of(given)
    background_rows = whole_number("background_rows of explain", background_rows)
    tolerance = finite_number("tolerance of explain", tolerance, at_least=0.0)
    max_evaluations = whole_number("max_evaluations of explain", max_evaluations)
    missing = preprocessing.reading.missing
    whole = with_missing(read_columns(table), missing)
    row = whole_number("row of explain", row, at_least=0)
    if row >= len(whole):
        rows = f"{counted(len(whole), 'row')}, counted from 0"
        raise SpecError(f"row {row} of explain is not there: the table has {rows}")
    behind = whole if background is None else with_missing(read_columns(background), missing)
    if len(behind) < (2 if background is None else 1):
        raise TableError(
            f"a background of {counted(len(behind), 'row')} has nothing to compare row {row} with; give "
            "other rows as background"
        )
    chosen = np.sort(permutation(len(behind), seed, "background", 0)[:background_rows])
    single, others = given.encode(whole.take(np.array([row]))), given.encode(behind.take(chosen))
    asked = Asked(given, _below(single, others))
    predictions = predictions_of(given, asked.rows)
    output = _output(given, single, predictions[0], of)
    columns, answers = columns_of([asked]), predictions[:, output]
    differ = differing(asked, columns)[1:]
    most, done = most_asked(differ, max_evaluations), [0]

    def tell(rows: int) -> None:
        done[0] += rows
        if listener is not None:
            listener(done[0], most)

    def ask(masks: NDArray[np.bool_], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        found = predictions_of(given, mixed(asked, columns, masks, rows + 1))[:, output]
        tell(len(rows))
        return found

    shares = shapley_values(
        ask,
        float(answers[0]),
        answers[1:],
        differ,
        error=tolerance * float(np.ptp(answers)),
        most=max_evaluations,
        seed=seed,
    )
    if done[0] < most:
        tell(most - done[0])
    order = np.argsort(-np.abs(shares.values), kind="stable")
    cells = _cells(whole, columns, row)
    target = preprocessing.target
    assert target is not None
    return Explanation(
        row,
        names_of(target)[output],
        target.task != "regression",
        float(answers[0]),
        float(answers[1:].mean()),
        tuple(columns[j] for j in order),
        tuple(cells[j] for j in order),
        tuple((shares.values[order] + 0.0).tolist()),  # no -0.0
        tuple(shares.standard_errors[order].tolist()),
        shares.rounds,
        len(chosen),
        shares.evaluations + len(answers),
    )


def _below(first: Data | Encoded, others: Data | Encoded) -> Data | Encoded:
    """Return the rows of two encoded tables in one."""
    if isinstance(first, Encoded):
        assert isinstance(others, Encoded)
        parts = tuple(map(_data_below, first.parts, others.parts))
        return dataclasses.replace(first, parts=parts)
    assert isinstance(others, Data)
    return _data_below(first, others)


def _data_below(first: Data, others: Data) -> Data:
    codes = None
    if first.codes is not None and others.codes is not None:
        codes = np.concatenate([first.codes, others.codes])
    return Data(np.concatenate([first.numbers, others.numbers]), codes)


def _output(model: Model, single: Data | Encoded, prediction: NDArray[np.float64], of: Any) -> int:
    """Return which of the predictions is explained."""
    target = preprocessing_of(model).target
    assert target is not None
    names = names_of(target)
    if of is not None:
        if word_of(of) not in names:
            what = {"classification": "class", "multilabel": "label"}.get(target.task, "column of values")
            raise UnknownNameError(what, word_of(of), names)
        return names.index(word_of(of))
    if target.task == "classification":
        return int(np.ravel(model.scores(single).decisions)[0])
    if target.task == "multilabel":
        return int(np.argmax(prediction))
    if len(names) > 1:
        raise SpecError(
            f"the model predicts {', '.join(names)}; say which is to be explained: of={names[0]!r}"
        )
    return 0


def _cells(table: Table, columns: list[str], row: int) -> list[str | None]:
    """Return what stands in columns of a row, as words; None where nothing does."""
    found: list[str | None] = []
    for name in columns:
        cell = table.columns[name].take(np.array([row]))
        words, codes = levels_of(cell)
        found.append(None if is_missing(cell)[0] else words[codes[0]])
    return found
