"""Where several operations read one buffer, none may write into another's memory: conformance sees it."""

import numpy as np
import pytest

import forpass as fp
from forpass.engines import compiled
from forpass.engines.compiled.program import passes, workplace
from forpass.engines.compiled.program.operations import OPERATIONS, add, concatenate
from forpass.engines.compiled.program.operations.add import added
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.conformance import engine_checks
from forpass.errors import EngineError
from forpass.maths import xp
from forpass.maths.activations import ACTIVATIONS, Activation

CHECKS = dict(engine_checks(compiled))


def forgets_other_readers(monkeypatch):
    """An activation writes over its input whenever the way back does not need it."""
    monkeypatch.setattr(Recording, "overwrites", lambda run, op: not {op.source} & run._kept)


def forgets_that_two_buffers_are_one_matrix(monkeypatch):
    """Counts the readers of a buffer, and not of the one whose matrix it is."""

    def overwrites(run, op):
        return run.program.consumers[op.source] == (op.number,) and op.source not in run._kept

    monkeypatch.setattr(Recording, "overwrites", overwrites)


def forgets_the_way_back(monkeypatch):
    """An activation writes over what the one below it needs on its way back."""
    monkeypatch.setattr(Recording, "keep", lambda run, buffers: None)


def hands_one_matrix_to_both(monkeypatch):
    """The way back of a sum hands its derivative on as it is, and an activation writes over it."""
    monkeypatch.setitem(OPERATIONS, "add", (add.forward, lambda op, run, dZ, needs: (dZ, dZ)))


def adds_up_in_place(monkeypatch):
    """The sum is written over its first part, which a product among the gradients still reads."""
    hands_one_matrix_to_both(monkeypatch)

    def in_place(run, X, Y):
        run.by_rows(add.add, X=X, Y=Y, Z=X, stride=X.stride)
        return X

    monkeypatch.setattr(passes, "added", in_place)


def adds_up_from_the_first_operation(monkeypatch):
    """What was handed back first comes last: a + (b + c) for (a + b) + c."""
    parts = {}

    def upwards(run, sum_so_far, dX):
        if sum_so_far in parts:
            first, second = parts[sum_so_far]
            return added(run, first, added(run, second, dX))
        total = added(run, sum_so_far, dX)
        parts[total] = sum_so_far, dX
        return total

    monkeypatch.setattr(passes, "added", upwards)


def takes_the_last_reader_for_all(monkeypatch):
    monkeypatch.setattr(passes, "added", lambda run, others, dX: others)


def mixes_up_the_columns(monkeypatch):
    """Takes the columns of each source from the beginning."""

    def backward(op, run, dZ, needs):
        derivatives = [
            run.matrix(width) if need else None for width, need in zip(op.d_ins, needs, strict=True)
        ]
        for dX in derivatives:
            if dX is not None:
                run.copy_columns(dZ, 0, dX, 0, dX.width)
        return tuple(derivatives)

    monkeypatch.setitem(OPERATIONS, "concatenate", (concatenate.forward, backward))


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (forgets_other_readers, "gradient[residual of an activation"),
        (forgets_other_readers, "raw_scores[residual of an activation"),
        (forgets_other_readers, "raw_scores[concatenate,"),
        (forgets_that_two_buffers_are_one_matrix, "raw_scores[residual of dropout"),
        (forgets_the_way_back, "gradient[activation of an activation"),
        (hands_one_matrix_to_both, "gradient[residual,"),
        (adds_up_in_place, "gradient[residual of a dense layer"),
        (adds_up_from_the_first_operation, "order of sums"),
        (takes_the_last_reader_for_all, "gradient[residual,"),
        (mixes_up_the_columns, "gradient[concatenate,"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_shared_memory_is_caught_by_the_check_that_is_meant_for_it(monkeypatch, defect, check):
    meant = [run for name, run in CHECKS.items() if name.startswith(check)]
    assert len(meant) == 2
    for run in meant:
        run()
    defect(monkeypatch)
    workplace._left.clear()  # instructions of the engine without the defect
    for run in meant:
        with pytest.raises(EngineError, match="the engine compiled fails"):
            run()


def exponential(Z):
    return xp.exp(Z)


def exponential_vjp(dA, Z, A):
    return dA * A


def test_padding_does_not_wander_off_under_what_writes_over_it():
    """Exp of 0, of 1, of 2.7, ...: what pads a row takes part in every step and must not grow."""
    X = np.random.default_rng(0).normal(size=(32, 3))
    data, sgd = fp.Data(X, targets=X[:, 0]), fp.OptimizerSpec("gradient_descent", 1e-3)
    training = fp.TrainingSpec(epochs=20, batch_size=8, optimizer=sgd)
    with ACTIVATIONS.extended(Activation("own_exp", exponential, exponential_vjp, "e^z", "A")):
        up = fp.Activation("own_exp")
        for before in (fp.Dense(3), fp.Concatenate([[fp.Dense(2)], [fp.Dense(1)]])):
            spec = fp.NetworkSpec(3, (before, up, fp.BatchNorm(), fp.Dense(1)), fp.Head("squared"))
            ours, theirs = (fp.train(spec, training, data, engine=engine) for engine in ("compiled", "numpy"))
            np.testing.assert_allclose(ours.parameters, theirs.parameters, rtol=1e-3, atol=1e-4)
