"""Checkpoints: a run that is laid aside and resumed gives the bits of one that never stopped."""

import dataclasses
import errno
import os

import numpy as np
import pytest

import forpass as fp
from forpass.training.checkpoint import read_checkpoint

PLAIN = fp.multilayer(4, [6], 3, "softmax_cross_entropy", activation="tanh")
RICH = fp.NetworkSpec(
    4,
    (fp.Dense(8), fp.BatchNorm(), fp.Activation("relu"), fp.Dropout(0.3), fp.Dense(3)),
    fp.Head("softmax_cross_entropy"),
    penalty=fp.Penalty(l1=1e-4, l2=1e-3),
)


def training(optimizer="adam", rate=0.02, **settings):
    return fp.TrainingSpec(
        **{"epochs": 6, "batch_size": 16, "optimizer": fp.OptimizerSpec(optimizer, rate)} | settings
    )


one_cycle = fp.ScheduleSpec("one_cycle")
by_examples = fp.ScheduleSpec("inverse_scaling", clock="example")
RUNS = {
    "gradient_descent": (PLAIN, training("gradient_descent", 0.1)),
    "nesterov, schedules": (PLAIN, training("nesterov", schedule=(one_cycle, by_examples))),
    "adagrad": (PLAIN, training("adagrad", 0.1, dtype="float64")),
    "rmsprop": (PLAIN, training("rmsprop")),
    "adam, batch norm, dropout": (RICH, training("adam")),
    "adamw, all schedules": (
        RICH,
        training("adamw", schedule=one_cycle, decay_schedule=one_cycle, dropout_schedule=one_cycle),
    ),
    "replacement": (RICH, training("momentum", replacement=True)),
    "dropped batch, no shuffle": (RICH, training(last_batch="drop", shuffle=False)),
    "early stopping": (RICH, training(rate=0.1, epochs=30, stopping=fp.StoppingSpec(patience=2))),
    "divided rate": (
        RICH,
        training(
            "gradient_descent",
            0.5,
            epochs=14,
            stopping=fp.StoppingSpec(patience=1, tolerance=0.05, plateau="divide_rate"),
        ),
    ),
    "rare looks": (RICH, training(validate_every=4, training_metrics=True)),
    "clipped, max_steps": (
        PLAIN,
        fp.TrainingSpec(
            epochs=6,
            batch_size=16,
            optimizer=fp.OptimizerSpec("adam", 0.05, clip_norm=0.5),
            stopping=fp.StoppingSpec(max_steps=18),
        ),
    ),
}


def without_times(history):
    return [dataclasses.replace(record, seconds=0.0) for record in history]


def same_run(a, b):
    ended = [dataclasses.replace(model.provenance.ended, seconds=0.0) for model in (a, b)]
    return (
        a.fingerprint() == b.fingerprint()
        and without_times(a.history) == without_times(b.history)
        and ended[0] == ended[1]
    )


@pytest.mark.parametrize("name", RUNS)
def test_a_run_laid_aside_after_any_epoch(name, blobs, tmp_path, recorder):
    spec, how = RUNS[name]
    data, validation = blobs
    whole = fp.train(spec, how, data, validation=validation)
    for last in range(1, len(whole.history) + 1):
        file = tmp_path / f"{last}.checkpoint"
        first = fp.train(spec, how, data, validation=validation, checkpoint=file, listener=recorder(last))
        assert len(first.history) == last
        assert same_run(fp.resume(file, data, validation=validation), whole)


def test_two_of_the_runs_are_what_their_names_say(blobs):
    """Early stopping must stop and the rate must fall, else resuming them shows nothing."""
    spec, how = RUNS["early stopping"]
    model = fp.train(spec, how, blobs[0], validation=blobs[1])
    assert model.provenance.ended.reason == "plateau"
    assert 1 <= model.provenance.ended.best_epoch < len(model.history) < 30
    spec, how = RUNS["divided rate"]
    rates = [record.learning_rate for record in fp.train(spec, how, blobs[0], validation=blobs[1]).history]
    assert len(set(rates)) >= 3


def test_resuming_again_and_again(blobs, tmp_path, recorder):
    spec, how = RUNS["adam, batch norm, dropout"]
    file = tmp_path / "run.checkpoint"
    fp.train(spec, how, blobs[0], validation=blobs[1], checkpoint=file, listener=recorder(1))
    for last in range(2, 6):
        listener = recorder(last)
        fp.resume(file, blobs[0], validation=blobs[1], listener=listener)
        assert listener.events[0].first_epoch == last
    model = fp.resume(file, blobs[0], validation=blobs[1])
    assert same_run(model, fp.train(spec, how, blobs[0], validation=blobs[1]))


def test_an_order_of_ones_own_goes_on(blobs, tmp_path, recorder):
    def order(epoch):
        return np.roll(np.arange(50), 7 * epoch)

    file = tmp_path / "run.checkpoint"
    fp.train(PLAIN, training(), blobs[0], order=order, checkpoint=file, listener=recorder(2))
    resumed = fp.resume(file, blobs[0], order=order)
    assert same_run(resumed, fp.train(PLAIN, training(), blobs[0], order=order))


def test_writing_checkpoints_changes_no_bit(blobs, tmp_path):
    spec, how = RUNS["adam, batch norm, dropout"]
    with_file = fp.train(spec, how, blobs[0], checkpoint=tmp_path / "run.checkpoint")
    assert same_run(with_file, fp.train(spec, how, blobs[0]))


def test_preprocessing_travels_along(tmp_path, recorder):
    from sklearn.datasets import load_iris

    table = load_iris(as_frame=True).frame
    preprocessing = fp.Preprocessing.learn(table, "target")
    data = preprocessing.encode(table, with_targets=True)
    file = tmp_path / "run.checkpoint"
    spec = fp.multilayer(4, [4], 3, "softmax_cross_entropy")
    arguments = {"preprocessing": preprocessing, "checkpoint": file}
    fp.train(spec, training(), data, listener=recorder(2), **arguments)
    resumed = fp.resume(file, data)
    assert resumed.fingerprint() == fp.train(spec, training(), data, **arguments).fingerprint()
    assert set(resumed.predict(table)) <= {0, 1, 2}


@pytest.mark.parametrize("last", [1, 5, 40])
def test_lbfgs_begins_anew_to_the_same_bits(blobs, tmp_path, recorder, last):
    file, how = tmp_path / "run.checkpoint", fp.TrainingSpec(method="lbfgs", epochs=30)
    fp.train(PLAIN, how, blobs[0], checkpoint=file, listener=recorder(last))
    for _ in range(2):
        assert same_run(fp.resume(file, blobs[0]), fp.train(PLAIN, how, blobs[0]))


def test_a_disk_that_is_full_after_an_epoch_ends_no_training(blobs, tmp_path, monkeypatch):
    file, replacing, written = tmp_path / "run.checkpoint", os.replace, []

    def replace(*names):
        written.append(names)
        if 3 <= len(written) <= 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replacing(*names)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.warns(fp.ForpassWarning, match=r"cannot write the checkpoint .*No space left") as told:
        model = fp.train(PLAIN, training(), blobs[0], checkpoint=file)
    assert len(told) == 1 and len(written) == 7  # at the beginning, and after each of 6 epochs
    assert same_run(fp.resume(file, blobs[0]), model) and os.listdir(tmp_path) == [file.name]


def test_the_engine_that_began_goes_on(blobs, tmp_path, recorder):
    """Which one "auto" is, depends on what is installed."""
    file = tmp_path / "run.checkpoint"
    fp.train(PLAIN, training(), blobs[0], checkpoint=file, listener=recorder(2))
    assert read_checkpoint(file)[-1]["engine"] == "compiled"


# -- what is refused -----------------------------------------------------------------------------
@pytest.fixture
def laid_aside(blobs, tmp_path, recorder):
    file = tmp_path / "run.checkpoint"
    fp.train(RICH, training(), blobs[0], validation=blobs[1], checkpoint=file, listener=recorder(3))
    return file


def test_other_data_are_refused(blobs, laid_aside):
    data, validation = blobs
    X = data.numbers.copy()
    X[7, 2] = np.nextafter(X[7, 2], np.inf)  # one bit of one number
    others = [
        (fp.Data(X, targets=data.targets), validation),
        (fp.Data(data.numbers, targets=np.roll(data.targets, 1)), validation),
        (fp.Data(data.numbers, targets=data.targets, weights=np.ones(50)), validation),
        (data.rows(slice(0, 49)), validation),
        (data.rows(np.arange(50)[::-1]), validation),
        (data, None),
        (data, data),
    ]
    for wrong, wrong_validation in others:
        with pytest.raises(fp.DataError, match="the data are not those with which"):
            fp.resume(laid_aside, wrong, validation=wrong_validation)


def test_a_damaged_checkpoint_is_refused(blobs, laid_aside):
    content = laid_aside.read_bytes()
    rng = np.random.default_rng(0)
    for length in [0, 1, 7, 8, 9, 100, len(content) - 1, *rng.integers(0, len(content), 40)]:
        laid_aside.write_bytes(content[:length])
        with pytest.raises(fp.ModelFileError):
            fp.resume(laid_aside, blobs[0], validation=blobs[1])
    for place in rng.integers(0, len(content), 150):
        broken = bytearray(content)
        broken[place] ^= 1 << int(rng.integers(8))
        laid_aside.write_bytes(broken)
        with pytest.raises(fp.ModelFileError):
            fp.resume(laid_aside, blobs[0], validation=blobs[1])


def test_a_model_is_no_checkpoint(blobs, tmp_path):
    file = fp.train(PLAIN, training(epochs=1), blobs[0]).save(tmp_path / "net.forpass")
    with pytest.raises(fp.ModelFileError, match="is a forpass model file; a checkpoint file is wanted"):
        fp.resume(file, blobs[0])


def test_a_place_that_cannot_be_written_to(blobs, tmp_path):
    with pytest.raises(fp.InputError, match="cannot write"):
        fp.train(PLAIN, training(), blobs[0], checkpoint=tmp_path / "nowhere" / "run.checkpoint")


def test_whats_in_a_checkpoint(laid_aside):
    spec, how, state, history, _ = read_checkpoint(laid_aside)
    assert (spec, how) == (RICH, training())
    assert (state.progress.step, state.progress.epoch, len(history)) == (12, 3, 3)
    engine = state.engine
    assert engine.slots.shape == (2, engine.parameters.size)  # of adam: m and v
    assert 1 <= state.progress.best_epoch <= 3
    assert state.progress.best_parameters.shape == engine.parameters.shape
    assert state.parameters is state.progress.best_parameters and state.buffers is state.progress.best_buffers
    assert [record.epoch for record in history] == [1, 2, 3]


def test_a_checkpoint_of_parts_that_do_not_fit(laid_aside):
    """Whole and signed, but with the arrays of another network: written by nobody but a forger."""
    from forpass.model.archive import read_archive, write_archive

    _, arrays, content = read_archive(laid_aside, "checkpoint")
    for name in ("parameters", "buffers", "slots", "best_parameters", "best_buffers"):
        write_archive(laid_aside, "checkpoint", arrays | {name: np.zeros((1, 3), np.float32)}, content)
        with pytest.raises(fp.ModelFileError):
            read_checkpoint(laid_aside)
    for key in ("spec", "training", "progress", "history"):
        for wrong in ({k: v for k, v in content.items() if k != key}, content | {key: {"is": "Nobody"}}):
            write_archive(laid_aside, "checkpoint", arrays, wrong)
            with pytest.raises(fp.ModelFileError):
                read_checkpoint(laid_aside)


def test_the_metric_goes_on(blobs, tmp_path, recorder):
    file = tmp_path / "run.checkpoint"
    how = dataclasses.replace(training(), stopping=fp.StoppingSpec(monitor="validation_metric", patience=1))
    arguments = {"validation": blobs[1], "metric": "balanced_accuracy"}
    whole = fp.train(PLAIN, how, blobs[0], **arguments)
    fp.train(PLAIN, how, blobs[0], **arguments, checkpoint=file, listener=recorder(1))
    resumed = fp.resume(file, blobs[0], validation=blobs[1])  # whoever resumes need not know how it began
    assert same_run(resumed, whole)
    assert {record.metric for record in resumed.history} == {"balanced_accuracy"}


def test_an_order_of_ones_own_is_not_forgotten(blobs, tmp_path, recorder):
    file = tmp_path / "run.checkpoint"
    fp.train(
        PLAIN, training(), blobs[0], order=lambda e: np.arange(50), checkpoint=file, listener=recorder(2)
    )
    with pytest.raises(fp.DataError, match="order"):
        fp.resume(file, blobs[0])


def test_a_folder_of_many_networks_is_not_resumed_as_one(blobs, tmp_path):
    with pytest.raises(fp.ModelFileError, match=r"is a folder, .* make the call that began it again"):
        fp.resume(tmp_path, blobs[0])
