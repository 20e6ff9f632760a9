"""Libraries of linear algebra held to one thread: always, everywhere, and never for longer than needed."""

import os
import subprocess
import sys
import textwrap
import threading
import types

import numpy as np
import pytest
import scipy.linalg  # noqa: F401 - loads its library of linear algebra, before its threads are counted
from threadpoolctl import ThreadpoolController, threadpool_limits

import forpass as fp
from forpass.engines import blas
from forpass.engines.blas import one_blas_thread
from forpass.engines.initial import fresh_state
from forpass.maths.initializers import INITIALIZERS, Initializer
from forpass.spec.program import lower

THREE = 3
"""Threads of BLAS in these tests: more than one, and not what any machine has by itself."""


def blas_threads():
    return {pool["num_threads"] for pool in ThreadpoolController().info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def limited():
    """BLAS with three threads, limited by the main thread, which by threadpoolctl 3.8 alone may do so now."""
    blas._found.cache_clear()  # other tests have loaded libraries since they were looked for
    with threadpool_limits(THREE, user_api="blas"):
        if blas_threads() != {THREE}:
            pytest.skip("this BLAS cannot be given three threads")
        yield
        assert blas_threads() == {THREE}
        assert not blas._holds


def in_thread(task):
    """Carry out a task in a thread of its own."""
    errors = []

    def work():
        try:
            task()
        except BaseException as error:  # noqa: BLE001  # raised again below
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def fitted(engine="numpy", method="steps"):
    """Train a little; return the threads that BLAS had meanwhile, and the fingerprint."""
    rng = np.random.default_rng(0)
    data = fp.Data(rng.standard_normal((60, 5)), targets=rng.standard_normal(60))
    seen = set()
    training = fp.TrainingSpec(epochs=2, method=method)
    spec = fp.multilayer(5, [8], 1, "squared")
    model = fp.train(spec, training, data, engine=engine, listener=lambda event: seen.update(blas_threads()))
    return seen, model.fingerprint()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("method", ["steps", "lbfgs"])
def test_a_run_holds_blas_in_any_thread(engine, method):
    here = fitted(engine, method)
    assert 1 in here[0]
    there = []
    in_thread(lambda: there.append(fitted(engine, method)))
    assert there == [here]


def test_scipys_library_is_looked_for_when_another_thread_has_imported_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.linalg", types.ModuleType("scipy.linalg"))  # as it is meanwhile
    before = blas.libraries()
    monkeypatch.undo()
    assert blas.libraries() is not before
    assert blas.libraries() is blas.libraries()


def test_a_run_in_another_thread_holds_what_the_main_thread_has_limited():
    seen = []

    def work():
        with one_blas_thread():
            seen.append(blas_threads())

    in_thread(work)
    assert seen == [{1}]
    assert blas_threads() == {THREE}


def test_runs_that_overlap_give_blas_its_threads_back():
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()  # a second run begins
    assert blas_threads() == {1}
    first.__exit__()  # the first ends before the second
    assert blas_threads() == {1}
    second.__exit__()
    assert blas_threads() == {THREE}


def test_runs_of_two_threads_that_overlap_give_blas_its_threads_back():
    first, begun, end = one_blas_thread(), threading.Event(), threading.Event()
    seen = []

    def other():
        with one_blas_thread():
            begun.set()
            end.wait()
            seen.append(blas_threads())

    first.__enter__()
    thread = threading.Thread(target=other)
    thread.start()
    begun.wait()
    first.__exit__()
    assert blas_threads() == {1}
    end.set()
    thread.join()
    assert seen == [{1}]
    assert blas_threads() == {THREE}


def test_first_values_hold_blas_together_with_runs():
    """A run that begins while another's first values look at rows keeps its one thread, and gives it back."""
    run = one_blas_thread()

    def adjust(values, Z, U):
        run.__enter__()
        return values, Z

    adjusting = Initializer("adjusting", INITIALIZERS["zeros"].function, "0", (), adjust, "weights")
    with INITIALIZERS.extended(adjusting):
        spec = fp.NetworkSpec(1, [fp.Dense(1, weights="adjusting")], fp.Head("squared"))
        fresh_state(lower(spec), fp.TrainingSpec(), fp.Data([[0.0], [1.0]], targets=[0.0, 1.0]))
    assert blas_threads() == {1}
    run.__exit__()


def test_a_run_that_fails_gives_blas_its_threads_back():
    data = fp.Data([[1e30], [-1e30]], targets=[1e30, 1.0])
    optimizer = fp.OptimizerSpec("gradient_descent", learning_rate=1e30)
    with pytest.raises(fp.DivergenceError):
        fp.train(fp.multilayer(1, [2], 1, "squared"), fp.TrainingSpec(epochs=9, optimizer=optimizer), data)
    assert blas_threads() == {THREE}


def test_limits_of_others_keep_their_effect():
    fitted()
    seen = []
    with threadpool_limits(2, user_api="blas"):
        seen.append(blas_threads())
        in_thread(fitted)
        seen.append(blas_threads())
    assert seen == [{2}, {2}]


def test_a_fit_does_not_make_its_thread_the_only_one_that_may_limit():
    begun, end = threading.Event(), threading.Event()

    def work():
        fitted()
        begun.set()
        end.wait()  # a thread that has ended would lose such a right

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    with threadpool_limits(2, user_api="blas"):
        assert blas_threads() == {2}
    end.set()
    thread.join()


def test_a_limit_that_is_set_meanwhile_stays():
    with one_blas_thread():
        threadpool_limits(2, user_api="blas")
    assert blas_threads() == {2}
    threadpool_limits(THREE, user_api="blas")


@pytest.mark.parametrize("part", ["__enter__", "__exit__"])
def test_an_interrupt_at_any_place_leaves_nothing_held(part):
    """Python raises what an interrupt asks for where a function begins, and after each call."""
    count = 1
    while interrupted(part, count):
        assert blas_threads() == {THREE}, f"place {count}"
        assert not blas._holds, f"place {count}"
        in_thread(lambda: one_blas_thread().__enter__())  # nobody keeps it waiting
        count += 1
    assert count > 10


def interrupted(part, place):
    """Interrupt a hold at the so-manieth place of a part; say whether there was such a place."""

    class Interrupt(BaseException):
        pass

    def profile(frame, event, argument):
        nonlocal place
        if frame.f_code.co_filename == blas.__file__ and event in ("call", "c_return"):
            place -= 1
            if place == 0:
                raise Interrupt

    hold = one_blas_thread()
    if part == "__exit__":
        hold.__enter__()
    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        getattr(hold, part)()
    except Interrupt:
        return True
    finally:
        sys.setprofile(before)
    return False


class OfEachThread:
    """A library with a number of threads for each thread of Python, as threadpoolctl shows it."""

    user_api, internal_api, filepath = "blas", "own", "own"

    def __init__(self):
        self._local = threading.local()

    @property
    def num_threads(self):
        return getattr(self._local, "number", 4)

    def set_num_threads(self, number):
        self._local.number = number


def test_a_library_with_a_number_for_each_thread_is_held_in_each(monkeypatch):
    library, controller = OfEachThread(), type("Controller", (), {})()
    controller.lib_controllers = [library]
    monkeypatch.setattr(blas, "libraries", lambda: controller)
    first, seen, begun, end = one_blas_thread(), [], threading.Event(), threading.Event()

    def other():
        with one_blas_thread():
            seen.append(library.num_threads)
            begun.set()
            end.wait()
        seen.append(library.num_threads)

    first.__enter__()
    assert library.num_threads == 1
    thread = threading.Thread(target=other)
    thread.start()
    begun.wait()
    first.__exit__()  # its own comes back, though the other goes on
    assert library.num_threads == 4
    end.set()
    thread.join()
    assert seen == [1, 4]


FORK = """
    import os, threading, time
    import numpy
    from threadpoolctl import ThreadpoolController, threadpool_limits
    from forpass.engines import blas

    def threads():
        return {p["num_threads"] for p in ThreadpoolController().info() if p["user_api"] == "blas"}

    def other():
        for _ in range(2):  # the second is begun, or waits for its turn, when the main thread forks
            with blas.one_blas_thread():
                begun.set()
                time.sleep(0.2)

    threadpool_limits(3, user_api="blas")
    begun = threading.Event()
    threading.Thread(target=other).start()
    begun.wait()
    for own in (False, True):
        hold = blas.one_blas_thread()
        if own:
            hold.__enter__()
        child = os.fork()
        if not child:
            right = threads() == ({1} if own else {3})
            if own:
                hold.__exit__()
            with blas.one_blas_thread():
                right &= threads() == {1}
            os._exit(0 if right and threads() == {3} else 1)
        status = os.waitpid(child, 0)[1]
        if own:
            hold.__exit__()
        print(status)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_gets_the_threads_back_that_others_held():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORK)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0"]
