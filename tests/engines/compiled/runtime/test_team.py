"""Any number of threads computes the same bits; fits run side by side; a forked child finds its own."""

import dataclasses
import itertools
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from _thread import start_new_thread
from contextlib import contextmanager

import numpy as np
import pytest
from threadpoolctl import threadpool_limits
from waiting import wait_until

import forpass as fp
from forpass.engines import blas, compiled
from forpass.engines import threads as threads_module
from forpass.engines.compiled.program import executable
from forpass.engines.compiled.runtime import team, uninterrupted
from forpass.engines.conformance.cases import everything, make_case, optimised_by, plan_of, training_cases
from forpass.engines.conformance.running import run
from forpass.engines.select import select_engine
from forpass.engines.threads import usable_threads
from forpass.spec.layers import Activation, BatchNorm, Dense, Dropout, Embedding, LayerNorm
from forpass.spec.network import Head


@pytest.fixture
def use_threads(monkeypatch):
    """Return a function that decides how many threads every executable gets."""

    def choose(count):
        monkeypatch.setattr(team, "OPERATIONS_OF_A_RUN", 0)
        monkeypatch.setattr(team.Pace, "several", lambda pace: True)
        for name in ("threads_for", "threads_worth"):
            for where in ("engine", "program.executable", "runtime.team"):
                monkeypatch.setattr(f"forpass.engines.compiled.{where}.{name}", lambda operations: count)

    return choose


def wide():
    layers = (Embedding(3), Dense(70), BatchNorm(), Activation("gelu"), Dropout(0.2), Dense(33))
    layers += (LayerNorm(), Activation("relu"), Dense(3))
    return make_case("wide", layers, Head("softmax_cross_entropy"), n_features=5, code_sizes=(4, 9))


CASES = {
    "everything": everything,
    "everything by adam": lambda: optimised_by(everything(), "adam"),
    "wide": wide,
    **training_cases(),
}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_threads_change_no_bit(name, dtype, use_threads):
    case = CASES[name]()
    plan, found = plan_of(case), []
    for count in (1, 2, 3, 7):
        use_threads(count)
        stats, state = run(compiled, case, dtype, plan)
        scores = compiled.start(case.program, state).raw_scores(case.data)
        found.append([stats.losses, state.parameters, state.buffers, state.slots, scores])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert a.tobytes() == b.tobytes()


def test_a_team_that_comes_and_goes_changes_no_bit(use_threads, monkeypatch):
    """Parts of one step, of which two threads do every other one, are what one thread does at once."""
    case = everything()
    plan, found = plan_of(case), []
    for count, turns in ((1, [True]), (2, [True, False]), (2, [False])):
        use_threads(count)
        asked = itertools.cycle(turns)
        monkeypatch.setattr(team.Pace, "several", lambda pace, asked=asked: next(asked))
        monkeypatch.setattr(team, "OPERATIONS_OF_A_PART", 0)
        stats, state = run(compiled, case, "float32", plan)
        found.append([stats.losses, state.parameters, state.buffers, state.slots])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert a.tobytes() == b.tobytes()


def parts_by(pace, times):
    """Return of each part whether several threads did it, where a step takes them, or one, so long."""
    done = []
    for alone, together in times:
        done.append(pace.several())
        pace.note(done[-1], together if done[-1] else alone)
    return done


def test_a_team_rests_while_it_is_slower_than_one_thread():
    pace, busy, idle = team.Pace(), [(1.0, 3.0)], [(1.0, 0.6)]
    assert parts_by(pace, 3 * idle) == [False, True, True]  # first it is found out how long one thread takes
    assert parts_by(pace, 23 * busy) == [True, *4 * [False], True, *16 * [False], True]
    assert sum(parts_by(pace, 1000 * busy)) < 20
    later = parts_by(pace, (2 * team.LONGEST_REST + 10) * idle)[team.LONGEST_REST :]
    assert later.count(False) <= 1 + len(later) // team.LONGEST_SPELL
    assert parts_by(pace, 6 * busy) == [True, *4 * [False], True]  # it rests shortly at first again


def test_what_one_thread_takes_is_found_out_anew():
    """A team that is slower than one thread was on an idle machine may be faster than one is by now."""
    pace = team.Pace()
    parts_by(pace, 2 * [(1.0, 0.6)])
    assert parts_by(pace, 60 * [(3.0, 2.0)])[-20:].count(False) <= 1


def test_what_one_thread_took_in_a_bad_moment_does_not_count_for_ever():
    pace = team.Pace()
    parts_by(pace, [(5.0, 2.0)])
    assert parts_by(pace, 300 * [(1.0, 2.0)]).count(True) < 50


def relative_time(work, together):
    """How many times longer than by one thread so many long parts take; a team takes `together`, in turn."""
    pace, total, left, turns = team.Pace(), 0.0, float(work), itertools.cycle(together)
    while left > 0:
        several = pace.several()
        part, seconds = min(pace.share, left), next(turns) if several else 1.0
        pace.note(several, seconds)
        total, left = total + part * seconds, left - part
    return total / work


STEADY, BY_TURNS = [[3.0], [1.2], [1.0]], [[0.9, 3.0], [0.9, 0.9, 0.9, 3.0], [0.6, 5.0], 20 * [0.9] + [3.0]]


@pytest.mark.parametrize("together", [*STEADY, *BY_TURNS], ids=str)
def test_a_team_that_is_slower_costs_less_than_a_tenth(together):
    """In time also where it is now faster, now slower; a long part is some 20 milliseconds."""
    lengths = (5, 20, 100, 1000) if together in STEADY else (100, 1000)
    assert all(relative_time(work, together) <= 1.1 for work in lengths)
    assert relative_time(5, together) <= 1.5


@pytest.mark.parametrize(("work", "wanted"), [(5, 0.75), (20, 0.67), (1000, 0.62)])
def test_a_team_that_is_faster_does_nearly_all(work, wanted):
    assert relative_time(work, [0.6]) <= wanted


def blobs(n=400):
    rng = np.random.default_rng(3)
    return fp.Data(rng.standard_normal((n, 20)), targets=rng.integers(0, 4, n))


def trained(data, seed=0, **settings):
    spec = fp.multilayer(20, [64, 64], 4, "softmax_cross_entropy", dropout=0.1)
    training = fp.TrainingSpec(epochs=3, batch_size=128, seed=seed, **settings)
    return fp.train(spec, training, data)


def test_models_of_one_and_two_threads_have_equal_fingerprints(use_threads):
    data, fingerprints = blobs(), []
    for count in (1, 2):
        use_threads(count)
        fingerprints.append(trained(data).fingerprint())
    assert fingerprints[0] == fingerprints[1]


@pytest.mark.parametrize(("asked", "expected"), [(None, {3}), (2, {2}), (1, set()), (7, {3})])
def test_no_more_threads_take_part_than_are_asked_for(use_threads, monkeypatch, tmp_path, asked, expected):
    use_threads(3)
    data, right, together, seen = blobs(), trained(blobs()), team.in_concert, []
    monkeypatch.setattr(team, "in_concert", lambda work, n: seen.append(n) or together(work, n))

    def taken_part(do):
        seen.clear()
        return do(), set(seen)

    model, threads = taken_part(lambda: fp.train(right.spec, right.training, data, threads=asked))
    assert model.fingerprint() == right.fingerprint() and threads == expected
    P, paths = right.predict_proba(data), (tmp_path / "m.forpass", tmp_path / "e.forpass")
    for whole, path in zip((model, fp.Ensemble([model, model])), paths, strict=True):
        whole.save(path)
        copy, read = pickle.loads(pickle.dumps(whole)), fp.load(path, threads=asked)
        for one, wanted in ((whole, expected), (copy, expected), (read, expected), (fp.load(path), {3})):
            found, threads = taken_part(lambda one=one: one.predict_proba(data))
            assert threads == wanted
            np.testing.assert_allclose(found, P, rtol=1e-5)


@pytest.mark.parametrize("wrong", [0, 1.5, "all"])
def test_a_number_of_threads_is_a_whole_number(wrong, tmp_path):
    data, model = blobs(), trained(blobs())
    path = model.save(tmp_path / "m.forpass")
    message = f"^threads of .* must be a whole number of at least 1; got {wrong!r}$"
    for refused in (
        lambda: fp.train(model.spec, None, data, threads=wrong),
        lambda: fp.load(path, threads=wrong),
        lambda: dataclasses.replace(model, threads=wrong),
    ):
        with pytest.raises(fp.SpecError, match=message):
            refused()


def test_training_with_blas_held_to_one_thread_still_has_a_team(monkeypatch):
    held, asked = [], []

    @contextmanager
    def one_blas_thread():
        held.append(True)
        yield
        held.pop()

    monkeypatch.setattr("forpass.training.loop.one_blas_thread", one_blas_thread)
    monkeypatch.setattr(team, "usable_threads", lambda: asked.append(bool(held)) or 2)
    monkeypatch.setattr(team, "OPERATIONS_PER_THREAD", 1000)
    teams = []
    monkeypatch.setattr(executable, "Team", lambda threads: teams.append(threads) or team.Team(threads))
    trained(blobs())
    assert asked == [False]
    assert teams == [2]


def followers(monkeypatch):
    """Return what becomes of the threads that follow one in a team: a list of those that begin, and end."""
    begun, ended, begin = [], [], team.in_background
    monkeypatch.setattr(
        team, "in_background", lambda task: begin(lambda: begun.append(1) or task() or ended.append(1))
    )
    return begun, ended


def interrupted_at_random(model, X, times):
    """Predict until an alarm has raised in the main thread so often, at any line of forpass."""

    class TimeUp(Exception):
        pass

    def up(number, frame):
        signal.setitimer(signal.ITIMER_REAL, 1e-5 + 0.002 * rng.random())
        if "src/forpass" in frame.f_code.co_filename:
            raise TimeUp

    rng, end, count = np.random.default_rng(0), time.monotonic() + 120.0, 0
    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while count < times and time.monotonic() < end:
        try:
            model.raw_scores(X)
        except TimeUp:
            count += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    return count


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarms")
@pytest.mark.parametrize("turns", [[True], [True, False]], ids=["a team", "a team and one thread in turn"])
def test_an_interrupt_at_any_moment_leaves_nobody_waiting(use_threads, monkeypatch, turns):
    use_threads(2)
    asked = itertools.cycle(turns)
    monkeypatch.setattr(team.Pace, "several", lambda pace: next(asked))
    monkeypatch.setattr(team, "OPERATIONS_OF_A_PART", 0)
    data = blobs()
    model = trained(data)
    right, (begun, ended) = model.raw_scores(data), followers(monkeypatch)
    assert interrupted_at_random(model, data, times=1000) > 100
    assert np.array_equal(model.raw_scores(data), right)
    wait_until(lambda: len(ended) == len(begun))
    assert begun


def test_where_no_thread_can_be_started_fewer_do_the_work(use_threads, monkeypatch):
    use_threads(3)
    data = blobs()
    model = trained(data)
    right, left = model.raw_scores(data), []

    def sparing(function, arguments):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        return start_new_thread(function, arguments)

    for threads in range(4):  # one leads, two follow
        left[:] = range(threads)
        monkeypatch.setattr(uninterrupted, "_idle", [])
        monkeypatch.setattr(uninterrupted, "start_new_thread", sparing)
        assert np.array_equal(model.raw_scores(data), right)
        monkeypatch.setattr(uninterrupted, "start_new_thread", start_new_thread)
        assert np.array_equal(model.raw_scores(data), right)
        assert not left


@pytest.mark.slow
def test_a_thread_trains_on_after_the_main_thread_has_ended():
    code = """
        import sys, threading, time
        import numpy as np
        import forpass as fp
        from forpass.engines.compiled.runtime import team
        team.OPERATIONS_OF_A_RUN, team.usable_threads = 0, lambda: 2
        team.Pace.several = lambda pace: True

        def late():
            threading.main_thread().join()
            data = fp.Data(np.ones((300, 64)), targets=np.arange(300) % 4)
            spec = fp.multilayer(64, [64], 4, "softmax_cross_entropy")
            model = fp.train(spec, fp.TrainingSpec(epochs=2, batch_size=128), data)
            print("trained", len(model.history))

        threading.Thread(target=late).start()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "trained 2\n", done.stderr


def test_fits_run_side_by_side(use_threads):
    use_threads(2)
    data, found = blobs(), {}
    alone = {seed: trained(data, seed).fingerprint() for seed in range(4)}

    def fit(seed):
        found[seed] = trained(data, seed).fingerprint()

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone


def test_one_model_predicts_in_many_threads(use_threads):
    use_threads(2)
    data = blobs(3000)
    model = trained(data)
    parts = [data.numbers[begin : begin + 500] for begin in range(0, 3000, 500)]
    alone = [model.raw_scores(part) for part in parts]
    found = {}

    def predict(i):
        found[i] = [model.raw_scores(parts[i]) for _ in range(20)]

    threads = [threading.Thread(target=predict, args=(i,)) for i in range(len(parts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, right in enumerate(alone):
        assert all(np.array_equal(scores, right) for scores in found[i])


def _predict_in_child(model, X, queue):
    queue.put(model.raw_scores(X).tobytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_makes_threads_of_its_own(use_threads):
    use_threads(2)
    data = blobs()
    model = trained(data)
    here = model.raw_scores(data).tobytes()  # the threads exist now
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_predict_in_child, args=(model, data.numbers, queue))
    child.start()
    assert queue.get(timeout=60) == here
    child.join()


def test_threads_are_used_only_where_a_step_is_long_enough(monkeypatch):
    monkeypatch.setattr(team, "usable_threads", lambda: 8)
    steel, table = 6 * 10 * (27 * 32 + 32 * 7), 6 * 256 * (16 * 256 + 2 * 256 * 256)
    assert team.threads_for(steel) == 1
    assert team.threads_for(table) == 8


@pytest.mark.parametrize(("threads", "expected"), [("1", 1), ("2", 2), ("", 4), ("many", 4)])
def test_the_number_of_threads_is_bounded_from_outside(threads, expected, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    monkeypatch.setattr(threads_module, "processors", lambda: 4)
    blas._found.cache_clear()  # other tests have loaded libraries since they were looked for
    with threadpool_limits(8):
        assert usable_threads() == expected
    with threadpool_limits(1):  # set after the libraries were looked for
        assert usable_threads() == 1


def test_auto_is_compiled():
    assert select_engine("auto") is compiled
