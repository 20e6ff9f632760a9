"""The linear baseline is what scikit-learn's linear models are, and fair: its penalty suits the table."""

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.model import Scores
from forpass.spec.network import Head
from forpass.training import linear, linear_features
from forpass.training.linear import PENALTIES, fit_linear
from forpass.training.linear_features import Features

LogisticRegression, Ridge = later("sklearn.linear_model", "LogisticRegression", "Ridge")
csr_array = later("scipy.sparse", "csr_array")
threadpool_limits = later("threadpoolctl", "threadpool_limits")

HEADS = {1: Head("sigmoid_cross_entropy"), 4: Head("softmax_cross_entropy")}


@pytest.fixture
def exact(monkeypatch):
    """Go on to where float64 ends; usually a gradient of 3e-4 of the first is near enough."""
    monkeypatch.setattr(linear, "CONVERGED", 1e-11)


def noisy(n=300, d=6, k=4, *, dtype=np.float64, spread=50, rows=0):
    """Rows of a linear model whose features' scales lie as far apart as `spread`, and weights."""
    way, rng = np.random.default_rng(0), np.random.default_rng(rows)
    X = rng.standard_normal((n, d)) * np.geomspace(0.1, 0.1 * spread, d)
    scores = X @ way.standard_normal((d, max(k, 2))) + 2 * rng.gumbel(size=(n, max(k, 2)))
    y = scores.argmax(axis=1)
    return fp.Data(X.astype(dtype), targets=y if k > 1 else y.astype(dtype), weights=rng.uniform(0.1, 2, n))


@pytest.mark.parametrize("k", [1, 4])
def test_classes_as_logistic_regression(exact, k):
    data = noisy(k=k)
    model = fit_linear(HEADS[k], k, data)
    peer = LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(
        data.numbers, data.targets.ravel(), data.weights
    )
    P = model.scores(data).probabilities
    np.testing.assert_allclose(P, peer.predict_proba(data.numbers), atol=1e-9)


def test_values_as_ridge(exact):
    data = noisy()
    T = data.numbers[:, :2] @ np.array([[1.0, 2.0], [-3.0, 0.5]]) + data.weights[:, None]
    data = fp.Data(data.numbers, targets=T, weights=data.weights)
    model = fit_linear(Head("squared"), 2, data)
    peer = Ridge().fit(data.numbers, T, data.weights)
    np.testing.assert_allclose(model.scores(data).raw, peer.predict(data.numbers), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("k", [1, 4])
def test_usually_it_ends_near_enough(k):
    """Other rows cost what they cost at the minimum, but for a thousandth: figures show no more."""
    data, others = (noisy(3000, 20, k, dtype=np.float32, spread=1, rows=rows) for rows in (1, 2))
    peer = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    peer.fit(data.numbers.astype(float), data.targets.ravel(), data.weights)
    P = peer.predict_proba(others.numbers.astype(float))
    expected = Scores.of_predictions(HEADS[k], P if k > 1 else P[:, 1:]).loss(others.targets)
    found = fit_linear(HEADS[k], k, data).scores(others).loss(others.targets)
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("n", "d", "expected"), [(60, 400, {100.0, 1000.0}), (3000, 5, {1.0})])
def test_validation_rows_choose_the_penalty(n, d, expected):
    """Of many columns of noise a strong one is needed; where there are many rows, a weak one."""
    data = noisy(2 * n, d, 1)
    training, validation = data.rows(slice(0, n)), data.rows(slice(n, None))
    chosen, usual = fit_linear(HEADS[1], 1, training, validation), fit_linear(HEADS[1], 1, training)
    assert chosen.penalty in expected and usual.penalty == PENALTIES[-1] == 1.0
    losses = [m.scores(validation).loss(validation.targets, validation.weights) for m in (chosen, usual)]
    assert losses[0] <= losses[1] * 1.001


def test_codes_are_indicators(exact):
    data, codes = noisy(), np.random.default_rng(1).integers(0, 3, (300, 2)).astype(np.int32)
    coded = fp.Data(data.numbers, codes, data.targets, data.weights)
    ones = np.hstack([data.numbers, *(np.eye(3)[column] for column in codes.T)])
    written_out = fp.Data(ones, targets=data.targets, weights=data.weights)
    of_codes, of_ones = (fit_linear(HEADS[4], 4, d).scores(d).probabilities for d in (coded, written_out))
    np.testing.assert_allclose(of_codes, of_ones, atol=1e-9)


def test_a_code_that_no_training_row_has_adds_nothing():
    numbers, codes = np.zeros((4, 1)), np.array([[0], [0], [1], [1]], np.int32)
    model = fit_linear(Head("squared"), 1, fp.Data(numbers, codes, [1.0, 1.0, 3.0, 3.0]))
    found = model.scores(fp.Data(np.zeros((3, 1)), np.array([[0], [1], [7]], np.int32))).raw
    # within a code 2 rows of 1 above or below the mean, so that the indicator gets 2 / (2 + penalty)
    np.testing.assert_allclose(found.ravel(), [2 - 2 / 3, 2 + 2 / 3, 2.0], atol=1e-3)


def test_sparse_features(exact):
    data = noisy()
    sparse = fp.Data(csr_array(data.numbers), targets=data.targets, weights=data.weights)
    found, expected = (fit_linear(HEADS[4], 4, d).scores(d).probabilities for d in (sparse, data))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def categories(n=500, columns=3, levels=200, numbers=5):
    """Numbers, and beside them a feature for each level: a row has one of each column's."""
    rng = np.random.default_rng(0)
    level = rng.integers(0, levels, (n, columns))
    X = np.hstack([rng.standard_normal((n, numbers)), *(np.eye(levels)[of] for of in level.T)])
    return fp.Data(X, targets=(level.sum(axis=1) + X[:, 0]).astype(np.int64) % 4)


@pytest.fixture
def large(monkeypatch):
    """Any table counts as large, and is looked through in several parts."""
    monkeypatch.setattr(linear_features, "MANY", 0)
    monkeypatch.setattr(linear_features, "ROWS_LOOKED_THROUGH", 64)


def test_of_a_wide_table_only_what_is_not_0_is_multiplied(large, monkeypatch):
    data = categories()
    features = Features(data, (), often=True)
    assert features.numbers.shape == (500, 5) and features.rare.shape == (500, 600)
    assert features.numbers.size + features.rare.nnz == 500 * (5 + 3)  # of 302,500 numbers
    products = []
    times = Features.times
    monkeypatch.setattr(Features, "times", lambda self, W: products.append(self.rare) or times(self, W))
    fit_linear(HEADS[4], 4, data, data)
    few = [rare for rare in products if rare is not None]
    assert len(few) > 20 and len(products) - len(few) <= len(PENALTIES)  # those of validation rows, once each


def test_it_changes_nothing_that_is_found(exact, large, monkeypatch):
    data = categories()
    found = fit_linear(HEADS[4], 4, data).parameters
    monkeypatch.setattr(linear_features, "MANY", np.inf)
    np.testing.assert_allclose(found, fit_linear(HEADS[4], 4, data).parameters, atol=1e-8)


def test_small_tables_and_those_of_few_zeros_are_multiplied_whole(monkeypatch):
    data = categories()
    assert Features(data, (), often=True).rare is None
    monkeypatch.setattr(linear_features, "MANY", 0)
    assert Features(noisy(), (), often=True).rare is None
    assert Features(data, ()).rare is None
    monkeypatch.setattr(linear_features, "MANY", 301_000)  # 302,500 numbers, but 300,000 of rare features
    assert Features(data, (), often=True).rare is None


def test_a_weight_is_a_number_of_rows(exact):
    data = noisy(n=50)
    counts = np.random.default_rng(0).integers(1, 4, 50)
    often = data.rows(np.repeat(np.arange(50), counts))
    weighted = fp.Data(data.numbers, targets=data.targets, weights=counts)
    repeated = fp.Data(often.numbers, targets=often.targets)
    found, expected = (fit_linear(HEADS[4], 4, d).scores(data).probabilities for d in (weighted, repeated))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_bits_do_not_depend_on_threads():
    data = noisy(3000, 40, dtype=np.float32)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(fit_linear(HEADS[4], 4, data, data).parameters)
    assert found[0].tobytes() == found[1].tobytes()


@pytest.mark.parametrize("targets", [[2, 2, 2], [1.0, 1.0, 1.0]])
def test_targets_that_are_all_the_same(targets):
    head, k = (HEADS[4], 4) if isinstance(targets[0], int) else (HEADS[1], 1)
    data = fp.Data([[0.0], [1.0], [5.0]], targets=targets)
    model = fit_linear(head, k, data, data)
    assert model.scores(data).loss(data.targets) < 1e-9


def test_features_that_say_nothing():
    data = fp.Data(np.zeros((4, 2)), targets=[0.0, 1.0, 1.0, 1.0])
    P = fit_linear(HEADS[1], 1, data).scores(data).probabilities
    np.testing.assert_allclose(P[:, 1], 0.75, atol=1e-12)


def test_steps_are_counted_over_all_penalties():
    steps = []
    data = noisy()
    fit_linear(HEADS[4], 4, data, data, steps.append)
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > 20


@pytest.mark.parametrize("unclipped", [False, True])
@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("k", [1, 3])
def test_as_a_network_it_gives_the_same_scores(k, coded, unclipped):
    """To the rounding of float32 sums of some ten terms; codes that no training row had count for nothing."""
    rng = np.random.default_rng(0)
    X, codes = rng.standard_normal((200, 3)).astype(np.float32), rng.integers(0, 3, (200, 2))
    X[:, 1] = X[:, 1] > 0  # which is not unclipped
    T = rng.integers(0, k, 200) if k > 1 else rng.integers(0, 2, 200).astype(np.float32)
    data = fp.Data(X, codes if coded else None, T)
    model = fit_linear(HEADS[1] if k == 1 else HEADS[4], k, data, unclipped=unclipped)
    sizes = {"a": 5, "b": 4} if coded else {}
    groups = [fp.FeatureGroup("x", "number", 3)]
    groups += [fp.FeatureGroup(name, "code", 0, size) for name, size in sizes.items()]
    spec, parameters = model.as_network(groups)
    network = fp.TrainedModel(spec, parameters.astype(np.float32), np.empty(0, np.float32))
    others = fp.Data(X, np.column_stack([(codes[:, 0] + 1) % 5, (codes[:, 1] + 1) % 4]) if coded else None)
    np.testing.assert_allclose(network.raw_scores(others), model.scores(others).raw, rtol=1e-5, atol=1e-5)


def test_the_penalty_can_be_said():
    data = fp.Data([[-1.0], [0.0], [1.0]], targets=[1.0, 3.0, 5.0])
    assert fit_linear(Head("squared"), 1, data, penalties=[2.0]).parameters.round(6).tolist() == [
        [1.0],
        [3.0],
    ]


def test_what_is_linear_in_a_column_is_seen_so_and_what_levels_off_too(monkeypatch):
    z = np.random.default_rng(0).normal(size=2000)
    X = (z / np.sqrt(1 + (z / 3) ** 2))[:, None]
    for target, far in ((z, 3e-3), (X[:, 0], 0.0)):
        data = fp.Data(X, targets=target)
        bent, seen = (
            np.var(fit_linear(Head("squared"), 1, data, unclipped=how).scores(data).raw[:, 0] - target)
            for how in (False, True)
        )
        assert seen < 1e-4 and bent >= far  # a penalty of 1 on 2,000 rows shrinks a little
    data = fp.Data(X, targets=z)
    model = fit_linear(Head("squared"), 1, data, unclipped=True)
    assert model.unclipped == (0,) and model.parameters.shape == (3, 1)
    monkeypatch.setattr(linear, "ROWS_AT_ONCE", 300)  # long tables are not held in memory twice
    np.testing.assert_array_equal(model.scores(data).raw, model.scores(data, np.arange(2000)).raw)
    two = fp.Data(np.column_stack([z > 0, X, z > 1]), targets=z)
    assert fit_linear(Head("squared"), 1, two, unclipped=True).unclipped == (1,)
    monkeypatch.setattr(linear_features, "MOST_UNCLIPPED", 0)
    assert not fit_linear(Head("squared"), 1, data, unclipped=True).unclipped
    monkeypatch.undo()
    sparse = fp.Data(csr_array(X), targets=z)
    assert not fit_linear(Head("squared"), 1, sparse, unclipped=True).unclipped
