"""Plateaus: what counts as an improvement, what happens without one, and what is kept."""

import math

import numpy as np
import pytest

import forpass as fp
from forpass.engines.protocol import EngineState
from forpass.maths.metrics import METRICS
from forpass.training import Progress
from forpass.training.stopping import RATE_FLOOR, keep_best, monitored, on_plateau, watch


def record(epoch=1, training_loss=0.0, penalty=0.0, **looked):
    return fp.EpochRecord(epoch, epoch, training_loss, penalty, 0.1, 0.0, **looked)


def state_at(value):
    return EngineState(np.full(1, float(value)), np.zeros(0), np.zeros((0, 1)))


def stale(losses, **settings):
    """Count the looks without improvement after a row of training losses."""
    progress, counts = Progress(), []
    for loss in losses:
        looked = record(training_loss=loss)
        progress = watch(progress, fp.StoppingSpec(**settings), "training_loss", looked)
        counts.append(progress.looks_without_improvement)
    return counts


@pytest.mark.parametrize(
    ("tolerance", "losses", "counts"),
    [
        (0.0, [3.0, 2.0, 1.0], [0, 0, 0]),
        (0.0, [3.0, 3.0, 3.5, 2.9], [0, 0, 1, 0]),  # an equal loss is no worse without a tolerance
        (0.1, [3.0, 2.95, 2.89, 2.5], [0, 1, 2, 0]),  # by more than the tolerance, measured from the best
        (0.1, [3.0, 2.0, 1.95, 1.91, 1.80], [0, 0, 1, 2, 0]),  # a slow fall counts from its latest best
        (0.0, [3.0, math.nan, 2.0, math.inf], [0, 1, 0, 1]),
        (0.0, [math.inf, math.nan, math.inf, 5.0], [1, 2, 3, 0]),  # what is infinite has not improved
    ],
)
def test_looks_without_improvement(tolerance, losses, counts):
    assert stale(losses, tolerance=tolerance) == counts


def test_a_higher_accuracy_and_a_smaller_error_are_better():
    for metric, first, better in (
        ("accuracy", 0.7, 0.8),
        ("r2", -0.1, 0.2),
        ("mean_absolute_error", 3.0, 2.0),
    ):
        stopping, progress = fp.StoppingSpec(tolerance=1e-9), Progress()
        for value, expected in ((first, 0), (better, 0), (first, 1)):
            looked = record(metric=metric, validation_metric=value)
            higher = METRICS[metric].higher_is_better
            progress = watch(progress, stopping, "validation_metric", looked, higher)
            assert progress.looks_without_improvement == expected


def test_an_equal_metric_is_no_improvement():
    """Accuracy has few values: one that stays where it is would go on for ever."""
    progress, counts = Progress(), []
    for value in (0.9, 0.9, 0.9, 0.95, 0.95):
        looked = record(metric="accuracy", validation_metric=value)
        progress = watch(progress, fp.StoppingSpec(), "validation_metric", looked, higher_is_better=True)
        counts.append(progress.looks_without_improvement)
    assert counts == [0, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("patience", "looks", "ends"),
    [(None, 99, False), (0, 0, False), (0, 1, True), (2, 2, False), (2, 3, True)],
)
def test_a_plateau_is_more_looks_than_patience(patience, looks, ends):
    progress = Progress(looks_without_improvement=looks)
    assert on_plateau(progress, fp.StoppingSpec(patience=patience), 0.1) == (progress, ends)


def test_a_plateau_may_divide_the_rate_until_it_is_too_small():
    stopping = fp.StoppingSpec(patience=0, plateau="divide_rate")
    progress, multipliers = Progress(), []
    for _ in range(20):
        progress, ends = on_plateau(progress._replace(looks_without_improvement=1), stopping, 1e-3)
        if ends:
            break
        assert progress.looks_without_improvement == 0
        multipliers.append(progress.rate_multiplier)
    # 1e-3 / 5^k falls below the floor with the fifth division
    np.testing.assert_allclose(multipliers, [1 / 5, 1 / 25, 1 / 125, 1 / 625, 1 / 3125], rtol=1e-12)
    assert 1e-3 * multipliers[-1] <= RATE_FLOOR < 1e-3 * multipliers[-2]


def test_the_best_of_equals_is_the_first():
    progress = Progress()
    for i, loss in enumerate([2.0, 1.0, 1.0, math.nan]):
        looked = record(epoch=i + 1, validation_loss=loss)
        progress = keep_best(progress, "validation_loss", looked, state_at(i))
    assert (progress.best_epoch, progress.best_value, progress.best_parameters[0]) == (2, 1.0, 1.0)


def test_the_best_of_equals_may_be_the_last():
    progress = Progress()
    for i, loss in enumerate([math.inf, 2.0, 1.0, 1.0, 3.0, math.nan]):
        looked = record(epoch=i + 1, validation_loss=loss)
        progress = keep_best(progress, "validation_loss", looked, state_at(i), last=True)
    assert (progress.best_epoch, progress.best_value, progress.best_parameters[0]) == (4, 1.0, 3.0)


@pytest.mark.parametrize(("keep", "epoch"), [(True, 1), ("last", 6)])
def test_a_run_keeps_the_last_of_equals_if_it_is_said(blobs, spec, keep, epoch):
    training = fp.TrainingSpec(
        epochs=6,
        optimizer=fp.OptimizerSpec("gradient_descent", 1e-12),
        stopping=fp.StoppingSpec("validation_metric", restore_best=keep),
    )
    model = fp.train(spec, training, blobs[0], validation=blobs[1])
    assert model.provenance.ended.best_epoch == epoch


def test_what_is_kept_follows_what_is_monitored():
    """The metric is best in another epoch than the loss."""
    looks = [
        record(1, 9.0, metric="accuracy", validation_loss=0.5, validation_metric=0.8),
        record(2, 8.0, metric="accuracy", validation_loss=0.6, validation_metric=0.9),
    ]
    for name, best in (("validation_loss", 1), ("validation_metric", 2), ("training_loss", 1)):
        progress = Progress()
        for looked in looks:
            progress = keep_best(progress, name, looked, state_at(0), higher_is_better=True)
        assert progress.best_epoch == best


def test_auto_looks_at_validation_where_there_is_some():
    assert monitored(fp.StoppingSpec(), True) == "validation_loss"
    assert monitored(fp.StoppingSpec(), False) == "objective"
    assert monitored(fp.StoppingSpec(monitor="training_loss"), True) == "training_loss"


def test_the_objective_counts_the_penalty():
    """The loss falls, but what is paid for it rises as much."""
    stopping = fp.StoppingSpec(tolerance=0.05)
    counts = {}
    for name in ("objective", "training_loss"):
        progress = Progress()
        for loss, penalty in ((1.0, 0.0), (0.8, 0.2), (0.6, 0.4)):
            looked = record(training_loss=loss, penalty=penalty)
            progress = watch(progress, stopping, name, looked)
        counts[name] = progress.looks_without_improvement
    assert counts == {"objective": 2, "training_loss": 0}


def test_a_plateau_of_the_training_loss_ends_a_run(blobs, spec):
    training = fp.TrainingSpec(
        epochs=500,
        batch_size=None,
        optimizer=fp.OptimizerSpec("gradient_descent", 0.5),
        stopping=fp.StoppingSpec(patience=4, tolerance=0.02),
    )
    model = fp.train(spec, training, blobs[0])
    losses = [record.training_loss for record in model.history]
    assert model.provenance.ended.reason == "plateau" and len(losses) < 500
    drops = -np.diff(losses)
    assert np.all(drops[-5:] <= 0.02) and not np.all(drops[-6:] <= 0.02)


def test_dividing_the_rate_shows_in_the_history(blobs, spec):
    training = fp.TrainingSpec(
        epochs=500,
        batch_size=None,
        optimizer=fp.OptimizerSpec("gradient_descent", 0.5),
        stopping=fp.StoppingSpec(patience=1, tolerance=0.02, plateau="divide_rate"),
    )
    model = fp.train(spec, training, blobs[0])
    rates = list(dict.fromkeys(record.learning_rate for record in model.history))
    np.testing.assert_allclose(rates, 0.5 / 5.0 ** np.arange(len(rates)), rtol=1e-12)
    assert rates[-1] <= RATE_FLOOR < rates[-2]
    assert model.provenance.ended.reason == "plateau"


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_metric"])
def test_a_network_that_diverges_on_the_validation_rows_alone_ends_on_a_plateau(monitor):
    X = np.linspace(-1.0, 1.0, 40, dtype=np.float32)[:, None]
    far = fp.Data(np.full((1, 1), 3e38, np.float32), targets=[0.0])  # beyond float32 after the first layer
    training = fp.TrainingSpec(epochs=30, stopping=fp.StoppingSpec(patience=3, monitor=monitor))
    spec = fp.multilayer(1, [16, 16], 1, "squared", activation="relu")
    model = fp.train(spec, training, fp.Data(X, targets=X**2), validation=far)
    assert all(not math.isfinite(looked.validation_loss) for looked in model.history)
    assert (model.provenance.ended.reason, model.provenance.ended.epoch) == ("plateau", 4)
