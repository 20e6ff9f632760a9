"""What is looked up instead of trained: learnt from a run's own training rows, before its first step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.maths.losses import LOSSES
from forpass.maths.scaling import smooth_clip
from forpass.maths.statistics import standardised, target_logits, target_means
from forpass.spec.data import Data
from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["learn_statistics"]


def learn_statistics(
    program: Program, buffers: NDArray[np.float64], data: Data | None, rows: NDArray[np.int64] | None
) -> None:
    """Fill the tables of a program's look-ups, in place, from targets of `rows` and from nothing else.

    Parameters
    ----------
    program : Program
    buffers : float64 array (program.buffers.size,)
    data : Data or None
    rows : int64 array or None
        Those of the examples that are trained on; all if left out.

    Raises
    ------
    DataError
        When there are no rows to learn from, a row says no fold, or targets are not as many as statistics.
    """
    lookups = [op for op in program.operations if op.opcode == "lookup"]
    if not lookups:
        return
    if data is None or data.targets is None:
        raise DataError(f"{lookups[0].buffers[0]} is learnt from training rows; give data with targets")
    rows = np.arange(data.n_rows) if rows is None else np.asarray(rows, np.int64)
    w = np.ones(len(rows)) if data.weights is None else data.weights[rows].astype(np.float64)
    rows, w = rows[w > 0.0], w[w > 0.0]
    if not len(rows):
        raise DataError(
            f"{lookups[0].buffers[0]} is learnt from training rows, and there are none that count"
        )
    views, is_share = program.buffers.views(buffers), LOSSES[program.head.loss].targets in SHARES
    for op in lookups:
        for column, name in zip(op.columns, op.buffers, strict=True):
            codes = _codes(program, op, data, rows, column)
            Y = _targets(data, rows, views[name].shape[1])
            for output, y in enumerate(Y.T):
                K, folds = program.spec.code_sizes[column], int(op.settings[1])
                values, seen = target_means(codes, y, w / w.mean(), K, folds, op.settings[0])
                if is_share:
                    values, seen = target_logits(values), target_logits(seen)
                views[name][:, output] = smooth_clip(standardised(values, seen, w))


SHARES = ("class", "label", "probability")
"""Kinds of targets that lie between 0 and 1."""


def _codes(program: Program, op: Operation, data: Data, rows: NDArray[np.int64], column: int) -> Any:
    """The codes of the training rows, each with its fold where there are folds."""
    assert data.codes is not None
    codes, K, folds = data.codes[rows, column], program.spec.code_sizes[column], int(op.settings[1])
    if codes.min() < K * (folds > 0) or codes.max() >= K * (1 + folds):
        raise DataError(
            f"training rows must say their fold in codes[:, {column}], as {K} (1 + fold) + code with folds "
            f"0 .. {folds - 1}; got {codes.min()} .. {codes.max()}. Deal rows out with with_inner_folds"
        )
    return codes


def _targets(data: Data, rows: NDArray[np.int64], outputs: int) -> NDArray[np.float64]:
    """Targets as columns, (n, outputs): a class as a 1 in its column, of two classes the second one alone."""
    assert data.targets is not None
    T = data.targets[rows]
    if T.ndim == 1:
        one_of_two = outputs == 1 and data.targets.max() <= 1
        numbers = np.arange(1, 2) if one_of_two else np.arange(outputs)
        T, fits = T[:, None] == numbers, one_of_two or data.targets.max() < outputs
    else:
        fits = T.shape[1] == outputs
    if not fits:
        raise DataError(
            f"a ValueStatistics has {outputs} output(s), but the targets are {data.targets.shape}; it takes "
            "one for each target or class, and one for two classes"
        )
    return T.astype(np.float64)
