"""How much work a job is, by arithmetic alone: what a pool begins first, and what still fits into a limit.

A network with P multiplications a row and U numbers that go through a function or are drawn at random costs

    steps (6 B P + ACTIVATION B U)

operations for its steps on B rows: an addition or a multiplication in a product counts as one, three products
for each matrix; a number that is no product's counts as so many of these as it took as long. Looking at
validation rows comes on top. The constants were measured with the compiled engine, on 15 networks of 16 to
3 x 256 neurons with relu or mish, in batches of 16 to 256, of which the formula meets each within 20 %; what
updates and steps cost beside this could not be told from nothing, and to begin took 4 ms. Seconds are work /
speed, and the speed is measured while networks run.
"""

from __future__ import annotations

from forpass.spec.program import Program
from forpass.training.job import Job

__all__ = ["work_of"]

ACTIVATION = 230.0
"""Operations for each number that is no product's."""


def work_of(job: Job) -> float:
    """Return how many operations a job takes at most: all of its epochs.

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
    return steps * size * rows + looks * seen


def _each_row(program: Program) -> tuple[float, float]:
    """Multiplications of a row, and its numbers that are no product's, but of a function or drawn.

    Bins are looked up and added up as a product with their columns would; waves are functions of numbers.
    """
    products, others = float(program.multiplications), 0.0
    sizes = {block.name: block.size for block in program.parameters.blocks}
    for op in program.operations:
        if op.opcode == "piecewise":
            products += len(op.columns) * op.d_out
        elif op.opcode == "periodic":
            frequency, *_, V, _ = op.parameters
            products, others = products + sizes[V], others + sizes[frequency]
        elif op.opcode != "affine":
            others += op.d_out
    return products, others
