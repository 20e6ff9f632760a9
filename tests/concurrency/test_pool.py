"""The pool: who works when, with how many threads, and what happens when something goes wrong."""

import contextvars
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from forpass.concurrency.interrupts import interruptible
from forpass.concurrency.pool import side_by_side
from forpass.concurrency.sharing import allowed_threads, current_share
from forpass.engines import threads as threads_module
from forpass.engines.blas import one_blas_thread


def test_results_come_in_the_order_of_the_works_whatever_order_they_begin_in():
    began = []
    works = [lambda i=i: began.append(i) or i * i for i in range(5)]
    assert side_by_side(works, threads=1, order=[3, 1, 4, 0, 2]) == ([0, 1, 4, 9, 16], "done")
    assert began == [3, 1, 4, 0, 2]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_as_many_at_a_time_as_there_are_threads(threads):
    at_work, most, turn, together = set(), [], threading.Lock(), threading.Barrier(threads)

    def work(number):
        with turn:
            at_work.add(number)
            most.append(len(at_work))
        together.wait(30)
        time.sleep(0.01)  # in which one too many would come
        with turn:
            at_work.remove(number)

    side_by_side([lambda i=i: work(i) for i in range(6)], threads=threads)
    assert max(most) == threads


def test_no_works_at_all():
    assert side_by_side([], threads=2) == ([], "done")


def test_the_last_ones_share_the_threads_that_become_free():
    first, second = threading.Event(), threading.Event()
    seen = {}

    def short():
        seen["short"] = allowed_threads(None)
        second.wait(10)

    def long():
        second.wait(10)
        while (now := allowed_threads(None)) == 2:  # until the other has left
            time.sleep(0.001)
        seen["long"] = now
        first.set()

    def middle():
        seen["middle"] = allowed_threads(None)
        second.set()

    side_by_side([short, long, middle], threads=5)
    assert {seen["short"], seen["middle"]} <= {1, 2, 3, 5} and seen["long"] in (3, 5)


def test_shares_add_up_to_all_threads():
    together = threading.Barrier(3)
    shares = []

    def work():
        together.wait(10)
        shares.append(allowed_threads(None))
        together.wait(10)

    side_by_side([work] * 3, threads=8)
    assert sorted(shares) == [2, 3, 3]


def test_within_a_work_others_go_side_by_side_within_its_share():
    most, at_work, turn, four = [], [0], threading.Lock(), threading.Barrier(4)

    def inner():
        with turn:
            at_work[0] += 1
            most.append(at_work[0])
        four.wait(30)
        time.sleep(0.01)  # in which one too many would come
        with turn:
            at_work[0] -= 1

    together = threading.Barrier(2)

    def outer():
        together.wait(30)
        results, ended = side_by_side([inner] * 6)
        together.wait(30)
        return len(results), ended

    assert side_by_side([outer] * 2, threads=4) == ([(6, "done")] * 2, "done")
    assert max(most) == 4


def test_of_several_that_fail_the_first_is_raised_whenever_it_fails():
    behind = threading.Event()

    def early():
        behind.wait(10)
        time.sleep(0.05)
        assert current_share().reason() == ""  # it goes on: what is behind it does not concern it
        raise KeyError("the first")

    def late():
        behind.set()
        raise ValueError("the second")

    never = []
    with pytest.raises(KeyError, match="the first"):
        side_by_side([early, late, lambda: never.append(1)], threads=2)
    assert not never


def test_what_is_behind_one_that_fails_is_asked_to_end():
    began = threading.Event()

    def fails():
        began.wait(10)
        raise ValueError("it fails")

    def behind():
        began.set()
        while not (reason := current_share().reason()):
            time.sleep(0.001)
        reasons.append(reason)

    reasons = []
    with pytest.raises(ValueError, match="it fails"):
        side_by_side([fails, behind], threads=2)
    assert reasons == ["failed"]


def test_when_there_is_a_reason_to_end_nothing_else_begins():
    done = []
    reason = lambda: "max_seconds" if len(done) == 2 else ""  # noqa: E731
    results, ended = side_by_side(
        [lambda i=i: done.append(i) or i for i in range(4)], threads=1, reason=reason
    )
    assert (results, ended) == ([0, 1, None, None], "max_seconds")


def test_a_reason_after_the_last_one_has_begun_and_ended_is_none():
    done = []
    assert (
        side_by_side([lambda: done.append(1)], threads=1, reason=lambda: "late" if done else "")[1] == "done"
    )


def test_what_does_not_fit_is_passed_over():
    results, ended = side_by_side([lambda i=i: i for i in range(4)], threads=1, fits=lambda i: i % 2 == 0)
    assert (results, ended) == ([0, None, 2, None], "max_seconds")


def test_works_see_the_context_of_who_asked():
    variable = contextvars.ContextVar("word")
    variable.set("seen")
    assert side_by_side([variable.get] * 3, threads=2)[0] == ["seen"] * 3


def test_training_in_a_work_asks_the_pool_for_a_reason_to_end():
    def work():
        with interruptible() as asked:
            return asked()

    assert side_by_side([work], threads=1)[0] == [""]
    assert current_share() is None


def test_where_the_system_gives_no_more_threads_those_there_are_do_the_work(monkeypatch):
    start, started = threading.Thread.start, []

    def scarce(thread):
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    assert side_by_side([lambda i=i: i for i in range(4)], threads=3) == ([0, 1, 2, 3], "done")


def test_threads_that_training_holds_libraries_to_are_no_limit(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads_module, "processors", lambda: 64)
    before = threads_module.usable_threads()
    with one_blas_thread():
        assert threads_module.usable_threads() == before


def test_threads_of_a_library_that_is_held_are_what_they_were():
    import numpy  # noqa: F401 - which brings a library
    from threadpoolctl import threadpool_limits

    from forpass.engines.blas import threads_of_libraries

    with threadpool_limits(2):
        free = threads_of_libraries()
        with one_blas_thread():
            assert threads_of_libraries() == free
    assert 2 in free


PROGRAM = """
    import os, signal, threading, time
    import numpy as np
    import forpass as fp
    from forpass.many import Task, run_tasks
    from forpass.training import Job

    signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs are started without
    rng = np.random.default_rng(0)
    data = fp.Data(rng.normal(size=(100, 3)), targets=rng.normal(size=100))
    spec, started = fp.multilayer(3, [4], 1, "squared"), []
    jobs = [Job(spec, fp.TrainingSpec(epochs=epochs, seed=epochs), data) for epochs in EPOCHS]

    def interrupt(event):
        # every network that is to begin has begun, and the first is done
        if type(event).__name__ == "EpochEnded" and event.record.epoch >= 50:
            if len(started) < TIMES and (not started or time.monotonic() > started[-1] + 0.01):
                started.append(time.monotonic())
                os.kill(os.getpid(), signal.SIGINT)
"""


def ran(program, **names):
    for name, value in names.items():
        program = program.replace(name, repr(value))
    lines = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(lines, capture_output=True, text=True, timeout=600, check=True).stdout.splitlines()


@pytest.mark.slow
def test_the_first_ctrl_c_ends_what_is_under_way_and_loses_nothing():
    program = (
        PROGRAM
        + """
    done = run_tasks([Task(job) for job in jobs], threads=2, listener=interrupt)
    for one in done:
        print(one.not_begun or one.outcome.ended.reason)
    print(threading.active_count(), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    """
    )
    *reasons, last = ran(program, EPOCHS=[10**9, 10**9 - 1, 3], TIMES=1)
    assert reasons == ["interrupted"] * 3 and last.endswith("True")


@pytest.mark.slow
def test_the_second_ctrl_c_is_one_at_once():
    program = (
        PROGRAM
        + """
    def stubborn(event):  # a listener that does not come back: nothing can end at a stretch
        if type(event).__name__ == "EpochEnded":
            started.append(1)
            time.sleep(100)
            back.append(1)

    def again():
        while not started:
            time.sleep(0.01)
        for _ in range(2):
            sent.append(1)
            os.kill(os.getpid(), signal.SIGINT)
            while signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
                time.sleep(0.01)  # two before the first is noted would be one

    sent, back = [], []
    threading.Thread(target=again, daemon=True).start()
    try:
        run_tasks([Task(job) for job in jobs], threads=2, listener=stubborn)
    except KeyboardInterrupt:
        print(len(sent), len(back))
    """
    )
    assert ran(program, EPOCHS=[10**9, 10**9], TIMES=0) == ["2 0"]


@pytest.mark.slow
def test_kernels_that_several_ask_for_at_the_same_time_are_compiled_once(tmp_path, monkeypatch):
    """With an empty cache: to the bits of one alone."""
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path / "cold"))
    program = (
        PROGRAM
        + """
    from forpass.engines.compiled.runtime import compiler
    done = run_tasks([Task(job) for job in jobs], threads=THREADS)
    print(len(compiler.compiled_here) == len(set(compiler.compiled_here)) > 0)
    for one in done:
        print(one.outcome.state.parameters.tobytes().hex())
    """
    )
    several = ran(program, EPOCHS=[5, 6, 7, 8], THREADS=4)
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path / "cold too"))
    assert several == ran(program, EPOCHS=[5, 6, 7, 8], THREADS=1)
    assert several[0] == "True" and len(set(several)) == 5


def test_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1 // 0], threads=2)
    assert signal.getsignal(signal.SIGINT) is before
