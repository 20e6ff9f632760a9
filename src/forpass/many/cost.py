"""The cost of a job, from its arithmetic: by it a pool orders jobs, and tells which still fit a time limit.

A network with P multiplications per row and U numbers per row that are no sums of products (activations,
dropout) costs

    steps (6 B P + ACTIVATION B U)

operations for its steps on B rows: each addition or multiplication of a matrix product is one operation, and
there are three products per matrix; any other number counts as many operations as take as long. Validation
comes on top. The constants were measured with the compiled engine on 15 networks of 16 to 3 x 256 neurons
with relu or mish, in batches of 16 to 256; the formula is within 20 % for each of them. Updates and the
overhead of a step were too small to be measured, and starting took 4 ms. Seconds are work / speed; the speed
is measured while networks run.
"""

from __future__ import annotations

from forpass.spec.program import Program
from forpass.training.job import Job

__all__ = ["work_of"]

ACTIVATION = 230.0
"""Operations for each number that is no sum of products."""


def work_of(job: Job) -> float:
    """Return the number of operations of a job if it runs for all of its epochs.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> short, long = (fp.TrainingSpec(epochs=epochs) for epochs in (10, 20))
    >>> spec = fp.multilayer(1, [4], 1, "squared")
    >>> work_of(Job(spec, long, data)) == 2 * work_of(Job(spec, short, data))
    True
    """
    training, program = job.training, job.program
    n = job.training_part.n_rows
    size = min(training.batch_size or n, n) if training.by_steps else n
    steps = training.epochs * (n // size if training.last_batch == "drop" else -(-n // size))
    if training.stopping.max_steps is not None:
        steps = min(steps, training.stopping.max_steps)
    epochs = steps * size / n
    validation = 0 if job.validation_part is None else job.validation_part.n_rows
    products, others = _each_row(program)
    rows, seen = 6.0 * products + ACTIVATION * others, 2.0 * products + ACTIVATION / 2 * others
    looks = epochs / training.validate_every * validation
    return program.members * (steps * size * rows + looks * seen)


def _each_row(program: Program) -> tuple[float, float]:
    """Return the multiplications of a row of a member, and its numbers that are no sums of products.

    Looking up bins costs as much as a product with the binned columns; periodic embeddings are functions.
    """
    products, others = float(program.multiplications), 0.0
    sizes = {block.name: block.size for block in program.parameters.blocks}
    for op in program.operations:
        if op.opcode == "piecewise":
            products += len(op.columns) * op.d_out
        elif op.opcode == "periodic":
            frequency, *_, V, _ = op.parameters
            products, others = products + sizes[V], others + sizes[frequency]
        elif op.opcode not in ("affine", "member_affine"):
            others += op.d_out
    return products, others
