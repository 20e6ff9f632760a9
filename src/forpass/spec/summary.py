"""The table people print: one line for each operation of a network."""

from __future__ import annotations

from forpass.spec.program import Program

__all__ = ["summary"]


def summary(program: Program) -> str:
    """Lay out a network as text: operation, output, shape, parameters, formula.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> from forpass.spec.program import lower
    >>> print(summary(lower(multilayer(64, [100], 10, "softmax_cross_entropy"))))
    #  layer   output  shape     parameters  computes
    0  input   X       (n, 64)
    1  affine  Z1      (n, 100)       6,500  X W1 + b1
    2  relu    A1      (n, 100)              relu(Z1)
    3  affine  Z2      (n, 10)        1,010  A1 W2 + b2
    head: softmax_cross_entropy, link softmax; 7,510 parameters
    """
    rows = [("#", "layer", "output", "shape", "parameters", "computes")]
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
    w = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{r[0]:>{w[0]}}  {r[1]:<{w[1]}}  {r[2]:<{w[2]}}  {r[3]:<{w[3]}}  {r[4]:>{w[4]}}  {r[5]}"
        for r in rows
    ]
    head = program.head
    last = f"head: {head.loss}, link {head.link}; {program.parameters.size:,} parameters"
    return "\n".join([*(line.rstrip() for line in lines), last])
