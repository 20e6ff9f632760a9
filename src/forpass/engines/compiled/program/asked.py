"""Rows whose raw scores are asked for, as instructions find them: looked at once for all networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.program.examples import Examples
from forpass.engines.compiled.runtime.driver import PLACES_IN_A_STEP, beginning, steps_of
from forpass.engines.requirements import require_inputs, require_rows
from forpass.spec.data import Data
from forpass.spec.program import Program

__all__ = ["Asked"]

SCORES = PLACES_IN_A_STEP["scores"]


class Asked:
    """Rows of some data, for programs that compute in one type.

    Parameters
    ----------
    data : Data
    rows : int64 array or None
        Row numbers; None: all.
    dtype : {"float32", "float64"}
    """

    def __init__(self, data: Data, rows: NDArray[np.int64] | None, dtype: str) -> None:
        self.numbers = np.arange(data.n_rows) if rows is None else np.ascontiguousarray(rows, np.int64)
        if rows is not None:
            require_rows(data, self.numbers)
        self.data, self.dtype, self.examples = data, dtype, Examples(data, dtype)
        self._steps: dict[int, NDArray[np.int64]] = {}
        self._suited: dict[int, Program] = {}  # kept, so that no other has its number

    def require_suited(self, program: Program) -> None:
        """Refuse rows that a program cannot take in."""
        if id(program) not in self._suited:
            require_inputs(program, self.data, self.dtype)
            self._suited[id(program)] = program

    def steps(self, size: int, scores: NDArray[Any]) -> NDArray[np.int64]:
        """Return a step for each block of so many rows, which writes to `scores`."""
        n = len(self.numbers)
        begins: Any = 0 if n <= size else np.arange(0, n, size)
        if size not in self._steps:
            self._steps[size] = steps_of(
                -(-n // size),
                rows=n if n <= size else np.minimum(n - begins, size),
                row_numbers=beginning(self.numbers) + 8 * begins,
                **self.examples.words,
            )
        steps = self._steps[size].copy()
        steps[:, SCORES] = beginning(scores) + begins * scores.strides[0]
        return steps
