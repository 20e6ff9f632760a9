"""The history: training and validation losses are of the same thing; old records can still be read."""

import numpy as np
import pytest

import forpass as fp

MEANS = ("mean_weight", "batch_weight")
WEIGHTS = np.where(np.arange(50) % 10 == 0, 0.0, np.linspace(0.1, 3.0, 50))


def at_rest(**settings):
    """A rate too small to move anything: every epoch sees the same network."""
    tiny = fp.OptimizerSpec("gradient_descent", 1e-300)
    return fp.TrainingSpec(**{"epochs": 2, "dtype": "float64", "optimizer": tiny} | settings)


def penalised(loss="softmax_cross_entropy", k=3, **more):
    return fp.multilayer(4, [8], k, loss, activation="tanh", penalty=fp.Penalty(l2=1.0), **more)


@pytest.mark.parametrize("batch_mean", MEANS)
@pytest.mark.parametrize("batch_size", [1, 16, None])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_training_and_validation_loss_of_the_same_rows_are_the_same(
    blobs, engine, weighted, batch_size, batch_mean
):
    """With the penalty in one of them, they would differ by a factor of ten."""
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets, weights=WEIGHTS if weighted else None)
    training = at_rest(batch_size=batch_size, batch_mean=batch_mean)
    model = fp.train(penalised(), training, data, validation=data, engine=engine)
    for record in model.history:
        assert record.training_loss == pytest.approx(record.validation_loss, rel=1e-6)
        assert record.penalty > 2.0 * record.training_loss
        assert record.objective == record.training_loss + record.penalty


def test_of_other_losses_too(blobs):
    X, y = blobs[0].numbers, blobs[0].targets
    T = np.column_stack([y == 1, y == 2]).astype(float)
    for head in (
        fp.Head("squared"),
        fp.Head("squared", over_outputs="mean"),
        fp.Head("sigmoid_cross_entropy"),
        fp.Head("hinge"),
        fp.Head("poisson"),
        fp.Head("quantile", {"level": 0.9}),
    ):
        spec = fp.NetworkSpec(4, (fp.Dense(2),), head, penalty=fp.Penalty(l1=1.0))
        data = fp.Data(X, targets=T, weights=WEIGHTS)
        (record,) = fp.train(spec, at_rest(epochs=1, batch_size=16), data, validation=data).history
        assert record.training_loss == pytest.approx(record.validation_loss, rel=1e-6), head
    spec = penalised()
    smooth = fp.NetworkSpec(4, spec.layers, fp.Head("softmax_cross_entropy", {"smoothing": 0.3}))
    (record,) = fp.train(smooth, at_rest(epochs=1, batch_size=16), blobs[0], validation=blobs[0]).history
    assert record.training_loss == pytest.approx(record.validation_loss, rel=1e-6)


@pytest.mark.parametrize("batch_mean", MEANS)
def test_the_penalty_of_the_history_is_that_of_the_parameters(blobs, batch_mean):
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets, weights=WEIGHTS)
    model = fp.train(penalised(), at_rest(batch_size=16, batch_mean=batch_mean), data)
    price = 0.5 * sum(np.sum(model.weights[name] ** 2) for name in ("W1", "W2"))
    assert [record.penalty for record in model.history] == pytest.approx([price] * 2, rel=1e-12)
    free = fp.train(fp.multilayer(4, [8], 3, "softmax_cross_entropy"), at_rest(), data)
    assert [record.penalty for record in free.history] == [0.0, 0.0]


@pytest.mark.parametrize("batch_mean", MEANS)
def test_a_penalty_per_batch_weight_is_averaged_like_the_batches_count(blobs, batch_mean):
    """By normalisers: what the batches' objectives come to, each as heavy as its loss in the mean."""
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets, weights=WEIGHTS)
    spec = fp.NetworkSpec(
        4,
        penalised().layers,
        fp.Head("softmax_cross_entropy"),
        penalty=fp.Penalty(l2=1.0, per="batch_weight"),
    )
    model = fp.train(spec, at_rest(epochs=1, batch_size=20, shuffle=False, batch_mean=batch_mean), data)
    price = 0.5 * sum(np.sum(model.weights[name] ** 2) for name in ("W1", "W2"))
    sums = np.array([WEIGHTS[i : i + 20].sum() for i in (0, 20, 40)])
    normalisers = sums if batch_mean == "batch_weight" else np.array([20, 20, 10]) * WEIGHTS.mean()
    expected = np.sum(price / sums * normalisers) / normalisers.sum()
    assert model.history[0].penalty == pytest.approx(expected, rel=1e-12)


def test_skipped_batches_count_for_nothing(blobs):
    weights = np.ones(50)
    weights[20:30] = 0.0
    data = fp.Data(blobs[0].numbers, targets=blobs[0].targets, weights=weights)
    whole = fp.train(penalised(), at_rest(batch_size=10, shuffle=False), data)
    kept = data.rows(np.flatnonzero(weights))
    without = fp.train(penalised(), at_rest(batch_size=10, shuffle=False), kept)
    for got, wanted in zip(whole.history, without.history, strict=True):
        assert got.training_loss == pytest.approx(wanted.training_loss, rel=1e-12)
        assert got.penalty == pytest.approx(wanted.penalty, rel=1e-12)


# -- records -------------------------------------------------------------------------------------
def test_a_record_of_an_old_file_holds_both_in_one():
    plain = {
        "epoch": 1,
        "step": 4,
        "training_loss": 5.43,
        "penalty": None,
        "learning_rate": 0.1,
        "seconds": 1,
    }
    record = fp.EpochRecord.from_json(plain)
    assert record.penalty is None and record.objective == 5.43
    assert record.to_json() == plain


def test_what_is_no_record_is_refused():
    good = fp.EpochRecord(1, 4, 0.5, 0.1, 0.01, 2.0).to_json()
    for wrong in (good | {"rate": 0.1}, {k: v for k, v in good.items() if k != "epoch"}):
        with pytest.raises(fp.SpecError, match="fields of EpochRecord"):
            fp.EpochRecord.from_json(wrong)
