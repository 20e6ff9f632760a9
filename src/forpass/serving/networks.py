"""Networks ready to predict: those of one program together, and the members of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forpass.engines.members import mean_of_members
from forpass.engines.requirements import require_inputs
from forpass.serving.operations import OPERATIONS, Computed, Numbers

if TYPE_CHECKING:
    from forpass.preprocessing import Preprocessing, SparsePreprocessing
    from forpass.spec.data import Data
    from forpass.spec.layout import ParameterLayout
    from forpass.spec.network import NetworkSpec
    from forpass.spec.program import Program

__all__ = ["Network", "Networks", "Stacked"]

ROWS_PER_BLOCK = 4096
"""Rows predicted at a time, as by the reference engine: what products round to may depend on it."""

ROWS_TOGETHER = 64
"""Up to so many rows of a pass several networks take each step together."""

Step: TypeAlias = tuple[tuple[int, ...], Computed]
"""Which buffers are read, and what is computed of them."""


class Network(NamedTuple):
    """What predicts of a trained model, and nothing else; see `forpass.model.trained.TrainedModel`."""

    program: Program
    parameters: NDArray[Any]
    buffers: NDArray[Any]
    preprocessing: Preprocessing | SparsePreprocessing | None
    threshold: float

    @property
    def spec(self) -> NetworkSpec:
        """The description of the network."""
        return self.program.spec


class Networks:
    """Networks of one program and one type, which score rows.

    What they compute is what the reference engine computes, to the bit. For a few rows all networks take each
    step together, by one call of NumPy, for it is calls that take time; for many rows one network goes after
    the other, so that what lies in between stays near the processor.

    Parameters
    ----------
    networks : sequence of Network
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks, self._program = networks, networks[0].program
        self._real = networks[0].parameters.dtype.type
        self._together = _steps_of(networks)

    @cached_property
    def _alone(self) -> list[list[Step]]:
        """The steps of each network by itself."""
        return [_steps_of([network]) for network in self._networks]

    def raw_scores(self, data: Data) -> NDArray[Any]:
        """Return the raw scores (m, n, k) of all rows, by each of the networks.

        Raises
        ------
        DataError
            When the rows do not fit the networks.
        """
        require_inputs(self._program, data, self._real)
        n, k = data.n_rows, self._program.members
        size = max(1, ROWS_PER_BLOCK // k)
        with np.errstate(all="ignore"):
            if n * k <= ROWS_TOGETHER:
                return self._of_block(data, slice(None))
            blocks = [self._of_block(data, slice(begin, begin + size)) for begin in range(0, n, size)]
        return np.concatenate(blocks, axis=1)

    def _of_block(self, data: Data, rows: slice) -> NDArray[Any]:
        X, codes = data.numbers[rows], None if data.codes is None else data.codes[rows]
        X = (X if isinstance(X, np.ndarray) else X.toarray()).astype(self._real, copy=False)
        if (k := self._program.members) > 1:
            X, codes = np.repeat(X, k, axis=0), None if codes is None else np.repeat(codes, k, axis=0)
        if len(X) <= ROWS_TOGETHER or len(self._networks) == 1:
            Z = _computed(self._together, X, codes)
        else:
            Z = np.concatenate([_computed(steps, X, codes) for steps in self._alone])
        return Z if k == 1 else np.stack([mean_of_members(self._program, of_one) for of_one in Z])


def _steps_of(networks: Sequence[Network]) -> list[Step]:
    """Return what a program does, step by step, with the numbers of m networks."""
    program = networks[0].program
    numbers = Numbers(
        _by_block(program.parameters, [network.parameters for network in networks]),
        _by_block(program.buffers, [network.buffers for network in networks]),
        networks[0].parameters.dtype.type,
        program.members,
    )
    return [(op.sources, OPERATIONS[op.opcode](op, numbers)) for op in program.operations]


def _computed(steps: Sequence[Step], X: NDArray[Any], codes: NDArray[np.int32] | None) -> NDArray[Any]:
    """Return what the last step gives for rows X (n, d): (m, n, k)."""
    buffers = [X[None]]
    for sources, computed in steps:
        buffers.append(computed([buffers[source] for source in sources], codes))
    return buffers[-1]


def _by_block(layout: ParameterLayout, vectors: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return what m vectors have in each block: (m, *its shape)."""
    return {
        block.name: np.stack([vector[block.slice].reshape(block.shape) for vector in vectors])
        for block in layout.blocks
    }


class Stacked:
    """Members of an ensemble, scored by NumPy: those of one program together.

    A `forpass.model.scoring.Scoring`: what `Together` does with several threads, these do in one.

    Parameters
    ----------
    members : sequence of Network
    places : sequence of int
        For each, which of the parts of encoded rows is its own.
    """

    engine, whole, most_threads = "numpy", True, None

    def __init__(self, members: Sequence[Network], places: Sequence[int]) -> None:
        alike: dict[tuple[Program, Any, int], list[int]] = {}
        for number, (member, place) in enumerate(zip(members, places, strict=True)):
            alike.setdefault((member.program, member.parameters.dtype, place), []).append(number)
        self._shape = len(members), members[0].spec.n_outputs
        self._stacks = [
            (place, numbers, Networks([members[number] for number in numbers]))
            for (_, _, place), numbers in alike.items()
        ]

    def of_each(
        self,
        parts: Sequence[Data],
        rows: NDArray[np.int64] | None = None,
        threads: int | None = None,
        turn: int = 0,
    ) -> NDArray[np.float64]:
        """Return each member's raw scores (m, n, k), float64, as each has learnt it."""
        if rows is not None:
            parts = [part.rows(rows) for part in parts]
        m, k = self._shape
        Z = np.empty((m, parts[0].n_rows, k))
        for place, numbers, networks in self._stacks:
            Z[numbers] = networks.raw_scores(parts[place])
        return Z
