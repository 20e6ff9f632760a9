"""How much work a job is, by arithmetic alone: what a pool begins first, and what still fits into a limit.

A step on B rows of a network with P multiplications a row, U numbers that go through a function or are drawn
at random, and p parameters costs

    6 B P + ACTIVATION B U + UPDATE p + STEP

operations: an addition or a multiplication in a product counts as one, three products for each matrix; what
else there is, counts as so many of these as it took as long, measured with the compiled engine. Seconds are
work / speed, and the speed is measured while networks run.
"""

from __future__ import annotations

from forpass.spec.program import Program
from forpass.training.job import Job

__all__ = ["work_of"]

ACTIVATION, UPDATE, STEP = 40.0, 12.0, 150_000.0
AFFINE = "affine"
LOOK = 2.0
"""Of a row that is only looked at: one product for each matrix."""


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
    rows = 6.0 * program.multiplications + ACTIVATION * _elementwise(program)
    seen = 2.0 * program.multiplications + ACTIVATION / 2 * _elementwise(program)
    looks = epochs / training.validate_every * validation
    return steps * (size * rows + UPDATE * program.parameters.size + STEP) + looks * seen


def _elementwise(program: Program) -> int:
    """Numbers of a row that go through a function, or are drawn: all that operations but products make."""
    return sum(op.d_out for op in program.operations if op.opcode != AFFINE)
