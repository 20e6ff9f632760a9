"""A network as one would sketch it: blocks with words, one above the other or side by side.

A Dense and what goes number by number behind it are one block: "256 relu". Layers that hold layers are forks,
whose branches are blocks and forks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from forpass.shown import counted
from forpass.spec.draft import Draft
from forpass.spec.elementwise import Activation, Columnwise, Dropout
from forpass.spec.input_layers import Embedding, Periodic, Piecewise, ValueStatistics
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import Concatenate, Dense, Layer, Residual, Sum
from forpass.spec.network import NetworkSpec
from forpass.spec.normalisation import BatchNorm, LayerNorm

__all__ = ["Block", "Fork", "Part", "blocks_of", "in_words"]


@dataclass(frozen=True)
class Block:
    """Layers that are drawn as one.

    Attributes
    ----------
    kind : {"input", "dense", "other", "output"}
        What it is drawn as.
    columns : int
        Number of columns that it makes.
    title : str
        What it mainly is: ``256 relu``.
    notes : tuple of str
        What else is done to its columns, in order.
    own : bool
        Whether each member of the network has its own.
    """

    kind: str
    columns: int
    title: str
    notes: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Fork:
    """Branches that read the same columns, and what becomes of what they make.

    Attributes
    ----------
    joined : {"+", "join"}
        Added up, or put side by side.
    branches : tuple of tuples of (Block or Fork)
        An empty one passes on what it reads.
    columns : int
        Number of columns that it makes.
    """

    joined: str
    branches: tuple[tuple[Part, ...], ...]
    columns: int


Part: TypeAlias = Block | Fork


def blocks_of(spec: NetworkSpec) -> tuple[Part, ...]:
    """Return the parts of a network, from its inputs to its outputs; the first and the last are blocks.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> [part.title for part in blocks_of(multilayer(4, [100], 3, "softmax_cross_entropy"))]
    ['4 features', '100 relu', '3 softmax']
    """
    draft = Draft(spec.inputs, spec.members)
    parts, _ = _parts(draft, spec.layers, 0)
    last, own = parts[-1], False
    if isinstance(last, Block) and last.kind == "dense" and _is_bare(last):  # but for what the head does
        parts, own = parts[:-1], last.own
    return (_input(spec.inputs), *parts, _output(spec, own))


def in_words(parts: Sequence[Part]) -> str:
    """Say what parts are, in the order in which numbers go through them.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> in_words(blocks_of(multilayer(4, [100], 3, "softmax_cross_entropy", dropout=0.5)))
    '4 features, 100 relu (dropout 0.5), 3 softmax'
    """
    return ", ".join(_said(part) for part in parts)


def _said(part: Part) -> str:
    if isinstance(part, Block):
        return part.title + (f" ({', '.join(part.notes)})" if part.notes else "")
    inner = "; ".join(in_words(branch) or "as it is" for branch in part.branches)
    return f"{'sum' if part.joined == '+' else 'side by side'} of ({inner})"


def _input(groups: Sequence[FeatureGroup]) -> Block:
    features, codes = sum(group.width for group in groups), sum(group.is_coded for group in groups)
    said = [counted(features, "feature")] if features else []
    said += [counted(codes, "code")] if codes else []
    columns = len({group.name for group in groups if group.name})
    notes = (f"from {counted(columns, 'column')}",) if columns not in (0, features + codes) else ()
    return Block("input", features, " and ".join(said), notes)


def _output(spec: NetworkSpec, own: bool) -> Block:
    n, link = spec.n_outputs, spec.head.link
    title = counted(n, "output") if link == "identity" else f"{n:,} {_plain(link)}"
    notes = (f"mean of {spec.members} members",) if spec.members > 1 else ()
    return Block("output", n, title, notes, own)


def _parts(draft: Draft, layers: Sequence[Layer], x: int) -> tuple[list[Part], int]:
    """Return what layers on buffer `x` are drawn as, and the number of the buffer that they fill."""
    parts: list[Part] = []
    for layer in layers:
        inner: tuple[tuple[Part, ...], ...] = ()
        if isinstance(layer, Residual):
            inner = tuple(_parts(draft, layer.layers, x)[0]), ()
        elif isinstance(layer, Concatenate | Sum):
            inner = tuple(tuple(_parts(draft, branch, x)[0]) for branch in layer.branches)
        x = layer.lower(draft, x)
        if len(inner) == 1:
            parts += inner[0]
        elif inner:
            parts.append(Fork("join" if isinstance(layer, Concatenate) else "+", inner, draft.widths[x]))
        else:
            _draw(parts, layer, draft.widths[x])
    return parts, x


def _draw(parts: list[Part], layer: Layer, columns: int) -> None:
    """Put a layer without layers of its own behind what is there: as a block, or in the words of the last."""
    last = parts[-1] if parts else None
    if isinstance(layer, Dense):
        parts.append(Block("dense", columns, _units(columns), own=layer.by_member))
    elif isinstance(layer, Embedding | Periodic | Piecewise | ValueStatistics):
        parts.append(Block("other", columns, *_reader(layer, columns)))
    elif not (word := _elementwise(layer)):
        return
    elif not isinstance(last, Block):
        parts.append(Block("other", columns, word, own=_is_own(layer)))
    elif isinstance(layer, Activation | Columnwise) and _is_bare(last):
        parts[-1] = replace(last, title=f"{columns:,} {word}", own=last.own or _is_own(layer))
    else:
        parts[-1] = replace(last, notes=(*last.notes, word), own=last.own or _is_own(layer))


def _units(columns: int) -> str:
    return counted(columns, "unit")


def _is_bare(block: Block) -> bool:
    """Whether nothing is said yet of what is done with its columns."""
    return block.title == _units(block.columns) and not block.notes


def _reader(layer: Layer, columns: int) -> tuple[str, tuple[str, ...]]:
    """Return title and notes of a layer that reads the inputs themselves."""
    if isinstance(layer, Embedding):
        return f"{columns:,} with embeddings", (f"{layer.dimension} per code",)
    if isinstance(layer, Periodic):
        return f"{columns:,} periodic", (f"{counted(layer.frequencies, 'wave')} per number",)
    return f"{columns:,} {'piecewise linear' if isinstance(layer, Piecewise) else 'value statistics'}", ()


def _elementwise(layer: Layer) -> str:
    """Return the words of a layer that goes number by number; none for one that does nothing."""
    if isinstance(layer, Dropout):
        return f"dropout {layer.rate:g}" if layer.rate else ""
    if isinstance(layer, BatchNorm | LayerNorm):
        return "batch norm" if isinstance(layer, BatchNorm) else "layer norm"
    assert isinstance(layer, Activation | Columnwise)
    return _plain(layer.name)


def _is_own(layer: Layer) -> bool:
    return isinstance(layer, Columnwise) and layer.by_member


def _plain(name: str) -> str:
    return name.replace("_", " ")
