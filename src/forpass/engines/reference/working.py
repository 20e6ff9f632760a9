"""What a pass works on and what it writes down: the batch, the numbers of the step, and the tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from forpass.engines.plans import ScalarPlaces, StepPlan
from forpass.engines.reference.tape import Tape
from forpass.sampling.streams import Key
from forpass.spec.data import Data
from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["Batch", "Explained", "Pass", "Step"]

Explained = tuple[str, tuple[str, ...], str, Sequence[int]]
"""What is said of a value: formula, inputs, how and columns of its `TapeEntry`."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The examples of one step, as dense arrays of the working type.

    Attributes
    ----------
    X : array (n, d)
    codes : int32 array (n, c) or None
    T : array (n, k) or None
        Targets; a class number has become a row with a single 1.
    w : array (n,) or None
        Weights; None: 1 each.
    """

    X: NDArray[Any]
    codes: NDArray[np.int32] | None = None
    T: NDArray[Any] | None = None
    w: NDArray[Any] | None = None

    @classmethod
    def of_inputs(cls, data: Data, rows: Any, dtype: DTypeLike) -> Batch:
        """Return some rows of `data` without their targets: X made dense, in the working type, and codes."""
        X = data.numbers[rows]
        dense = (X if isinstance(X, np.ndarray) else X.toarray()).astype(dtype, copy=False)
        return cls(dense, None if data.codes is None else data.codes[rows])


@dataclass(frozen=True, eq=False)
class Step:
    """What a plan says of one step: its row of the plan's tables.

    Attributes
    ----------
    number : int
        Global step number, which decides the masks.
    normaliser : float
        What the sum of weighted losses is divided by.
    scalars : float64 array (columns,)
    thresholds : int64 array (dropouts,)
    places : ScalarPlaces
        Where a formula's numbers stand among them.
    """

    number: int
    normaliser: float
    scalars: NDArray[np.float64]
    thresholds: NDArray[np.int64]
    places: ScalarPlaces

    @classmethod
    def of_plan(cls, plan: StepPlan, i: int, places: ScalarPlaces) -> Step:
        """Return the i-th step of a plan."""
        return cls(plan.first + i, float(plan.normalisers[i]), plan.scalars[i], plan.thresholds[i], places)


@dataclass(eq=False)
class Pass:
    """One pass through a program: what it works on and what it writes down.

    Attributes
    ----------
    parameters, buffers, gradients : dict from block name to view
    step : Step or None
        None in inference mode: running averages instead of the batch's own, and no dropout.
    dropout_key : Key
    whole : bool
        Whether what is read goes on the tape, too: codes, targets, weights, parameters and buffers.
    loss_sum, penalty : float
        Of the batch, once the objective is known.
    explained : dict from name to (formula, inputs, how, columns)
        What an operation says of a value that it has returned and that is not on the tape yet.
    handed_back : dict from a buffer's number to names
        Of a buffer that several operations read: what they have handed back so far.
    """

    program: Program
    parameters: dict[str, NDArray[Any]]
    buffers: dict[str, NDArray[Any]]
    gradients: dict[str, NDArray[Any]]
    batch: Batch
    tape: Tape
    step: Step | None
    dropout_key: Key
    whole: bool = False
    loss_sum: float = 0.0
    penalty: float = 0.0
    explained: dict[str, Explained] = field(default_factory=dict)
    handed_back: dict[int, list[str]] = field(default_factory=dict)

    def values(self, op: Operation) -> list[NDArray[Any]]:
        """The parameters of an operation, in the order of its formula."""
        return [self.parameters[name] for name in op.parameters]

    @property
    def rows_by_member(self) -> list[slice]:
        """Of each member its rows of the pass: place p belongs to member p % members."""
        k = self.program.members
        return [slice(m, None, k) for m in range(k)]

    def names(self, op: Operation) -> list[str]:
        """What is read by the operation, as the tape calls it."""
        return [self.program.outputs[source] for source in op.sources]

    def source(self, op: Operation) -> NDArray[Any]:
        """What was read by an operation of one source."""
        return self.tape[self.program.outputs[op.source]]

    def note(
        self,
        op: Operation,
        suffix: str,
        value: Any,
        formula: str,
        *inputs: str,
        how: str = "cells",
        columns: Sequence[int] = (),
    ) -> Any:
        """Write an intermediate of an operation down, for instance ``N1.mean``, and what it was made of."""
        said = formula, op.label, op.number, "forward", inputs, how, columns
        return self.tape.record(f"{op.output}.{suffix}", value, *said)

    def note_back(
        self,
        op: Operation,
        suffix: str,
        value: Any,
        formula: str,
        *inputs: str,
        how: str = "cells",
        columns: Sequence[int] = (),
    ) -> Any:
        """Write the derivative by an intermediate down, as ``dP0.angles``, and what it was made of."""
        said = formula, op.label, op.number, "backward", inputs, how, columns
        return self.tape.record(f"d{op.output}.{suffix}", value, *said)

    def gradient(
        self,
        op: Operation,
        name: str,
        value: NDArray[Any],
        formula: str,
        *inputs: str,
        how: str,
        columns: Sequence[int] = (),
    ) -> None:
        """Write the gradient of a parameter down, in the parameter's shape, and what it was made of."""
        view = self.gradients[name]
        said = formula, op.label, op.number, "backward", inputs, how, columns
        view[...] = self.tape.record(f"d{name}", value.reshape(view.shape), *said)

    def reads(
        self,
        op: Operation,
        *inputs: str,
        how: str = "cells",
        formula: str = "",
        columns: Sequence[int] = (),
    ) -> None:
        """Say what an operation's output is made of, where it is not cells of sources and parameters."""
        self.explained[op.output] = formula or op.formula, inputs, how, columns

    def back(
        self,
        op: Operation,
        source: int,
        formula: str,
        *inputs: str,
        how: str = "cells",
        columns: Sequence[int] = (),
    ) -> None:
        """Say how the derivative by an operation's source, counted from 0, was computed, and of what."""
        self.explained[f"d{op.output} to {source}"] = formula, inputs, how, columns
