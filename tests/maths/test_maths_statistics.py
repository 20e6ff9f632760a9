"""Statistics of values, compared with a loop in plain Python; and that no row sees its own target."""

import math

import numpy as np
import pytest

from forpass.maths.statistics import standardised, target_logits, target_means


def by_hand(v, fold, rows, prior):
    """The smoothed mean for value v over the rows that are not in a fold, as one would write it down."""
    seen = [(value, y, w) for value, f, y, w in rows if f != fold]
    weight = sum(w for _, _, w in seen)
    mean = sum(w * y for _, y, w in seen) / weight if weight else 0.0
    n = sum(w for value, _, w in seen if value == v)
    s = sum(w * y for value, y, w in seen if value == v)
    return (s + prior * mean) / (n + prior) if n + prior > 0.0 else mean


@pytest.mark.parametrize("prior", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("folds", [0, 1, 2, 10])
def test_means_are_those_of_a_loop(prior, folds, rng):
    n, K = 60, 7
    v, y, w = rng.integers(0, K - 1, n), rng.normal(size=n), rng.uniform(0.5, 2.0, n)  # nobody has the last
    fold = rng.integers(0, folds, n) if folds else np.full(n, -1)
    rows = list(zip(v.tolist(), fold.tolist(), y.tolist(), w.tolist(), strict=True))
    means, seen = target_means(v + K * (1 + fold), y, w, K, folds, prior)
    wanted = [[by_hand(value, f, rows, prior) for value in range(K)] for f in (None, *range(folds))]
    np.testing.assert_allclose(means.reshape(1 + folds, K), wanted, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(seen, means[v + K * (1 + fold)])


def test_no_row_sees_its_own_target(rng):
    """However the target of one row changes, what this row sees stays to the last bits."""
    n, K, folds = 40, 5, 4
    codes = rng.integers(0, K, n) + K * (1 + rng.integers(0, folds, n))
    y = rng.integers(0, 2, n).astype(float)
    _, seen = target_means(codes, y, np.ones(n), K, folds, 5.0)
    for i in range(n):
        other = y.copy()
        other[i] = 1.0 - y[i]
        assert target_means(codes, other, np.ones(n), K, folds, 5.0)[1][i] == seen[i]


def test_logits_are_clipped():
    found = target_logits(np.array([0.0, 1e-4, 0.25, 0.5, 1.0]))
    right = [math.log(p / (1.0 - p)) for p in (1e-3, 1e-3, 0.25, 0.5, 0.999)]
    np.testing.assert_allclose(found, right, rtol=1e-14, atol=1e-15)


def test_what_rows_see_has_mean_0_and_standard_deviation_1(rng):
    seen, w = rng.normal(3.0, 2.0, 50), rng.uniform(0.5, 2.0, 50)
    z = standardised(seen, seen, w)
    assert np.average(z, weights=w) == pytest.approx(0.0, abs=1e-14)
    assert np.average(z**2, weights=w) == pytest.approx(1.0)
    assert standardised(np.array([2.0, 5.0]), np.full(3, 2.0), np.ones(3)).tolist() == [0.0, 3.0]
