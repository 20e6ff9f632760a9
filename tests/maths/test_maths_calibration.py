"""Calibration, beside brute force and a numerical derivative."""

import numpy as np
import pytest
from later import later

from forpass.maths.calibration import calibrated_scores, fit_matrix, fit_scale

log_softmax = later("scipy.special", "log_softmax")


def drawn(n=4000, k=3, seed=0):
    """Scores, and classes drawn by the probabilities of twice these."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, k))
    P = np.exp(log_softmax(2.0 * Z, axis=1))
    y = (P.cumsum(axis=1) > rng.uniform(size=(n, 1))).argmax(axis=1)
    return Z, np.eye(k)[y]


def doubted(T, weights, classes):
    """Targets as if there were one row more, dealt out to all classes."""
    n = weights.sum() ** 2 / (weights**2).sum()
    return (n * T + 1.0 / classes) / (n + 1.0)


def test_the_scale_is_found_that_was_there():
    """The log-loss of 4,000 draws is flat within some 5 % of the truth."""
    Z, T = drawn()
    assert fit_scale(Z, T, np.ones(len(Z)), softmax=True) == pytest.approx(2.0, rel=0.06)


def test_no_scale_near_it_is_better():
    Z, T = drawn(300)
    weights = np.random.default_rng(1).uniform(0.1, 2.0, 300)
    found, T = fit_scale(Z, T, weights, softmax=True), doubted(T, weights, 3)

    def cost(scale):
        return float(np.average(-np.sum(T * log_softmax(scale * Z, axis=1), axis=1), weights=weights))

    assert cost(found) <= min(cost(found * 0.99), cost(found * 1.01))


def test_the_matrix_mends_what_is_confused():
    """Scores with two columns exchanged: a matrix can exchange them back, and bias and scale cannot."""
    Z, T = drawn()
    wrong, weights = Z[:, [1, 0, 2]], np.ones(len(Z))
    scale, b, M = fit_matrix(wrong, T, weights, 1e-6)

    def cost(S):
        return float(np.mean(-np.sum(T * log_softmax(S, axis=1), axis=1)))

    assert cost(calibrated_scores(wrong, scale, b, M)) == pytest.approx(cost(2.0 * Z), rel=0.01)
    assert cost(calibrated_scores(wrong, scale, b, M)) < 0.7 * cost(wrong)


def test_it_is_a_minimum_of_what_is_said():
    Z, T = drawn(200)
    weights, price = np.random.default_rng(1).uniform(0.1, 2.0, 200), 0.01
    scale, b, M = fit_matrix(Z, T, weights, price)
    T = doubted(T, weights, 3)

    def cost(scale, b, M):
        losses = -np.sum(T * log_softmax(calibrated_scores(Z, scale, b, M), axis=1), axis=1)
        return np.average(losses, weights=weights) + price * (np.sum(b**2) + np.sum(M**2))

    best = cost(scale, b, M)
    rng = np.random.default_rng(2)
    for _ in range(50):
        step = 1e-2 * rng.standard_normal(13)
        # it ends where a step gains less than 1e-6 of the loss
        assert best <= cost(scale * np.exp(step[0]), b + step[1:4], M + step[4:].reshape(3, 3)) + 5e-6


def test_where_it_begins_changes_nothing():
    Z, T = drawn(300)
    near = fit_matrix(Z[:250], T[:250], np.ones(250), 0.01)
    cold, warm = (fit_matrix(Z, T, np.ones(300), 0.01, start) for start in (None, near))
    for one, other in zip(cold, warm, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-2)  # where the loss is as flat as that


def test_a_high_price_leaves_the_scale_alone():
    Z, T = drawn(300)
    scale, b, M = fit_matrix(Z, T, np.ones(300), 100.0)
    assert np.abs(b).max() < 1e-2
    assert np.abs(M).max() < 1e-2
    assert scale == pytest.approx(fit_scale(Z, T, np.ones(300), softmax=True), rel=0.02)


@pytest.mark.parametrize(
    ("factor", "softmax"), [(1.0, True), (30.0, True), (0.01, True), (2.0, False), (0.01, False)]
)
def test_the_scale_is_where_the_loss_is_least(factor, softmax):
    """Beside a search over scales, of which 4,000 lie between the ends."""
    rng = np.random.default_rng(3)
    Z, weights = factor * rng.normal(size=(200, 3)), rng.random(200)
    T = np.eye(3)[rng.integers(0, 3, 200)]
    T[:80] = np.eye(3)[np.argmax(Z[:80], axis=1)]
    scales, told = np.exp(np.linspace(-2.5, 1.5, 4001)), T
    T = doubted(T, weights, 3 if softmax else 2)

    def loss(scale):
        S = scale * Z
        log_p = S - np.log(np.exp(S).sum(axis=1, keepdims=True)) if softmax else -np.log1p(np.exp(-S))
        rest = 0.0 if softmax else (1.0 - T) * -np.log1p(np.exp(S))
        return -np.average(np.sum(T * log_p + rest, axis=1), weights=weights)

    best = scales[np.argmin([loss(scale) for scale in scales])]
    assert fit_scale(Z, told, weights, softmax=softmax) == pytest.approx(best, rel=2e-3)
    assert fit_scale(0.0 * Z, told, weights, softmax=softmax) == 1.0


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("heavy", [1.0, 1e12])
def test_nobody_is_surer_than_so_many_rows_can_tell(softmax, heavy):
    """Where nothing but one class was seen, the other may come all the same: once in n + 1 rows or so."""
    n, weights = 50, np.ones(50)
    weights[0] = heavy
    rows = n if heavy == 1.0 else 1
    Z, T = (np.full((n, 1), -3.0), np.zeros((n, 1)))
    if softmax:
        Z, T = np.hstack([np.zeros_like(Z), Z]), np.hstack([1.0 - T, T])
    scale = fit_scale(Z, T, weights, softmax=softmax)
    assert 1.0 / (1.0 + np.exp(3.0 * scale)) == pytest.approx(0.5 / (rows + 1), rel=1e-3)


def test_a_scale_at_an_end_is_found_at_once(monkeypatch):
    """Scores that tell nothing: the least scale is best, and each look at it costs as much as all rows."""
    from forpass.maths import calibration

    looks = []
    monkeypatch.setattr(
        calibration, "softmax_of", lambda Z: looks.append(1) or np.exp(log_softmax(Z, axis=1))
    )
    rng = np.random.default_rng(0)
    Z, T = rng.normal(size=(100, 40)), np.eye(40)[rng.integers(0, 40, 100)]
    T[:, 0] = 0.0
    Z[:, 0] = 5.0
    assert fit_scale(Z, T, np.ones(100), softmax=True) == pytest.approx(np.exp(-2.5))
    assert len(looks) <= 3
