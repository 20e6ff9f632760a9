"""L-BFGS: the optimum of convex problems, found by others in other ways."""

import numpy as np
import pytest
from later import later

import forpass as fp

LogisticRegression = later("sklearn.linear_model", "LogisticRegression")


@pytest.fixture
def numbers():
    rng = np.random.default_rng(5)
    return rng.normal(size=(120, 5)) * [1.0, 2.0, 0.5, 1.0, 3.0]


def lbfgs(**settings):
    return fp.TrainingSpec(**{"method": "lbfgs", "epochs": 500, "dtype": "float64"} | settings)


@pytest.mark.parametrize("weighted", [False, True])
def test_ridge(numbers, weighted):
    """The optimum of 1/n sum w (x theta + b - t)^2 / 2 + l2/2 |theta|^2 is where a linear system says."""
    rng = np.random.default_rng(6)
    T = numbers @ rng.normal(size=(5, 2)) + rng.normal(size=(120, 2))
    w = rng.uniform(0.2, 2.0, 120) if weighted else np.ones(120)
    spec = fp.multilayer(5, [], 2, "squared", penalty=fp.Penalty(l2=0.3))
    model = fp.train(spec, lbfgs(), fp.Data(numbers, targets=T, weights=w if weighted else None))
    A = np.column_stack([numbers, np.ones(120)])
    system = A.T @ (w[:, None] * A) / w.sum() + 0.3 * np.diag([1.0] * 5 + [0.0])
    optimum = np.linalg.solve(system, A.T @ (w[:, None] * T) / w.sum())
    assert model.provenance.ended.reason == "converged"
    # the gradient left over is below 1e-6, and the smallest curvature is above 0.3
    np.testing.assert_allclose(model.weights["W1"], optimum[:5], atol=1e-6 / 0.3)
    np.testing.assert_allclose(model.weights["b1"], optimum[5], atol=1e-6 / 0.3)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression(numbers, classes):
    rng = np.random.default_rng(7)
    y = np.argmax(numbers @ rng.normal(size=(5, classes)) + rng.gumbel(size=(120, classes)), axis=1)
    # scikit-learn's objective is C sum l + |W|^2 / 2: a price of 1 / (C n) on a mean
    oracle = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(numbers, y)
    penalty = fp.Penalty(l2=1.0 / (0.5 * 120))
    if classes == 2:
        spec, data = (
            fp.multilayer(5, [], 1, "sigmoid_cross_entropy", penalty=penalty),
            fp.Data(numbers, targets=y * 1.0),
        )
    else:
        spec, data = (
            fp.multilayer(5, [], 3, "softmax_cross_entropy", penalty=penalty),
            fp.Data(numbers, targets=y),
        )
    model = fp.train(spec, lbfgs(), data)
    np.testing.assert_allclose(model.predict_proba(numbers), oracle.predict_proba(numbers), atol=1e-4)
    np.testing.assert_array_equal(model.predict(numbers), oracle.predict(numbers))
    # W of the two may differ by a constant over classes only where nothing is paid for it: in b
    expected = oracle.coef_.T
    np.testing.assert_allclose(model.weights["W1"], expected, atol=1e-4)


def test_the_loss_of_the_history_falls_and_ends_at_the_optimum(numbers):
    rng = np.random.default_rng(8)
    data = fp.Data(numbers, targets=numbers @ rng.normal(size=(5, 1)))
    model = fp.train(fp.multilayer(5, [], 1, "squared"), lbfgs(), data)
    losses = [record.training_loss for record in model.history]
    assert np.all(np.diff(losses) <= 0)
    assert losses[-1] < 1e-10 * losses[0]
    assert [record.step for record in model.history] == list(range(1, len(losses) + 1))


def test_it_ends_after_so_many_iterations(numbers, recorder):
    data = fp.Data(numbers, targets=np.sin(3 * numbers[:, :1]))
    spec = fp.multilayer(5, [16], 1, "squared", activation="tanh")
    for training, reason, count in (
        (lbfgs(epochs=4), "epochs", 4),
        (lbfgs(stopping=fp.StoppingSpec(max_steps=3)), "max_steps", 3),
    ):
        model = fp.train(spec, training, data)
        assert (model.provenance.ended.reason, len(model.history)) == (reason, count)
    model = fp.train(spec, lbfgs(), data, listener=recorder(last=2))
    assert (model.provenance.ended.reason, len(model.history)) == ("listener", 2)


def test_validation_and_the_best_parameters(numbers):
    rng = np.random.default_rng(9)
    data = fp.Data(numbers[:60], targets=np.sin(3 * numbers[:60, :1]) + 0.3 * rng.normal(size=(60, 1)))
    validation = fp.Data(numbers[60:], targets=np.sin(3 * numbers[60:, :1]))
    model = fp.train(fp.multilayer(5, [16], 1, "squared"), lbfgs(epochs=60), data, validation=validation)
    losses = [record.validation_loss for record in model.history]
    best = int(np.argmin(losses)) + 1
    assert model.provenance.ended.best_epoch == best < len(losses)
    again = fp.train(fp.multilayer(5, [16], 1, "squared"), lbfgs(epochs=best), data)
    assert again.fingerprint() == model.fingerprint()


def test_the_seed_of_the_order_does_not_matter(numbers):
    data = fp.Data(numbers, targets=numbers[:, :1] ** 2)
    spec = fp.multilayer(5, [4], 1, "squared")
    start = np.linspace(-0.3, 0.3, 29)
    prints = {fp.train(spec, lbfgs(epochs=20, seed=s), data, parameters=start).fingerprint() for s in (0, 1)}
    assert len(prints) == 1


@pytest.mark.parametrize(("layer", "word"), [(fp.Dropout(0.2), "dropout"), (fp.BatchNorm(), "batch_norm")])
def test_what_is_not_one_function_is_refused(numbers, layer, word):
    spec = fp.NetworkSpec(5, (fp.Dense(4), layer, fp.Dense(1)), fp.Head("squared"))
    with pytest.raises(fp.SpecError, match=f"lbfgs cannot train a network with {word}"):
        fp.train(spec, lbfgs(), fp.Data(numbers, targets=numbers[:, :1]))


def test_a_penalty_is_part_of_what_is_minimised(numbers):
    data = fp.Data(numbers, targets=numbers[:, :1])
    sizes = [
        np.abs(
            fp.train(fp.multilayer(5, [], 1, "squared", penalty=fp.Penalty(l2=l2)), lbfgs(), data).weights[
                "W1"
            ]
        ).sum()
        for l2 in (0.0, 0.1, 10.0)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_settings_say_when_it_ends(numbers):
    y = (numbers[:, 0] + numbers[:, 1] ** 2 > 0.5) * 1.0
    spec, data = fp.multilayer(5, [6], 1, "sigmoid_cross_entropy"), fp.Data(numbers, targets=y)

    def ended(**settings):
        model = fp.train(spec, lbfgs(lbfgs=fp.LBFGSSpec(**settings)), data)
        return model.provenance.ended.reason, model.provenance.ended.step

    assert ended(evaluations=8)[0] == "evaluations"
    loose, strict = ended(gradient_tolerance=1e-2), ended(gradient_tolerance=1e-4)
    assert loose[0] == strict[0] == "converged" and loose[1] < strict[1]
    looser = ended(value_tolerance=0.1)
    assert looser[0] == "converged" and looser[1] < loose[1]


def test_the_history_tells_loss_and_penalty_apart(numbers):
    """The last record is of the parameters that the model has: its loss and its penalty are known."""
    w = np.linspace(0.0, 2.0, 120)
    data = fp.Data(numbers, targets=np.sin(numbers[:, :1]), weights=w)
    spec = fp.multilayer(5, [4], 1, "squared", penalty=fp.Penalty(l2=0.1))
    model = fp.train(spec, lbfgs(epochs=7), data, validation=data)
    last = model.history[-1]
    assert last.training_loss == pytest.approx(last.validation_loss, rel=1e-12)
    price = 0.05 * sum(np.sum(model.weights[name] ** 2) for name in ("W1", "W2"))
    assert model.provenance.ended.best_epoch == 7
    assert last.penalty == pytest.approx(price, rel=1e-12)
    assert last.objective == last.training_loss + last.penalty
    assert {record.learning_rate for record in model.history} == {0.0}
    objectives = [record.objective for record in model.history]
    assert np.all(np.diff(objectives) <= 0)
