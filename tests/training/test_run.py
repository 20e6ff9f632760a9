"""Runs and jobs: driven from outside, sent elsewhere, many on one table, stopped; always the same bits."""

import dataclasses
import pickle
import signal
import time

import numpy as np
import pytest

import forpass as fp
from forpass.training import Job, Run, RunState, fit, run
from forpass.training.checkpoint import read_checkpoint, write_checkpoint
from forpass.training.job import Part

MEANS = ("mean_weight", "batch_weight")
ENGINES = ("numpy", "compiled")
RICH = fp.NetworkSpec(
    4,
    (fp.Dense(8), fp.BatchNorm(), fp.Activation("relu"), fp.Dropout(0.3), fp.Dense(3)),
    fp.Head("softmax_cross_entropy"),
    penalty=fp.Penalty(l1=1e-4, l2=1e-3),
)
DEVIATIONS = {"bias": fp.RoleFactors(2.0, 0.0)}


def training(**settings):
    optimizer = fp.OptimizerSpec("adamw", 0.02, clip_norm=1.0)
    defaults = {"epochs": 6, "batch_size": 24, "optimizer": optimizer, "schedule": fp.ScheduleSpec("cosine")}
    return fp.TrainingSpec(**defaults | settings)


@pytest.fixture(scope="module")
def table():
    """Return 300 weighted examples of three classes; sums of 24 such weights round."""
    rng = np.random.default_rng(12)
    y = rng.integers(0, 3, 300)
    X = rng.normal(size=(3, 4))[y] + rng.normal(size=(300, 4))
    return fp.Data(X, targets=y, weights=rng.uniform(0.1, 3.0, 300) * (rng.random(300) < 0.9))


def timeless(history):
    return [dataclasses.replace(record, seconds=0.0) for record in history]


def assert_same_outcome(got, wanted):
    """Demand the same bits of everything but the clock."""
    for name in ("parameters", "buffers", "slots"):
        a, b = (getattr(outcome.state.engine, name) for outcome in (got, wanted))
        np.testing.assert_array_equal(a, b, err_msg=name, strict=True)
    for a, b in zip(got.state.progress, wanted.state.progress, strict=True):
        np.testing.assert_array_equal(a, b)
    assert timeless(got.history) == timeless(wanted.history)
    ended = [(o.ended.reason, o.ended.epoch, o.ended.step, o.ended.best_epoch) for o in (got, wanted)]
    assert ended[0] == ended[1]


def driven(under_way):
    """Drive a run by plan and accept alone."""
    while not under_way.done:
        plan = under_way.plan()
        under_way.accept(plan, under_way.session.advance(plan))
    return under_way.outcome()


# -- driven from outside -------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_mean", MEANS)
def test_a_run_driven_by_plan_and_accept_is_fit(table, engine, batch_mean):
    stopping = fp.StoppingSpec(patience=2, tolerance=0.01, plateau="divide_rate")
    how = training(batch_mean=batch_mean, epochs=12, stopping=stopping, training_metrics=True)
    validation_rows = np.arange(0, 300, 5)
    job = Job(RICH, how, table, validation_rows=validation_rows, engine=engine)
    assert_same_outcome(driven(Run(job)), fit(job))
    assert_same_outcome(driven(Run(job, every_epoch=True)), fit(job))


def test_a_plan_may_be_carried_out_in_parts(table):
    """Whoever drives may hand in a stretch piece by piece, as long as it is whole and in order."""
    job = Job(RICH, training(), table, engine="numpy")
    under_way = Run(job, every_epoch=True)
    while not under_way.done:
        plan = under_way.plan()
        for i in range(plan.n_steps):
            part = plan.part(i, i + 1)
            under_way.accept(part, under_way.session.advance(part))
    assert_same_outcome(under_way.outcome(), fit(job))


@pytest.mark.parametrize("how", [training(), fp.TrainingSpec(method="lbfgs", epochs=5, dtype="float64")])
def test_a_run_advances_by_itself(table, how):
    job = Job(fp.multilayer(4, [4], 3, "softmax_cross_entropy"), how, table)
    under_way = Run(job)
    while not under_way.done:
        under_way.advance()
    assert_same_outcome(under_way.outcome(), fit(job))


def test_two_runs_take_turns(table):
    jobs = [Job(RICH, training(seed=seed), table, engine="numpy") for seed in (1, 2)]
    runs = [Run(job, every_epoch=True) for job in jobs]
    while not all(r.done for r in runs):
        for r in runs:
            if not r.done:
                r.advance()
    for r, job in zip(runs, jobs, strict=True):
        assert_same_outcome(r.outcome(), fit(job))


def test_a_state_goes_on_elsewhere(table):
    job = Job(RICH, training(), table, engine="numpy")
    first = Run(job, every_epoch=True)
    while first.progress.epoch < 2:
        first.advance()
    state = pickle.loads(pickle.dumps(first.state()))
    assert isinstance(state, RunState)
    later = Run(job, state, first.history)
    assert later.progress.step == first.progress.step and not later.done
    assert_same_outcome(driven(later), fit(job))


def test_an_outcome_can_be_sent_back(table):
    """Nothing of it is at work any more."""
    outcome = fit(Job(RICH, training(epochs=2), table))
    assert_same_outcome(pickle.loads(pickle.dumps(outcome)), outcome)


@pytest.mark.parametrize("how", [training(epochs=9), fp.TrainingSpec(method="lbfgs", epochs=9)])
def test_an_ended_run_takes_no_more_steps(table, how):
    under_way = Run(Job(fp.multilayer(4, [4], 3, "softmax_cross_entropy"), how, table), every_epoch=True)
    under_way.stop("enough")
    with pytest.raises(fp.SpecError, match=r"the run has ended \(enough\)"):
        under_way.advance()
    with pytest.raises(fp.SpecError, match="the run has ended"):
        under_way.plan()
    assert under_way.outcome().ended.step == under_way.progress.step == 0


def test_an_ended_run_is_not_begun_again(table):
    job = Job(RICH, training(epochs=1), table, engine="numpy")
    outcome = fit(job)
    again = Run(job, outcome.state, outcome.history)
    assert (again.done, again.reason) == (True, "epochs")
    assert_same_outcome(again.outcome(), outcome)


def test_the_objective_of_a_run_is_that_of_all_its_rows(table):
    rows = np.arange(100)
    still = training(optimizer=fp.OptimizerSpec("gradient_descent", 1e-300), batch_size=None, dtype="float64")
    job = Job(
        fp.multilayer(4, [4], 3, "softmax_cross_entropy", penalty=fp.Penalty(l2=1.0)), still, table, rows
    )
    assert Run(job).objective() == pytest.approx(fit(job).history[0].objective, rel=1e-12)


# -- jobs ----------------------------------------------------------------------------------------
def half_time(epoch):
    """An order that can be sent elsewhere: a function of a module."""
    return np.roll(np.arange(120), 7 * epoch)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_mean", MEANS)
@pytest.mark.parametrize("validated", [False, True])
def test_many_jobs_share_one_table_by_their_rows(table, engine, batch_mean, validated):
    """Each is as if its rows were all there are, weights included: bit for bit."""
    order = np.random.default_rng(1).permutation(300)
    for seed, rows in enumerate((order[:120], order[100:220], np.sort(order[180:]))):
        how = training(seed=seed, batch_mean=batch_mean)
        others = np.setdiff1d(np.arange(300), rows) if validated else None
        shared = Job(RICH, how, table, rows, validation_rows=others, engine=engine)
        own = Job(RICH, how, table.rows(rows), engine=engine)
        if validated:
            own = dataclasses.replace(own, validation=table.rows(others))
        assert shared.data is table
        assert_same_outcome(fit(shared), fit(own))


def test_an_order_counts_the_rows_of_the_job(table):
    rows = np.random.default_rng(1).permutation(300)[:120]
    shared = Job(RICH, training(), table, rows, order=half_time, engine="numpy")
    own = Job(RICH, training(), table.rows(rows), order=half_time, engine="numpy")
    assert_same_outcome(fit(shared), fit(own))


@pytest.mark.parametrize("how", [training(), fp.TrainingSpec(method="lbfgs", epochs=5)])
def test_rows_and_validation_of_another_table(table, how):
    spec, rows, some = fp.multilayer(4, [5], 3, "softmax_cross_entropy"), np.arange(50, 170), np.arange(30)
    other = fp.Data(table.numbers[::-1].copy(), targets=table.targets[::-1].copy())
    shared = Job(spec, how, table, rows, validation=other, validation_rows=some)
    own = Job(spec, how, table.rows(rows), validation=other.rows(some))
    assert_same_outcome(fit(shared), fit(own))
    assert shared.training_part == Part(table, rows) and shared.validation_part == Part(other, some)
    assert (shared.training_part.n_rows, shared.validation_part.n_rows) == (120, 30)
    assert Job(spec, how, table).validation_part is None


def test_the_rows_of_a_job_are_those_it_counts(table, recorder):
    listener = recorder()
    fit(Job(RICH, training(), table, np.arange(48)), listener=listener)
    assert (listener.events[0].rows, listener.events[0].steps) == (48, 12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_job_pickles_and_its_copy_trains_to_the_same_bits(table, engine):
    from forpass.spec.program import lower

    vector = np.linspace(-0.5, 0.5, lower(RICH).parameters.size)
    job = Job(
        RICH,
        training(optimizer=fp.OptimizerSpec("adam", by_role=DEVIATIONS)),
        table,
        np.arange(120),
        validation_rows=np.arange(120, 300),
        engine=engine,
        order=half_time,
        metric="balanced_accuracy",
        parameters=vector,
        name="the first of many",
    )
    copy = pickle.loads(pickle.dumps(job))
    assert (copy.name, copy.metric, copy.spec, copy.training) == (
        "the first of many", "balanced_accuracy", job.spec, job.training,
    )  # fmt: skip
    assert copy.data is not job.data
    assert_same_outcome(fit(copy), fit(job))


def test_a_job_is_not_changed_by_being_carried_out(table):
    job = Job(RICH, training(), table, engine="numpy")
    before = pickle.dumps(job)
    first = fit(job)
    assert pickle.dumps(job) == before
    assert_same_outcome(fit(job), first)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.array([0, 300]), r"rows run from 0 to 299; got 0 to 300"),
        (np.array([-1, 5]), r"rows run from 0 to 299; got -1 to 5"),
        (np.empty(0, np.int64), "at least one"),
        (np.ones(300, bool), "row numbers"),
        (np.array([[1, 2]]), "row numbers"),
        (np.array([0.0, 1.0]), "row numbers"),
    ],
)
def test_rows_that_are_not_there_are_refused_before_the_first_step(table, rows, message):
    for name in ("rows", "validation_rows"):
        with pytest.raises(fp.DataError, match=message):
            Run(Job(RICH, training(), table, **{name: rows}))


def test_rows_and_parameters_may_be_lists(table):
    size = fp.spec.program.lower(RICH).parameters.size
    job = Job(RICH, training(epochs=1), table, [0, 5, 7], validation_rows=range(9), parameters=[0.5] * size)
    same = Job(
        RICH,
        training(epochs=1),
        table,
        np.array([0, 5, 7]),
        validation_rows=np.arange(9),
        parameters=np.full(size, 0.5),
    )
    assert_same_outcome(fit(job), fit(same))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("spec", [fp.Dense(2)], r"the network must be a NetworkSpec; got \[Dense"),
        ("training", {"epochs": 3}, "the training must be a TrainingSpec; got {'epochs': 3}"),
        ("data", [[1.0]], r"the data must be Data; got list. Give Data\(X, targets=y\)"),
        ("validation", np.zeros((2, 4)), "the validation data must be Data; got ndarray"),
        ("rows", 7, r"rows of a job must be row numbers, such as \[0, 4, 7\], at least one; got 7"),
        ("rows", [[1, 2], [3]], "rows of a job must be row numbers"),
        ("validation_rows", [True, False], "validation_rows of a job must be row numbers"),
        ("engine", ["numpy"], r"unknown engine \['numpy'\].* Known: auto, numpy"),
        ("engine", "nump", "unknown engine 'nump'; did you mean 'numpy'"),
        ("order", [3, 1, 2], r"order of a job must be a function that gives row numbers .*; got \[3, 1, 2\]"),
        (
            "metric",
            ["accuracy"],
            r"metric of a job must be a name of the registry METRICS.*got \['accuracy'\]",
        ),
        ("metric_weights", "one", "metric_weights of a job must be an array of one dimension, of numbers"),
        ("threshold", "0.5", "threshold of a job must be a probability, such as 0.5; got '0.5'"),
        ("parameters", {"W1": 0.0}, "parameters of a job must be an array of one dimension, of numbers"),
        ("parameters", [[0.5, 1.0]], "parameters of a job must be an array of one dimension"),
        ("parameters", ["a"], "parameters of a job must be an array of one dimension, of numbers; got .'a'."),
        ("beginning", (1, 2, 3), r"beginning of a job must be a Beginning\(step, epoch, examples\); got"),
        ("name", 3, "name of a job must be text; got 3"),
    ],
)
def test_a_field_of_another_kind_is_refused_by_name(table, field, value, message):
    with pytest.raises(fp.InputError, match=message):
        Job(**{"spec": RICH, "training": training(), "data": table, field: value})


def test_rows_that_weigh_nothing_are_refused(table):
    with pytest.raises(fp.DataError, match="all rows of a job have the weight 0"):
        Run(Job(RICH, training(), table, np.flatnonzero(table.weights == 0.0)))


# -- weights: the same bits whatever looks on ----------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_mean", MEANS)
def test_a_weighted_run_has_the_same_bits_however_it_is_divided(
    table, engine, batch_mean, recorder, tmp_path, monkeypatch
):
    """The last batch of a stretch weighs what it weighs in the middle of one."""
    job = Job(RICH, training(batch_mean=batch_mean, dtype="float64"), table, engine=engine)
    whole = fit(job)
    assert_same_outcome(fit(job), whole)
    assert_same_outcome(fit(job, listener=recorder()), whole)
    for seconds in (1e-9, 10.0):
        monkeypatch.setattr(run, "SECONDS_PER_STRETCH", seconds)
        assert_same_outcome(fit(job), whole)
    file = tmp_path / "run.checkpoint"
    for last in range(1, 6):
        fit(
            job,
            listener=recorder(last),
            on_pause=lambda r: write_checkpoint(file, job.spec, job.training, r.state(), r.history),
        )
        _, _, state, history, _ = read_checkpoint(file)
        assert (state.progress.epoch, len(history)) == (last, last)
        assert_same_outcome(fit(job, state, history), whole)


@pytest.mark.parametrize("batch_mean", MEANS)
def test_a_checkpoint_in_the_middle_of_an_epoch(table, batch_mean, monkeypatch, tmp_path):
    """Sums of an epoch under way go on where they were."""
    job = Job(RICH, training(batch_mean=batch_mean), table, engine="numpy")
    monkeypatch.setattr(run, "SECONDS_PER_STRETCH", 1e-9)  # one step at a time
    under_way = Run(job)
    for _ in range(17):
        under_way.advance()
    assert under_way.progress.step == 17 and not under_way.at_epoch_end
    file = write_checkpoint(tmp_path / "c", job.spec, job.training, under_way.state(), under_way.history)
    _, _, state, history, _ = read_checkpoint(file)
    assert_same_outcome(fit(job, state, history), fit(job))


# -- events, stopping, time ----------------------------------------------------------------------
def test_events_carry_their_run(table, recorder):
    job = Job(RICH, training(epochs=3), table, engine="numpy", name="one of many")
    listener = recorder()
    under_way = Run(job, listener=listener)
    driven(under_way)
    assert [type(event).__name__ for event in listener.events] == [
        "TrainingStarted", "EpochEnded", "EpochEnded", "EpochEnded", "TrainingEnded",
    ]  # fmt: skip
    assert all(event.run is under_way for event in listener.events)
    assert listener.events[1].run.job.name == "one of many"
    assert "run=" not in repr(listener.events[1])


def test_a_listener_may_look_at_the_parameters_of_its_epoch(table):
    seen = []

    def look(event):
        if isinstance(event, fp.EpochEnded):
            state, short = (
                event.run.state(),
                training(epochs=6, stopping=fp.StoppingSpec(max_steps=13 * event.record.epoch)),
            )
            wanted = fit(Job(RICH, short, table, engine="numpy")).state.engine
            np.testing.assert_array_equal(state.engine.parameters, wanted.parameters)
            assert event.run.history[-1] is event.record
            seen.append(state.progress.epoch)

    fit(Job(RICH, training(), table, engine="numpy"), listener=look)
    assert seen == [1, 2, 3, 4, 5, 6]


def asking(every, told, also=lambda event: None):
    """Return a listener that asks for stretches of steps, and keeps the events of their ends."""

    def listener(event):
        if isinstance(event, fp.TrainingStarted):
            event.run.steps_told = every
        if not isinstance(event, fp.StepsEnded):
            return None
        told.append(event)
        return also(event)

    return listener


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_who_asks_for_stretches_and_gradients_changes_no_bit(table, engine):
    told, norms = [], []
    probe = table

    def look(event):
        gradients, parameters = event.run.gradients(probe), event.run.parameters()
        assert {name: g.shape for name, g in gradients.items()} == {
            name: value.shape for name, value in parameters.items()
        }
        norms.append(np.linalg.norm(gradients["W1"]))
        for value in (*gradients.values(), *parameters.values()):
            value[...] = np.nan  # they are copies

    job = Job(RICH, training(epochs=3), table, engine=engine)
    assert_same_outcome(fit(job, listener=asking(5, told, look)), fit(job))
    assert [(event.first, event.last) for event in told] == [(i + 1, i + 5) for i in range(0, 35, 5)]
    assert len(set(norms)) == len(norms) and np.isfinite(norms).all()


def test_the_loss_of_a_stretch_that_is_an_epoch_is_that_of_the_epoch(table):
    told = []
    outcome = fit(Job(RICH, training(epochs=3), table), listener=asking(13, told))
    wanted = [record.training_loss for record in outcome.history]
    # sums of 13 batches, one exact and one rounded after each: 13 roundings of 2**-53 and a division
    np.testing.assert_allclose([event.training_loss for event in told], wanted, rtol=14 * 2.0**-53)


@pytest.mark.parametrize("last", [5, 13])  # within an epoch, and at its end
def test_a_listener_ends_a_run_between_steps(table, last):
    told, job = [], Job(RICH, training(epochs=3), table)
    outcome = fit(job, listener=asking(last, told, lambda event: True))
    assert (outcome.ended.reason, outcome.ended.step, len(told)) == ("listener", last, 1)
    short = training(epochs=3, stopping=fp.StoppingSpec(max_steps=last))
    wanted = fit(Job(RICH, short, table)).state.parameters
    np.testing.assert_array_equal(outcome.state.parameters, wanted)


def test_gradients_of_a_probe_are_those_of_the_formula():
    seen, X, t = [], np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 0.5])
    data = fp.Data(X, targets=t)

    def listener(event):
        if isinstance(event, fp.EpochEnded):
            seen.append((event.run.parameters(), event.run.gradients(data)))

    spec = fp.NetworkSpec(2, (fp.Dense(1),), fp.Head("squared"))
    fp.train(spec, fp.TrainingSpec(epochs=2, dtype="float64"), data, listener=listener)
    for parameters, gradients in seen:
        error = X @ parameters["W1"] + parameters["b1"] - t[:, None]
        np.testing.assert_allclose(gradients["W1"], X.T @ error / 2, rtol=1e-12)


@pytest.mark.parametrize("every", [0, 2.5, "5"])
def test_stretches_are_whole_numbers_of_steps(table, every):
    with pytest.raises(fp.SpecError, match="steps_told of Run must be a whole number of at least 1"):
        fit(Job(RICH, training(epochs=3), table), listener=asking(every, []))


def test_a_run_is_stopped_from_outside(table):
    under_way = Run(Job(RICH, training(), table, engine="numpy"), every_epoch=True)
    for _ in range(5):
        under_way.advance()
    under_way.stop("nobody wants it")
    step = under_way.progress.step
    assert under_way.done and under_way.reason == "nobody wants it"
    under_way.stop("another reason")
    ended = under_way.outcome().ended
    assert (ended.reason, ended.step) == ("nobody wants it", step)


@pytest.mark.parametrize("how", [training(), fp.TrainingSpec(method="lbfgs", epochs=20)])
def test_a_listener_stops_a_run_with_a_reason_of_its_own(table, how, recorder):
    tell = recorder()

    def listener(event):
        tell(event)
        if isinstance(event, fp.EpochEnded) and event.record.epoch == 2:
            event.run.stop("good enough")

    job = Job(fp.multilayer(4, [4], 3, "softmax_cross_entropy"), how, table)
    outcome = fit(job, listener=listener)
    assert (outcome.ended.reason, len(outcome.history)) == ("good enough", 2)
    assert [type(event).__name__ for event in tell.events][-1] == "TrainingEnded"
    assert sum(isinstance(event, fp.TrainingEnded) for event in tell.events) == 1
    short = fit(job, listener=recorder(last=2))
    np.testing.assert_array_equal(outcome.state.parameters, short.state.parameters)


def test_a_run_that_has_not_ended_has_no_outcome(table):
    with pytest.raises(fp.SpecError, match="the run has not ended yet; advance it until it is done"):
        Run(Job(RICH, training(), table, engine="numpy")).outcome()


def test_time_is_counted_on_from_the_history(table, recorder):
    job = Job(RICH, training(), table, engine="numpy")
    first = fit(job, listener=recorder(last=2))
    seconds = [record.seconds for record in first.history]
    assert 0.0 < seconds[0] < seconds[1] <= first.ended.seconds
    long_ago = [dataclasses.replace(record, seconds=100.0 + record.seconds) for record in first.history]
    later = fit(job, first.state, long_ago)
    assert later.history[2].seconds > 100.0 + seconds[1] and later.ended.seconds >= later.history[-1].seconds


def test_time_goes_by_the_clock(table):
    def slow(event):
        if isinstance(event, fp.EpochEnded):
            time.sleep(0.05)

    outcome = fit(Job(RICH, training(epochs=4), table, engine="numpy"), listener=slow)
    passed = np.diff([record.seconds for record in outcome.history])
    assert np.all(passed >= 0.05) and outcome.ended.seconds >= 0.2


@pytest.mark.parametrize(
    "how", [{}, {"method": "lbfgs", "optimizer": fp.OptimizerSpec(), "batch_size": None, "schedule": ()}]
)
def test_the_clock_of_a_run_starts_with_its_first_plan(table, how, monkeypatch):
    """Whoever makes runs and lets them take turns does not pay for the time that one waits to begin."""
    now = 1000.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)

    def hour_a_look(event):
        nonlocal now
        now += 3600.0 * isinstance(event, fp.EpochEnded)

    limited = training(epochs=6, stopping=fp.StoppingSpec(max_seconds=7200.0), **how)
    waiting = Run(
        Job(fp.multilayer(4, [4], 3, "softmax_cross_entropy"), limited, table), listener=hour_a_look
    )
    now += 86400.0
    while not waiting.done:
        waiting.advance()
    assert [record.seconds for record in waiting.history] == [0.0, 3600.0]
    ended = waiting.outcome().ended
    assert (ended.reason, ended.epoch, ended.seconds) == ("max_seconds", 2, 7200.0)


def test_a_run_that_is_never_driven_took_no_time(table):
    waiting = Run(Job(RICH, training(), table, engine="numpy"))
    waiting.stop("nobody wants it")
    assert waiting.outcome().ended.seconds == 0.0


def test_a_run_goes_on_from_the_state_of_a_run(table):
    job = Job(RICH, training(epochs=1), table, engine="numpy")
    with pytest.raises(fp.SpecError, match="the state of a run must be a RunState; got EngineState"):
        Run(job, fit(job).state.engine)
    with pytest.raises(fp.SpecError, match="the listener must be a function that takes an event; got 3"):
        Run(job, listener=3)
    with pytest.raises(fp.SpecError, match="the job of a run must be a Job; got NetworkSpec"):
        Run(RICH)


def test_a_limit_in_seconds_counts_this_call_alone(table, recorder):
    """Hours of an earlier call are none of it."""
    limited = training(epochs=6, stopping=fp.StoppingSpec(max_seconds=60.0))
    job = Job(RICH, limited, table, engine="numpy")
    first = fit(job, listener=recorder(last=1))
    old = [dataclasses.replace(record, seconds=7200.0) for record in first.history]
    assert fit(job, first.state, old).ended.reason == "epochs"


@pytest.mark.usefixtures("in_a_terminal")
def test_ctrl_c_ends_lbfgs_between_iterations(table):
    def interrupt(event):
        if isinstance(event, fp.EpochEnded) and event.record.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    job = Job(
        fp.multilayer(4, [4], 3, "softmax_cross_entropy"),
        fp.TrainingSpec(method="lbfgs", epochs=50),
        table,
    )
    outcome = fit(job, listener=interrupt)
    assert (outcome.ended.reason, len(outcome.history)) == ("interrupted", 3)


def test_on_pause_is_told_before_the_first_step_after_every_epoch_and_at_the_end(table):
    told = []
    stopping = fp.StoppingSpec(max_steps=30)
    fit(
        Job(RICH, training(stopping=stopping), table, engine="numpy"),
        on_pause=lambda r: told.append((r.progress.step, r.at_epoch_end, r.done)),
        every_epoch=True,
    )
    ends = [(step, done) for step, at_end, done in told if at_end or done]
    assert told[0] == (0, False, False) and ends == [(13, False), (26, False), (30, True)]
