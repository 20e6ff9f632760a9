"""The lowered form of a network: a flat list of operations with every shape and place decided.

A `NetworkSpec` says what is wanted; `lower` walks it once and writes down what is to be done. An
engine reads the list from top to bottom for the forward pass and from bottom to top for the
backward pass, and needs to know nothing else about layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from forpass.spec.layout import Block, ParameterLayout
from forpass.spec.network import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Embedding,
    Head,
    Initializer,
    LayerNorm,
    NetworkSpec,
    Penalty,
)

__all__ = ["Operation", "Program", "lower"]


@dataclass(frozen=True)
class Operation:
    """One thing to do to the rows of a batch.

    Attributes
    ----------
    opcode : str
        ``embed``, ``affine``, ``activation``, ``dropout``, ``batch_norm`` or ``layer_norm``.
    number : int
        Its place in the list, from 1; the layer's number in random streams and in messages.
    output : str
        Name of what it computes: ``Z1`` after the first Dense, ``A1`` after its activation, ``D1``
        after dropout, ``N1`` after a normalisation, ``X0`` after an embedding.
    source, target : int
        Numbers of the buffer it reads and of the one it fills; buffer 0 holds the inputs.
    d_in, d_out : int
        Widths of the two buffers.
    parameters : tuple of str
        Names of its blocks in the parameter layout, in the order of its formula.
    buffers : tuple of str
        Names of its blocks in the buffer layout.
    function : str
        Name of the activation, where it is one.
    settings : tuple of float
        The numbers its formula takes beside arrays.
    formula : str
        What it computes, in the names of the trace.
    """

    opcode: str
    number: int
    output: str
    source: int
    target: int
    d_in: int
    d_out: int
    parameters: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    function: str = ""
    settings: tuple[float, ...] = ()
    formula: str = ""

    OPCODES: ClassVar[tuple[str, ...]] = (
        "embed",
        "affine",
        "activation",
        "dropout",
        "batch_norm",
        "layer_norm",
    )

    @property
    def label(self) -> str:
        """How messages call it: ``layer 3 (affine, 64 -> 10)``."""
        what = self.function or self.opcode
        return f"layer {self.number} ({what}, {self.d_in} -> {self.d_out})"


@dataclass(frozen=True)
class Program:
    """A network as an engine sees it.

    Attributes
    ----------
    spec : NetworkSpec
        What it was made from.
    operations : tuple of Operation
    outputs : tuple of str
        Name of what each buffer holds; ``outputs[0]`` is ``X``.
    widths : tuple of int
        Number of columns of each buffer.
    parameters, buffers : ParameterLayout
        Where the trained values lie, and those that are learnt but not by gradient.
    """

    spec: NetworkSpec
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
    widths: tuple[int, ...]
    parameters: ParameterLayout
    buffers: ParameterLayout

    @property
    def head(self) -> Head:
        """What is done with the last buffer."""
        return self.spec.head

    @property
    def penalty(self) -> Penalty:
        """The price on parameters."""
        return self.spec.penalty

    @property
    def n_outputs(self) -> int:
        """Number of raw scores per example."""
        return self.widths[-1]

    def uses(self, opcode: str) -> bool:
        """Whether any operation has this opcode."""
        return any(op.opcode == opcode for op in self.operations)


def lower(spec: NetworkSpec) -> Program:
    """Write down the operations of a network.

    Parameters
    ----------
    spec : NetworkSpec

    Returns
    -------
    Program

    Examples
    --------
    >>> from forpass.spec.network import Activation, Dense, Head, NetworkSpec
    >>> spec = NetworkSpec(2, (Dense(3), Activation("tanh"), Dense(1)), Head("squared"))
    >>> [(op.output, op.formula) for op in lower(spec).operations]
    [('Z1', 'X W1 + b1'), ('A1', 'tanh(Z1)'), ('Z2', 'A1 W2 + b2')]
    """
    draft = _Draft(spec.n_features)
    for layer in spec.layers:
        match layer:
            case Embedding():
                draft.embed(layer, spec.code_sizes)
            case Dense():
                draft.affine(layer)
            case Activation():
                draft.activation(layer)
            case Dropout(rate=0.0):
                pass  # it would copy its input
            case Dropout():
                draft.add("dropout", "D", draft.width, settings=(layer.rate,), formula="dropout({x})")
            case BatchNorm():
                draft.normalisation("batch_norm", (layer.momentum, layer.epsilon), ("mean", "variance"))
            case LayerNorm():
                draft.normalisation("layer_norm", (layer.epsilon,), ())
    return Program(
        spec,
        tuple(draft.operations),
        tuple(draft.outputs),
        tuple(draft.widths),
        ParameterLayout(tuple(draft.parameters)),
        ParameterLayout(tuple(draft.buffers)),
    )


class _Draft:
    """The lists that grow while the layers are walked."""

    def __init__(self, n_features: int) -> None:
        self.operations: list[Operation] = []
        self.outputs = ["X"]
        self.widths = [n_features]
        self.parameters: list[Block] = []
        self.buffers: list[Block] = []
        self.depth = 0  # number of the latest Dense: the index that names carry

    @property
    def width(self) -> int:
        return self.widths[-1]

    def embed(self, layer: Embedding, code_sizes: Sequence[int]) -> None:
        names = [
            self.block(f"E{column}", "E", (size, layer.dimension), layer.weights, size, layer.dimension)
            for column, size in enumerate(code_sizes, start=1)
        ]
        d_out = self.width + len(code_sizes) * layer.dimension
        self.add("embed", "X", d_out, names, formula="[X, " + ", ".join(f"{n}[codes]" for n in names) + "]")

    def affine(self, layer: Dense) -> None:
        self.depth += 1
        d_in, d_out = self.width, layer.units
        names = [self.block(f"W{self.depth}", "W", (d_in, d_out), layer.weights, d_in, d_out)]
        if layer.bias:
            names.append(self.block(f"b{self.depth}", "b", (d_out,), layer.biases, d_in, d_out))
        self.add("affine", "Z", d_out, names, formula="{x} " + " + ".join(names))

    def activation(self, layer: Activation) -> None:
        settings = tuple(layer.settings.values())
        arguments = ", ".join(["{x}", *(f"{value:g}" for value in settings)])
        self.add("activation", "A", self.width, (), layer.name, settings, f"{layer.name}({arguments})")

    def normalisation(self, opcode: str, settings: tuple[float, ...], statistics: tuple[str, ...]) -> None:
        d = self.width
        one, zero = Initializer("constant", {"value": 1.0}), Initializer("zeros")
        gamma = self.block(f"gamma{self.depth}", "gamma", (d,), one, d, d)
        beta = self.block(f"beta{self.depth}", "beta", (d,), zero, d, d)
        for kind in statistics:
            initial = zero if kind == "mean" else one
            name = _unused(f"{kind}{self.depth}", self.buffers)
            self.buffers.append(Block(name, kind, (d,), _end(self.buffers), initial, d, d))
        names = tuple(block.name for block in self.buffers[len(self.buffers) - len(statistics) :])
        formula = f"{gamma} {opcode}({{x}}) + {beta}"
        self.add(opcode, "N", d, (gamma, beta), "", settings, formula, names)

    def block(
        self,
        name: str,
        kind: str,
        shape: tuple[int, ...],
        initializer: Initializer | str,
        fan_in: int,
        fan_out: int,
    ) -> str:
        if isinstance(initializer, str):
            initializer = Initializer(initializer)
        name = _unused(name, self.parameters)
        self.parameters.append(Block(name, kind, shape, _end(self.parameters), initializer, fan_in, fan_out))
        return name

    def add(
        self,
        opcode: str,
        letter: str,
        d_out: int,
        parameters: Sequence[str] = (),
        function: str = "",
        settings: tuple[float, ...] = (),
        formula: str = "",
        buffers: tuple[str, ...] = (),
    ) -> None:
        output, repeat = f"{letter}{self.depth}", 1
        while output in self.outputs:
            repeat += 1
            output = f"{letter}{self.depth}_{repeat}"
        source = len(self.outputs) - 1
        self.operations.append(
            Operation(
                opcode,
                len(self.operations) + 1,
                output,
                source,
                source + 1,
                self.width,
                d_out,
                tuple(parameters),
                buffers,
                function,
                settings,
                formula.format(x=self.outputs[-1]),
            )
        )
        self.outputs.append(output)
        self.widths.append(d_out)


def _end(blocks: Sequence[Block]) -> int:
    return blocks[-1].offset + blocks[-1].size if blocks else 0


def _unused(name: str, blocks: Sequence[Block]) -> str:
    taken = {block.name for block in blocks}
    candidate, repeat = name, 1
    while candidate in taken:
        repeat += 1
        candidate = f"{name}_{repeat}"
    return candidate
