"""What training promises at its edges: weights, limits, batches of one row, places to go on from."""

import numpy as np
import pytest

import forpass as fp
from forpass.spec.plain import from_plain, to_plain
from forpass.training.checkpoint import read_checkpoint


@pytest.mark.parametrize("batch_mean", ["mean_weight", "batch_weight"])
@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_the_training_loss_is_the_weighted_mean(blobs, spec, batch_mean, batch_size):
    # With a rate too small to move anything, every epoch sees the same network: its loss is known.
    data = blobs[0]
    weights = np.where(np.arange(50) % 10 == 0, 30.0, 0.5)
    weighted = fp.Data(data.numbers, targets=data.targets, weights=weights)
    training = fp.TrainingSpec(
        epochs=1,
        batch_size=batch_size,
        batch_mean=batch_mean,
        dtype="float64",
        optimizer=fp.OptimizerSpec("gradient_descent", learning_rate=1e-300),
    )
    model = fp.train(spec, training, weighted)
    P = model.predict_proba(data)
    by_hand = np.average(-np.log(P[np.arange(50), data.targets]), weights=weights)
    assert model.history[0].training_loss == pytest.approx(by_hand, rel=1e-12)


def test_a_limit_on_steps_changes_no_step_before_it(blobs, spec):
    def train(**stopping):
        schedule = fp.ScheduleSpec("cosine")
        training = fp.TrainingSpec(
            epochs=6, batch_size=10, schedule=schedule, stopping=fp.StoppingSpec(**stopping)
        )
        return fp.train(spec, training, blobs[0])

    short, whole = train(max_steps=15), train()
    assert [r.learning_rate for r in short.history] == [r.learning_rate for r in whole.history[:3]]
    assert [r.training_loss for r in short.history] == [r.training_loss for r in whole.history[:3]]


def test_batch_norm_refuses_a_batch_of_one_row(blobs):
    spec = fp.NetworkSpec(4, (fp.Dense(3), fp.BatchNorm(), fp.Dense(3)), fp.Head("softmax_cross_entropy"))
    with pytest.raises(fp.SpecError, match="batch of one row"):
        fp.train(spec, fp.TrainingSpec(batch_size=49), blobs[0])
    fp.train(spec, fp.TrainingSpec(batch_size=49, last_batch="drop", epochs=1), blobs[0])


def test_the_checkpoint_is_where_the_run_ended(blobs, spec, tmp_path):
    place = tmp_path / "run.checkpoint"
    training = fp.TrainingSpec(epochs=4, batch_size=10, stopping=fp.StoppingSpec(max_steps=7))
    model = fp.train(spec, training, blobs[0], checkpoint=place)
    assert model.provenance.ended.step == 7
    state = read_checkpoint(place)[2]
    assert state.progress.step == 7
    np.testing.assert_array_equal(state.parameters, model.parameters)


def test_lbfgs_refuses_what_it_cannot_do(blobs, spec):
    lbfgs = fp.TrainingSpec(method="lbfgs")
    with pytest.raises(fp.SpecError, match="does not go with schedule="):
        fp.TrainingSpec(method="lbfgs", schedule=fp.ScheduleSpec("cosine"))
    with pytest.raises(fp.SpecError, match="leave out order"):
        fp.train(spec, lbfgs, blobs[0], order=lambda epoch: np.arange(50))


def test_a_metric_is_refused_before_the_first_step(blobs, spec):
    with pytest.raises(fp.SpecError, match="use one of accuracy"):
        fp.train(spec, None, blobs[0], metric="r2")
    with pytest.raises(fp.UnknownNameError, match="unknown metric"):
        fp.train(spec, None, blobs[0], metric="acc")


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("batch_size", {"batch_size": 64}),
        ("last_batch", {"last_batch": "drop"}),
        ("replacement", {"replacement": True}),
        ("schedule", {"schedule": fp.ScheduleSpec("step")}),
        ("decay_schedule", {"decay_schedule": fp.ScheduleSpec("step")}),
        ("dropout_schedule", {"dropout_schedule": fp.ScheduleSpec("step")}),
        ("stopping.plateau", {"stopping": fp.StoppingSpec(plateau="divide_rate")}),
        ("optimizer.name", {"optimizer": fp.OptimizerSpec("rmsprop")}),
        ("optimizer.learning_rate", {"optimizer": fp.OptimizerSpec(learning_rate=0.1)}),
        ("optimizer.settings", {"optimizer": fp.OptimizerSpec(settings={"beta1": 0.5})}),
        ("optimizer.weight_decay", {"optimizer": fp.OptimizerSpec(weight_decay=0.1)}),
        ("optimizer.clip_value", {"optimizer": fp.OptimizerSpec(clip_value=0.1)}),
        ("optimizer.clip_norm", {"optimizer": fp.OptimizerSpec(clip_norm=0.1)}),
        ("optimizer.by_role", {"optimizer": fp.OptimizerSpec(by_role={"bias": fp.RoleFactors(2.0)})}),
    ],
)
def test_lbfgs_names_the_field_that_does_not_go_with_it(field, more):
    fp.TrainingSpec(**more)
    with pytest.raises(
        fp.SpecError, match=f"lbfgs does not go with {field}=.*; leave (it|them) out, or train"
    ):
        fp.TrainingSpec(method="lbfgs", **more)


def test_a_file_of_lbfgs_may_hold_a_batch_size_from_when_it_was_ignored():
    plain = to_plain(fp.TrainingSpec(method="lbfgs", epochs=3)) | {"batch_size": 64, "last_batch": "drop"}
    assert from_plain(plain) == fp.TrainingSpec(method="lbfgs", epochs=3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: fp.TrainingSpec(optimizer="adam"),
        lambda: fp.TrainingSpec(schedule="cosine"),
        lambda: fp.TrainingSpec(shuffle="no"),
        lambda: fp.OptimizerSpec(by_role={"bias": 0.1}),
        lambda: fp.OptimizerSpec("adam", settings={"epsilon": 0.0}),
        lambda: fp.NetworkSpec(3, (fp.Dense(1),), "squared"),
    ],
)
def test_a_field_of_another_kind_is_refused(wrong):
    with pytest.raises(fp.SpecError):
        wrong()
