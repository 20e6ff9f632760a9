"""The loop: what a run sees, when it ends, what it tells, and what it leaves alone."""

import itertools
import json
import random
import signal
import subprocess
import sys
import textwrap
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import forpass as fp
from forpass.concurrency.interrupts import interruptible
from forpass.spec.program import lower
from forpass.training import Job, fit, loop, run


@pytest.fixture
def seen(spy):
    """Return the list into which the batches (row numbers) of every step are written."""
    batches = []

    def watch(session, plan, advance):
        batches.extend(plan.batch(i).tolist() for i in range(plan.n_steps))
        return advance(plan)

    spy(watch)
    return batches


def sgd(**settings):
    return fp.TrainingSpec(
        **{"epochs": 3, "optimizer": fp.OptimizerSpec("gradient_descent", 0.05)} | settings
    )


# -- which rows are seen -------------------------------------------------------------------------
def test_every_row_once_an_epoch_and_a_smaller_last_batch(blobs, spec, seen):
    fp.train(spec, sgd(batch_size=16), blobs[0])
    assert [len(batch) for batch in seen] == [16, 16, 16, 2] * 3
    epochs = [sum(seen[4 * e : 4 * e + 4], []) for e in range(3)]
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_the_last_batch_can_be_dropped(blobs, spec, seen):
    model = fp.train(spec, sgd(batch_size=16, last_batch="drop"), blobs[0])
    assert [len(batch) for batch in seen] == [16] * 9
    assert [record.step for record in model.history] == [3, 6, 9]
    assert all(len(set(sum(seen[3 * e : 3 * e + 3], []))) == 48 for e in range(3))


def test_with_replacement_rows_repeat(blobs, spec, seen):
    fp.train(spec, sgd(batch_size=16, replacement=True, epochs=20), blobs[0])
    assert [len(batch) for batch in seen] == [16] * 60
    assert any(len(set(batch)) < 16 for batch in seen)
    counts = np.bincount(sum(seen, []), minlength=50)
    # 960 draws over 50 rows: 19.2 each with standard deviation 4.3
    assert counts.min() > 19.2 - 5 * 4.3 and counts.max() < 19.2 + 5 * 4.3


@pytest.mark.parametrize("batch_size", [None, 50, 999])
def test_full_batch(blobs, spec, seen, batch_size):
    model = fp.train(spec, sgd(batch_size=batch_size), blobs[0])
    assert seen == [list(range(50))] * 3
    assert [record.step for record in model.history] == [1, 2, 3]


def test_without_shuffling_rows_come_as_they_lie(blobs, spec, seen):
    fp.train(spec, sgd(batch_size=20, shuffle=False), blobs[0])
    assert sum(seen, []) == list(range(50)) * 3


def test_an_order_of_ones_own(blobs, spec, seen):
    def order(epoch):
        return np.roll(np.arange(50), epoch)

    fp.train(spec, sgd(batch_size=20), blobs[0], order=order)
    assert sum(seen, []) == [i for e in range(3) for i in order(e).tolist()]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (lambda e: np.arange(49), "must give 50 row numbers"),
        (lambda e: np.arange(50.0), "must give 50 row numbers; got float64"),
        (lambda e: np.arange(50) + 1, "names rows 1 to 50; rows run from 0 to 49"),
        (lambda e: np.arange(50) - 1, "names rows -1 to 48; rows run from 0 to 49"),
    ],
)
def test_an_order_that_does_not_fit(blobs, spec, order, words):
    with pytest.raises(fp.DataError, match=words):
        fp.train(spec, sgd(), blobs[0], order=order)


def test_an_order_and_replacement_exclude_each_other(blobs, spec):
    with pytest.raises(fp.SpecError, match="replacement"):
        fp.train(spec, sgd(replacement=True), blobs[0], order=lambda e: np.arange(50))


# -- validation, the best, limits ----------------------------------------------------------------
@pytest.fixture
def overfitting(blobs):
    """A training that does best on validation data long before its end, with batch normalisation."""
    spec = fp.NetworkSpec(
        4,
        (fp.Dense(32), fp.BatchNorm(), fp.Activation("relu"), fp.Dense(3)),
        fp.Head("softmax_cross_entropy"),
    )
    return spec, fp.TrainingSpec(epochs=40, batch_size=10, optimizer=fp.OptimizerSpec("adam", 0.01))


def with_stopping(training, **settings):
    import dataclasses

    return dataclasses.replace(training, stopping=fp.StoppingSpec(**settings))


def test_the_best_parameters_and_buffers_are_those_of_the_best_epoch(blobs, overfitting):
    spec, training = overfitting
    model = fp.train(spec, training, blobs[0], validation=blobs[1])
    losses = [record.validation_loss for record in model.history]
    best = int(np.argmin(losses)) + 1
    assert 1 < best < 40
    assert model.provenance.ended.best_epoch == best
    # a run that ends there by itself has the same parameters and the same running averages
    short = fp.train(spec, with_stopping(training, max_steps=5 * best), blobs[0])
    np.testing.assert_array_equal(model.parameters, short.parameters)
    np.testing.assert_array_equal(model.buffers, short.buffers)
    last = fp.train(spec, with_stopping(training, restore_best=False), blobs[0], validation=blobs[1])
    assert last.fingerprint() != model.fingerprint()
    assert last.fingerprint() == fp.train(spec, training, blobs[0]).fingerprint()


def test_patience(blobs, overfitting):
    spec, training = overfitting
    model = fp.train(spec, with_stopping(training, patience=3), blobs[0], validation=blobs[1])
    losses = [record.validation_loss for record in model.history]
    assert model.provenance.ended.reason == "plateau"
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 4  # more than three looks in a row without an improvement
    assert min(losses[best + 1 :]) > losses[best]


def test_validate_every_third_epoch(blobs, spec):
    model = fp.train(spec, sgd(epochs=7, validate_every=3), blobs[0], validation=blobs[1])
    assert [r.epoch for r in model.history if r.validation_loss is not None] == [3, 6, 7]


def test_max_steps(blobs, spec):
    model = fp.train(spec, with_stopping(sgd(batch_size=16), max_steps=6), blobs[0])
    assert model.provenance.ended.reason == "max_steps"
    assert [record.step for record in model.history] == [4, 6]
    whole = fp.train(spec, sgd(batch_size=16, epochs=2), blobs[0], order=None)
    assert model.history[0].training_loss == whole.history[0].training_loss


def test_max_seconds_ends_at_a_step_that_can_be_repeated(blobs, spec):
    training = with_stopping(sgd(batch_size=1, epochs=100_000), max_seconds=0.2)
    model = fp.train(spec, training, blobs[0])
    ended = model.provenance.ended
    assert ended.reason == "max_seconds"
    assert ended.seconds >= 0.2
    again = fp.train(spec, with_stopping(training, max_steps=ended.step), blobs[0])
    np.testing.assert_array_equal(model.parameters, again.parameters)


# -- events and history --------------------------------------------------------------------------
def test_events(blobs, spec, recorder):
    listener = recorder()
    model = fp.train(spec, sgd(batch_size=16), blobs[0], validation=blobs[1], listener=listener)
    started, *epochs, ended = listener.events
    assert started == fp.TrainingStarted(
        started.run, epochs=3, steps=12, rows=50, first_epoch=1, metric="accuracy"
    )
    assert tuple(event.record for event in epochs) == model.history
    assert [event.epochs for event in epochs] == [3, 3, 3]
    losses = [event.record.validation_loss for event in epochs]
    assert [event.is_best for event in epochs] == [
        loss == min(losses[: i + 1]) for i, loss in enumerate(losses)
    ]
    assert (ended.reason, ended.epoch, ended.step) == ("epochs", 3, 12)


def test_a_listener_that_returns_true_ends_the_run(blobs, spec, recorder):
    model = fp.train(spec, sgd(epochs=10), blobs[0], listener=recorder(last=2))
    assert (model.provenance.ended.reason, len(model.history)) == ("listener", 2)
    assert model.fingerprint() == fp.train(spec, sgd(epochs=2), blobs[0]).fingerprint()


def test_history_is_plain_json(blobs, spec):
    training = sgd(training_metrics=True)
    history = fp.train(spec, training, blobs[0], validation=blobs[1]).history
    plain = [record.to_json() for record in history]
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert tuple(fp.EpochRecord.from_json(record) for record in again) == history
    assert set(plain[0]) == {
        "epoch", "step", "training_loss", "penalty", "learning_rate", "seconds",
        "metric", "validation_loss", "validation_metric", "training_metric",
    }  # fmt: skip
    assert {type(value) for record in plain for value in record.values()} == {int, float, str}


def test_where_nobody_looked_there_is_none(blobs, spec):
    (record,) = fp.train(spec, sgd(epochs=1), blobs[0]).history
    assert (
        record.metric is record.validation_loss is record.validation_metric is record.training_metric is None
    )
    assert set(record.to_json()) == {"epoch", "step", "training_loss", "penalty", "learning_rate", "seconds"}


def test_training_loss_is_the_weighted_mean_of_the_batches(blobs, spec):
    """With a rate of nearly 0 the running loss of an epoch is the mean loss over all rows."""
    w = np.linspace(0.1, 3.0, 50)
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets, weights=w)
    tiny = fp.TrainingSpec(
        epochs=1, batch_size=7, optimizer=fp.OptimizerSpec("gradient_descent", 1e-300),
        batch_mean="batch_weight", dtype="float64",
    )  # fmt: skip
    model = fp.train(spec, tiny, data)
    P = model.predict_proba(data)
    from sklearn.metrics import log_loss

    expected = log_loss(data.targets, P, sample_weight=w)
    assert model.history[0].training_loss == pytest.approx(expected, rel=1e-12)


# -- the same bits, whatever looks on ------------------------------------------------------------
@pytest.mark.parametrize("seconds", [1e-9, 0.05, 10.0])
def test_pauses_change_no_bit(blobs, overfitting, recorder, monkeypatch, seconds):
    spec, training = overfitting
    alone = fp.train(spec, training, blobs[0])
    monkeypatch.setattr(run, "SECONDS_PER_STRETCH", seconds)
    watched = fp.train(spec, training, blobs[0], listener=recorder())
    stretched = fp.train(spec, training, blobs[0])
    assert alone.fingerprint() == watched.fingerprint() == stretched.fingerprint()
    losses = [[record.training_loss for record in m.history] for m in (alone, watched, stretched)]
    assert losses[0] == losses[1] == losses[2]


@pytest.mark.parametrize("plateau", ["stop", "divide_rate"])
@pytest.mark.parametrize("patience", [0, 1, 4])
@pytest.mark.parametrize("validated", [False, True])
def test_no_plateau_is_missed(blobs, spec, recorder, monkeypatch, plateau, patience, validated):
    """Without anybody looking on, as many epochs go by at once as a plateau needs at least."""
    stopping = fp.StoppingSpec("training_loss", patience, 0.02, plateau=plateau, restore_best=False)
    training = sgd(epochs=60, batch_size=10, stopping=stopping, validate_every=3)
    validation = blobs[1] if validated else None
    watched = fp.train(spec, training, blobs[0], validation=validation, listener=recorder())
    pauses = []
    plan = run.Planner.plan
    monkeypatch.setattr(run.Planner, "plan", lambda *args: pauses.append(args) or plan(*args))
    monkeypatch.setattr(run, "SECONDS_PER_STRETCH", 10.0)
    alone = fp.train(spec, training, blobs[0], validation=validation)
    assert alone.fingerprint() == watched.fingerprint()
    assert alone.provenance.ended.epoch == watched.provenance.ended.epoch < 60
    assert [r.learning_rate for r in alone.history] == [r.learning_rate for r in watched.history]
    if patience == 4:
        assert len(pauses) < len(alone.history) * 0.7


def test_the_same_seed_twice_and_another(blobs, spec):
    prints = [fp.train(spec, sgd(seed=seed), blobs[0]).fingerprint() for seed in (3, 3, 4)]
    assert prints[0] == prints[1] != prints[2]


# -- Ctrl-C --------------------------------------------------------------------------------------
@pytest.mark.usefixtures("in_a_terminal")
def test_ctrl_c_gives_the_best_so_far(blobs, overfitting):
    spec, training = overfitting

    def interrupt(event):
        if isinstance(event, fp.EpochEnded) and event.record.epoch == 9:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    model = fp.train(spec, training, blobs[0], validation=blobs[1], listener=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert (model.provenance.ended.reason, len(model.history)) == ("interrupted", 9)
    losses = [record.validation_loss for record in model.history]
    assert model.provenance.ended.best_epoch == int(np.argmin(losses)) + 1


@pytest.mark.usefixtures("in_a_terminal")
def test_a_second_ctrl_c_raises(blobs, spec):
    def insist(event):
        if isinstance(event, fp.EpochEnded):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fp.train(spec, sgd(), blobs[0], listener=insist)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
def test_ctrl_c_from_outside():
    """The program is interrupted in the middle of a run of hours, goes on, and prints why it ended."""
    program = """
        import signal
        import forpass as fp, numpy as np
        signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs are started without
        data = fp.Data(np.ones((8, 2)), targets=np.zeros(8))
        training = fp.TrainingSpec(epochs=10**9)
        say = lambda event: print("epoch", flush=True) if isinstance(event, fp.EpochEnded) else None
        model = fp.train(fp.multilayer(2, [2], 1, "squared"), training, data, listener=say)
        print("ended:", model.provenance.ended.reason, np.isfinite(model.parameters).all(), flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "epoch\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert out.splitlines()[-1] == "ended: interrupted True"
    assert (process.returncode, err) == (0, "")


def test_an_ignored_ctrl_c_stays_ignored(blobs, spec):
    """A shell starts background jobs with SIGINT ignored: Ctrl-C is meant for somebody else."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupt = lambda event: signal.raise_signal(signal.SIGINT)  # noqa: E731
        model = fp.train(spec, sgd(), blobs[0], listener=interrupt)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert model.provenance.ended.reason == "epochs"


def test_training_in_another_thread(blobs, spec):
    """Signals belong to the main thread; elsewhere training neither needs nor touches them."""
    models = []
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=lambda: models.append(fp.train(spec, sgd(), blobs[0])))
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is before
    assert models[0].fingerprint() == fp.train(spec, sgd(), blobs[0]).fingerprint()


def test_the_handler_is_put_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), interruptible():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is before


# -- divergence ----------------------------------------------------------------------------------
def test_divergence_names_epoch_batch_layer_and_remedy(blobs):
    spec = fp.multilayer(4, [8], 1, "squared")
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets.astype(float))
    training = fp.TrainingSpec(epochs=50, batch_size=10, optimizer=fp.OptimizerSpec("gradient_descent", 50.0))
    with pytest.raises(fp.DivergenceError) as caught:
        fp.train(spec, training, data)
    message = str(caught.value)
    import re

    found = re.match(
        r"training diverged in epoch (\d+), batch (\d+) \(step (\d+)\): (.*)\. Try (.*)$", message
    )
    epoch, batch, step = (int(found[i]) for i in (1, 2, 3))
    assert step == (epoch - 1) * 5 + batch
    assert re.search(r"of layer \d \(\w+, \d+ -> \d+\)|of head|updated parameters", found[4])
    assert (
        found[5] == "a lower learning rate (it was 50), or a shorter gradient (OptimizerSpec(clip_norm=1.0))"
    )
    # the step before was still good: as many steps less one give a model
    good = fp.train(spec, with_stopping(training, max_steps=step - 1), data)
    assert np.isfinite(good.parameters).all()
    with pytest.raises(fp.DivergenceError, match=rf"\(step {step}\)"):
        fp.train(spec, with_stopping(training, max_steps=step), data)


def test_divergence_of_large_features_says_so_first(blobs):
    data = fp.Data(1e7 * blobs[0].numbers, targets=blobs[0].targets.astype(float))
    training = fp.TrainingSpec(optimizer=fp.OptimizerSpec("gradient_descent", 0.1))
    with pytest.raises(
        fp.DivergenceError, match=r"Try features scaled to a few units \(they reach \d\.\d+e\+07\), or"
    ):
        fp.train(fp.multilayer(4, [8], 1, "squared"), training, data)


def test_divergence_of_a_large_target_names_it(blobs):
    data = fp.Data(blobs[0].numbers, targets=1e6 * blobs[0].targets.astype(float))
    training = fp.TrainingSpec(optimizer=fp.OptimizerSpec("gradient_descent", 0.1))
    with pytest.raises(fp.DivergenceError, match=r"Try a target scaled to mean 0 .* \(it has a mean of "):
        fp.train(fp.multilayer(4, [8], 1, "squared"), training, data)


# -- what is left alone --------------------------------------------------------------------------
def test_the_callers_arrays_and_generators_stay_as_they_are(blobs, spec):
    rng = np.random.default_rng(3)
    X, y, w = rng.normal(size=(30, 4)), rng.integers(0, 3, 30), rng.uniform(size=30)
    parameters = rng.normal(size=lower(spec).parameters.size)
    given = [X, y, w, parameters]
    copies = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False  # writing would raise
    drawn = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002  (the one that is global)
    data = fp.Data(X, targets=y, weights=w)
    fp.train(spec, sgd(dtype="float64"), data, validation=data, parameters=parameters)
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(np.random.get_state()[1], drawn[0])  # noqa: NPY002
    assert random.getstate() == drawn[1]


def test_parameters_by_name_or_as_a_vector_are_where_it_begins(blobs, spec):
    program = lower(spec)
    vector = np.linspace(-0.5, 0.5, program.parameters.size)
    by_name = {name: view.copy() for name, view in program.parameters.views(vector).items()}
    prints = {fp.train(spec, sgd(), blobs[0], parameters=p).fingerprint() for p in (vector, by_name)}
    assert len(prints) == 1 and prints != {fp.train(spec, sgd(), blobs[0]).fingerprint()}
    with pytest.raises(fp.DataError, match="missing: W2"):
        fp.train(spec, sgd(), blobs[0], parameters={k: v for k, v in by_name.items() if k != "W2"})


def test_a_model_does_not_share_its_arrays_with_the_next_run(blobs, spec):
    first = fp.train(spec, sgd(), blobs[0])
    before = first.fingerprint()
    fp.train(spec, sgd(), blobs[0], parameters=first.parameters)
    assert first.fingerprint() == before


# -- weights -------------------------------------------------------------------------------------
def test_a_batch_of_weight_zero_is_skipped(blobs, spec, spy, monkeypatch):
    """Adam would move on without a gradient; a skipped batch must leave everything as it was."""
    w = np.ones(50)
    w[20:30] = 0.0
    X = blobs[0].numbers.copy()
    X[20:30] = 1e30  # no number that comes of these rows may be used
    data = fp.Data(X, targets=blobs[0].targets, weights=w)
    training = fp.TrainingSpec(epochs=2, batch_size=10, shuffle=False)
    losses = []
    monkeypatch.setattr(run, "SECONDS_PER_STRETCH", 1e-9)  # one step at a time

    def watch(session, plan, advance):
        before = session.state()
        stats = advance(plan)
        if plan.first % 5 == 2:
            after = session.state()
            losses.append((stats.losses[0], stats.penalties[0], plan.weights[0]))
            np.testing.assert_array_equal(before.parameters, after.parameters)
            np.testing.assert_array_equal(before.slots, after.slots)
        return stats

    spy(watch)
    outcome = fit(Job(spec, training, data, engine="numpy"))
    assert losses == [(0.0, 0.0, 0.0)] * 2
    assert np.isfinite(outcome.state.parameters).all()
    assert all(np.isfinite(record.training_loss) for record in outcome.history)


# -- what cannot be trained ----------------------------------------------------------------------
def test_monitoring_validation_needs_validation_data(blobs, spec):
    training = with_stopping(sgd(), monitor="validation_metric", patience=2)
    with pytest.raises(fp.SpecError, match="no validation data; give some"):
        fp.train(spec, training, blobs[0])


def test_data_that_do_not_fit_are_refused_before_the_first_step(blobs, spec, seen):
    for data in (fp.Data(np.ones((5, 3)), targets=np.zeros(5, int)), fp.Data(np.ones((5, 4)))):
        with pytest.raises(fp.DataError):
            fp.train(spec, sgd(), data)
        with pytest.raises(fp.DataError):
            fp.train(spec, sgd(), blobs[0], validation=data)
    assert seen == []


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_schedule_may_not_drop_everything(engine):
    data = fp.Data(np.ones((4, 2)), targets=np.ones(4))
    double = fp.ScheduleSpec("step", {"factor": 2.0, "every": 1}, clock="epoch")
    training = fp.TrainingSpec(epochs=3, dropout_schedule=double)
    with pytest.raises(fp.SpecError, match=r"raises a rate of 0\.5 to 1; it must stay below 1"):
        fp.train(fp.multilayer(2, [3], 1, "squared", dropout=0.5), training, data, engine=engine)


def test_to_a_slow_disk_a_network_under_way_is_written_less_often(monkeypatch):
    """Writing takes a twentieth of the time at most, or what comes every few seconds."""
    now, written = [0.0], []
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def begun(seconds):
        def lay_aside(key, under_way):
            written.append(now[0])
            now[0] += seconds

        return loop._Writing(SimpleNamespace(lay_aside=lay_aside), "key")

    under_way = SimpleNamespace(
        reason=None, done=False, job=SimpleNamespace(training=SimpleNamespace(by_steps=True))
    )
    for seconds, expected in ((0.0, loop.SECONDS_BETWEEN), (10.0, 10.0 / loop.SHARE_OF_WRITING)):
        now[0], end = 0.0, 4 * expected + 100.0
        written.clear()
        writing = begun(seconds)
        while now[0] < end:
            writing(under_way)
            now[0] += 0.25
        assert len(written) > 2
        for earlier, later in itertools.pairwise(written):
            assert expected <= later - earlier - seconds <= expected + 0.5
