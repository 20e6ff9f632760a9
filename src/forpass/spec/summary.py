"""The table people print: one line for each operation of a network."""

from __future__ import annotations

from forpass.shown import Text, aligned
from forpass.spec.program import Program

__all__ = ["summary", "summary_rows", "widths_of"]


def summary(program: Program) -> Text:
    """Lay out a network as text: operation, output, shape, parameters, formula.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> from forpass.spec.program import lower
    >>> summary(lower(multilayer(64, [100], 10, "softmax_cross_entropy")))
    #  layer   output  shape     parameters  computes
    0  input   X       (n, 64)
    1  affine  Z1      (n, 100)       6,500  X W1 + b1
    2  relu    A1      (n, 100)              relu(Z1)
    3  affine  Z2      (n, 10)        1,010  A1 W2 + b2
    head: softmax_cross_entropy, link softmax; 7,510 parameters
    """
    head = program.head
    last = f"head: {head.loss}, link {head.link}; {program.parameters.size:,} parameters"
    last += f"; the mean of {program.members} members" if program.members > 1 else ""
    return Text(f"{aligned(summary_rows(program), (0, 4), indent='')}\n{last}")


def widths_of(program: Program) -> str:
    """Return the widths of inputs and of what each Dense makes, in a line.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> from forpass.spec.program import lower
    >>> widths_of(lower(multilayer(64, [100], 10, "softmax_cross_entropy")))
    '64 - 100 - 10'
    """
    dense = (op.d_out for op in program.operations if op.opcode in ("affine", "member_affine"))
    return " - ".join(map(str, (program.widths[0], *dense)))


def summary_rows(program: Program) -> list[tuple[str, ...]]:
    """Return the rows of this table, the first with its headings."""
    rows: list[tuple[str, ...]] = [("#", "layer", "output", "shape", "parameters", "computes")]
    rows.append(("0", "input", "X", f"(n, {program.widths[0]})", "", ""))
    sizes = {block.name: block.size for block in program.parameters.blocks}
    for op in program.operations:
        count = sum(sizes[name] for name in op.parameters)
        shape = f"(n, {op.d_out})"
        rows.append(
            (
                str(op.number),
                op.function or op.opcode,
                op.output,
                shape,
                f"{count:,}" if count else "",
                op.formula,
            )
        )
    return rows
