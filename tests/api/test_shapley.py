"""Shapley values against their definition, the mean over all orders, and the axioms that define them."""

import itertools
import math

import numpy as np
import pytest

from forpass.api.shapley import shapley_values

RANDOM = np.random.default_rng(11)


def game(f, x, B):
    """Return the game of x against the rows B where f is a function of rows (n, m)."""

    def ask(masks, rows):
        return f(np.where(masks, x, B[rows]))

    return ask, float(f(x[None])[0]), f(B), x != B


def values(f, x, B, *, most=10**6, error=0.0, seed=0):
    return shapley_values(*game(f, x, B), error=error, most=most, seed=seed)


def by_definition(f, x, B):
    """Put the cells of x in place of those of each background row, one after the other, in every order."""
    found = np.zeros(len(x))
    for order in itertools.permutations(range(len(x))):
        for b in B:
            row = b.copy()
            for j in order:
                before = f(row[None])[0]
                row[j] = x[j]
                found[j] += f(row[None])[0] - before
    return found / (math.factorial(len(x)) * len(B))


def curved(m, seed=3):
    """A small network of its own."""
    random = np.random.default_rng(seed)
    W, v = random.normal(size=(m, 7)), random.normal(size=7)
    return lambda X: np.tanh(X @ W) @ v


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_they_are_the_mean_over_all_orders(m):
    x, B = RANDOM.normal(size=m), RANDOM.normal(size=(4, m))
    B[1, 0] = x[0]  # a column that takes no part in one of the games
    found = values(curved(m), x, B)
    np.testing.assert_allclose(found.values, by_definition(curved(m), x, B), atol=1e-13)
    assert found.rounds == 0 and not found.standard_errors.any()


def test_of_a_linear_function_weight_times_distance_from_the_mean():
    w, x, B = RANDOM.normal(size=6), RANDOM.normal(size=6), RANDOM.normal(size=(9, 6))
    for most in (10**6, 1):
        found = values(lambda X: X @ w, x, B, most=most)
        np.testing.assert_allclose(found.values, w * (x - B.mean(axis=0)), atol=1e-13)
        np.testing.assert_allclose(found.standard_errors, 0.0, atol=1e-13)


@pytest.mark.parametrize("most", [10**6, 1])
def test_columns_that_play_the_same_part_have_the_same_and_one_that_plays_none_has_0(most):
    def f(X):
        return X[:, 0] * X[:, 1] + np.sin(X[:, 0] + X[:, 1] + X[:, 3])

    x, B = np.array([2.0, 2.0, 5.0, 1.0]), np.array([[0.5, 0.5, 1.0, 3.0], [1.0, 1.0, 2.0, 1.0]])
    found = values(f, x, B, most=most).values
    assert found[2] == 0.0 and found[0] != 0.0
    if most > 1:
        assert found[0] == pytest.approx(found[1], abs=1e-14)


@pytest.mark.parametrize("most", [10**6, 1])
def test_they_add_up(most):
    f, x, B = curved(8), RANDOM.normal(size=8), RANDOM.normal(size=(5, 8))
    found = values(f, x, B, most=most)
    assert found.rounds == (0 if most > 1 else 2)
    assert found.values.sum() == pytest.approx(f(x[None])[0] - f(B).mean(), abs=1e-13)


@pytest.mark.slow
def test_standard_errors_are_as_large_as_errors():
    """Over 300 seeds the mean square of the errors is that of the standard errors, and their mean is 0.

    The ratio of the two has a standard deviation of about sqrt(2 / 300) = 0.08 where errors are normal.
    """
    f, x, B = curved(7), RANDOM.normal(size=7), RANDOM.normal(size=(6, 7))
    exact = values(f, x, B).values
    found = [values(f, x, B, most=1, seed=seed) for seed in range(300)]
    errors = np.array([one.values for one in found]) - exact
    said = np.sqrt(np.mean([one.standard_errors**2 for one in found], axis=0))
    ratio = np.sqrt((errors**2).mean(axis=0)) / said
    assert ((ratio > 0.75) & (ratio < 1.25)).all(), ratio
    assert (np.abs(errors.mean(axis=0)) < 4.0 * said / np.sqrt(300)).all()
    assert np.abs(exact).max() > 5.0 * said.max()


def test_orders_are_drawn_until_the_error_is_small_or_rows_run_out():
    f, x, B = curved(12), RANDOM.normal(size=12), RANDOM.normal(size=(5, 12))
    rough = values(f, x, B, most=8_000)
    assert rough.evaluations == rough.rounds * 5 * 2 * 11 and 8_000 - 110 < rough.evaluations <= 8_000
    wanted = 2.0 * rough.standard_errors.max()
    fine = values(f, x, B, most=8_000, error=wanted)
    assert 2 < fine.rounds < rough.rounds and fine.standard_errors.max() <= wanted
    few = values(f, x, B, most=500)
    assert few.rounds == 4 and few.evaluations == 440


def test_what_is_counted_is_what_was_asked():
    f, x, B = curved(6), RANDOM.normal(size=6), RANDOM.normal(size=(5, 6))
    B[0, :] = x
    asked = []
    ask, *others = game(f, x, B)

    def counting(masks, rows):
        asked.append(len(masks))
        return ask(masks, rows)

    for most in (10**6, 200):
        asked.clear()
        assert shapley_values(counting, *others, error=0.0, most=most, seed=0).evaluations == sum(asked)
