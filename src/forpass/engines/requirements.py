"""What an engine requires of programs and data: asked once, before the first step, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, SpecError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.losses import LOSSES
from forpass.spec.data import Data, require_sparse

if TYPE_CHECKING:
    from forpass.spec.program import Program
    from forpass.spec.training import TrainingSpec

__all__ = [
    "n_slots",
    "require_examples",
    "require_inputs",
    "require_rows",
    "require_targets",
    "require_trainable",
]


def require_inputs(program: Program, data: Data, dtype: Any = "float64") -> None:
    """Refuse examples that the program cannot take in, computing in a type.

    Codes and places of sparse numbers are looked at again: they may have changed since the data were made.

    Raises
    ------
    DataError
    """
    if data.n_features != program.widths[0]:
        raise DataError(
            f"the network takes {program.widths[0]} numerical features; the data have {data.n_features}"
        )
    limits = program.code_limits
    n_codes = 0 if data.codes is None else data.codes.shape[1]
    if n_codes != len(limits):
        raise DataError(f"the network takes {len(limits)} categorical column(s); the data have {n_codes}")
    if data.codes is not None and data.n_rows:
        ends = zip(limits, data.codes.min(axis=0), data.codes.max(axis=0), strict=True)
        for column, (limit, smallest, largest) in enumerate(ends):
            if limit is not None and (smallest < 0 or largest >= limit):
                raise DataError(
                    f"codes[:, {column}] has the code {smallest if smallest < 0 else largest}, "
                    f"but the network knows 0 .. {limit - 1}"
                )
    if not isinstance(data.numbers, np.ndarray):
        require_sparse(data.numbers)
    if data.beyond_float32 and np.dtype(dtype) == np.float32:
        raise DataError(
            f"{data.beyond_float32}, which float32 cannot hold; scale it to a few units, "
            'or train with dtype="float64"'
        )


def require_targets(program: Program, data: Data) -> None:
    """Refuse targets that the program's loss cannot be measured against.

    Raises
    ------
    DataError
    """
    loss, k = LOSSES[program.head.loss], program.n_outputs
    T = data.targets
    if T is None:
        raise DataError("the data have no targets to learn from")
    if data.n_rows == 0:
        raise DataError("the data have no rows to learn from")
    if data.weights is not None and not np.any(data.weights):
        raise DataError("all weights are 0, so there is nothing to learn from; give some examples a weight")
    if T.ndim == 1:
        if loss.targets != "class":
            raise DataError(
                f"the loss {loss.name} takes float targets of shape (n, {k}); got whole numbers (n,), "
                "which are class numbers. Give float targets, or use softmax_cross_entropy"
            )
        if T.size and (T.min() < 0 or T.max() >= k):
            raise DataError(
                f"class numbers run from {T.min()} to {T.max()}; the network has outputs 0 .. {k - 1}"
            )
        return
    if loss.targets == "class" and T.shape[1] == 1 and np.array_equal(T, np.floor(T)):
        raise DataError(
            f"targets are class numbers of type {T.dtype} where the loss {loss.name} takes "
            f"whole numbers of shape ({data.n_rows},); give targets.astype(int)"
        )
    if T.shape[1] != k:
        raise DataError(f"targets have {T.shape[1]} column(s), but the network has {k} output(s)")
    low, high = T.min(), T.max()
    if loss.targets == "label" and not np.isin(T, (0, 1)).all():
        raise DataError(f"targets of the loss {loss.name} must be 0 or 1; they run from {low:g} to {high:g}")
    if loss.targets in ("probability", "class") and (low < 0 or high > 1):
        raise DataError(
            f"targets of the loss {loss.name} must lie between 0 and 1; they run from {low:g} to {high:g}"
        )
    if loss.targets == "count" and low < 0:
        raise DataError(f"targets of the loss {loss.name} must not be negative; the smallest is {low:g}")


def n_slots(training: TrainingSpec) -> int:
    """How many numbers the optimiser of a training remembers beside each parameter."""
    from forpass.maths.optimizers import OPTIMIZERS  # who only predicts does without

    return len(OPTIMIZERS[training.optimizer.name].slots) if training.by_steps else 0


def require_examples(data: Data | None) -> Data:
    """Return the examples of a session; refuse to take steps where it has none.

    Raises
    ------
    DataError
    """
    if data is None:
        raise DataError("the session was started without examples; give start data with targets")
    return data


def require_rows(data: Data, rows: NDArray[Any]) -> None:
    """Refuse row numbers that are not there: an engine would read whatever lies in memory.

    Raises
    ------
    DataError
    """
    if len(rows) and (rows.min() < 0 or rows.max() >= data.n_rows):
        raise DataError(f"rows run from 0 to {data.n_rows - 1}; got {rows.min()} to {rows.max()}")


def require_trainable(program: Program) -> None:
    """Refuse to train by gradient through a function whose gradient says nothing.

    Raises
    ------
    SpecError
    """
    for op in program.operations:
        if op.opcode == "activation" and not ACTIVATIONS[op.function].trainable:
            raise SpecError(
                f"{op.label} cannot be trained by gradient: the derivative of {op.function} is 0 everywhere. "
                "Use sigmoid, or train a single layer with the perceptron loss"
            )
