"""A program under construction: the lists that grow while the layers of a network are walked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NoReturn

from forpass.errors import SpecError
from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layout import Block
from forpass.spec.operation import Operation

__all__ = ["Draft"]

READ_CODES = "embed", "lookup"
"""Opcodes that need no numerical inputs."""


class Draft:
    """The operations, buffers and blocks of a program, as far as its layers have been walked.

    A layer adds what it needs by `block`, `statistic` and `add`, which name things as the trace and
    messages call them: by a letter and the number of the latest Dense, ``A2``, and where that is taken by a
    number more, ``A2_2``.

    Parameters
    ----------
    inputs : sequence of FeatureGroup
        What comes in; the numbers among it are buffer 0.
    members : int
        So many networks share what is not said to be `by_member`.

    Attributes
    ----------
    inputs : tuple of FeatureGroup
    members : int
    operations : list of Operation
    outputs, widths : list
        Name and width of each buffer.
    features : list of tuple of int
        Of each buffer how many columns in a row show the same feature; empty where they show several.
    parameters, buffers : list of Block
        Blocks of the two layouts.
    depth : int
        Number of the latest Dense.
    path : list of int
        Which layer is under way: its number, and for layers in layers that of each.
    """

    def __init__(self, inputs: Sequence[FeatureGroup], members: int = 1) -> None:
        self.inputs, self.members = tuple(inputs), members
        self.operations: list[Operation] = []
        self.outputs, self.widths = ["X"], [sum(group.width for group in inputs)]
        self.features: list[tuple[int, ...]] = [tuple(g.width for g in inputs if g.width)]
        self.parameters: list[Block] = []
        self.buffers: list[Block] = []
        self.depth = 0
        self.path: list[int] = []
        self._taken: dict[str, int] = {"X": 1}

    @property
    def coded(self) -> list[FeatureGroup]:
        """The groups of ``Data.codes``, in the order of its columns."""
        return [group for group in self.inputs if group.is_coded]

    @property
    def numbers(self) -> list[tuple[int, FeatureGroup]]:
        """The groups of kind number, each with its first column in ``Data.numbers``."""
        begins = accumulate((group.width for group in self.inputs), initial=0)
        pairs = zip(begins, self.inputs, strict=False)
        return [(begin, group) for begin, group in pairs if group.kind == "number"]

    @property
    def number_columns(self) -> list[int]:
        """The columns of ``Data.numbers`` that are of kind number."""
        return [begin + j for begin, group in self.numbers for j in range(group.width)]

    def refuse(self, what: str) -> NoReturn:
        """Refuse the layer under way, by its place: ``layer 2.1`` is the first layer in the second."""
        raise SpecError(f"layer {'.'.join(map(str, self.path))} {what}")

    def block(
        self,
        name: str,
        role: str,
        shape: tuple[int, ...],
        initializer: Initializer,
        fan_in: int,
        fan_out: int,
        *,
        matrix: bool = False,
        zero_first: bool = False,
        alike_rows: bool = False,
        alike_columns: tuple[int, ...] = (),
    ) -> str:
        """Add a block of trained values; return its name, for instance ``W1``."""
        alike = alike_rows, alike_columns
        shared = role, shape, initializer, fan_in, fan_out, matrix, zero_first, *alike
        return self._block(self.parameters, name, *shared)

    def statistic(self, role: str, shape: tuple[int, ...], initial: Initializer) -> str:
        """Add a block that is learnt but not by gradient; return its name, for instance ``mean1``."""
        d = shape[-1]
        return self._block(self.buffers, f"{role}{self.depth}", role, shape, initial, d, d)

    def _block(
        self,
        blocks: list[Block],
        name: str,
        role: str,
        shape: tuple[int, ...],
        initializer: Initializer,
        fan_in: int,
        fan_out: int,
        *beginning: Any,
    ) -> str:
        name = self._unused(name)
        end = blocks[-1].slice.stop if blocks else 0
        blocks.append(Block(name, role, shape, end, initializer, fan_in, fan_out, *beginning))
        return name

    def add(
        self,
        opcode: str,
        letter: str,
        sources: Sequence[int],
        d_out: int,
        formula: str,
        *,
        parameters: Sequence[str] = (),
        buffers: Sequence[str] = (),
        function: str = "",
        settings: Sequence[float] = (),
        columns: Sequence[int] = (),
        edges: Sequence[tuple[float, ...]] = (),
        centres: Sequence[tuple[float, ...]] = (),
        features: Sequence[int] = (),
    ) -> int:
        """Add an operation on buffers; return the number of the buffer that it fills.

        In `formula` the sources stand as ``{0}``, ``{1}``, ...; `features` as among the attributes.
        """
        if opcode not in READ_CODES and any(self.widths[source] == 0 for source in sources):
            self.refuse("reads the numerical inputs, and there are none; let it stand behind an Embedding")
        target = len(self.outputs)
        self.operations.append(
            Operation(
                opcode,
                len(self.operations) + 1,
                self._unused(f"{letter}{self.depth}"),
                tuple(sources),
                target,
                tuple(self.widths[source] for source in sources),
                d_out,
                tuple(parameters),
                tuple(buffers),
                function,
                tuple(settings),
                formula.format(*(self.outputs[source] for source in sources)),
                tuple(columns),
                tuple(edges),
                tuple(centres),
            )
        )
        self.outputs.append(self.operations[-1].output)
        self.widths.append(d_out)
        self.features.append(tuple(features))
        return target

    def _unused(self, name: str) -> str:
        """Return a name that nothing has yet: with a number behind it where it is taken."""
        repeat = self._taken.get(name, 0) + 1
        self._taken[name] = repeat
        return name if repeat == 1 else self._unused(f"{name}_{repeat}")
