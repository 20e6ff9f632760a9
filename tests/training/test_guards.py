"""What protects a run."""

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

import forpass as fp
from forpass.engines.initial import fresh_state
from forpass.engines.threads import libraries
from forpass.maths.initializers import INITIALIZERS, Initializer
from forpass.spec.program import lower
from forpass.training.guards import one_blas_thread


def blas_threads():
    return {pool["num_threads"] for pool in ThreadpoolController().info() if pool["user_api"] == "blas"}


def test_runs_that_overlap_give_blas_its_threads_back():
    libraries.cache_clear()  # other tests have loaded libraries since it was looked for
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        one_blas_thread.__enter__()
        one_blas_thread.__enter__()  # a second run begins
        assert blas_threads() == {1}
        one_blas_thread.__exit__()  # the first ends before the second
        assert blas_threads() == {1}
        one_blas_thread.__exit__()
        assert blas_threads() == before


def test_first_values_hold_blas_together_with_runs():
    """A run that begins while another's first values look at rows keeps its one thread, and gives it back."""

    def adjust(values, Z, U):
        one_blas_thread.__enter__()  # another run begins
        return values

    adjusting = Initializer("adjusting", INITIALIZERS["zeros"].function, "0", (), adjust, "weights")
    libraries.cache_clear()
    with threadpool_limits(2, user_api="blas"), INITIALIZERS.extended(adjusting):
        before = blas_threads()
        spec = fp.NetworkSpec(1, [fp.Dense(1, weights="adjusting")], fp.Head("squared"))
        fresh_state(lower(spec), fp.TrainingSpec(), fp.Data([[0.0], [1.0]], targets=[0.0, 1.0]))
        assert blas_threads() == {1}
        one_blas_thread.__exit__()
        assert blas_threads() == before


def test_a_run_that_fails_gives_blas_its_threads_back():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        data = fp.Data([[1e30], [-1e30]], targets=[1e30, 1.0])
        optimizer = fp.OptimizerSpec("gradient_descent", learning_rate=1e30)
        training = fp.TrainingSpec(epochs=9, optimizer=optimizer)
        with pytest.raises(fp.DivergenceError):
            fp.train(fp.multilayer(1, [2], 1, "squared"), training, data)
        assert blas_threads() == before
