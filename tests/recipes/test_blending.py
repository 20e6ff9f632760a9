"""Weights of a blend, beside brute force."""

import itertools

import numpy as np
import pytest
from recipe_problems import problem

from forpass.recipes.blending import blend_weights, products_of_errors, simplex_minimum
from forpass.recipes.risk import Seen, judged


def on_a_grid(S, steps=40):
    """The least w' S w over all weights that are whole numbers of 1 / steps."""
    k = len(S)
    grid = [w for w in itertools.product(range(steps + 1), repeat=k - 1) if sum(w) <= steps]
    W = np.array([[*w, steps - sum(w)] for w in grid]) / steps
    return float(np.einsum("wi,ij,wj->w", W, S, W).min())


@pytest.mark.parametrize("seed", range(12))
def test_no_point_of_a_grid_is_better(seed):
    rng = np.random.default_rng(seed)
    R = rng.standard_normal((4, 6)) + 2 * rng.standard_normal(6)  # errors that have much in common
    S = R @ R.T / 6
    w = simplex_minimum(S)
    assert w.min() >= 0
    assert w.sum() == pytest.approx(1)
    least = on_a_grid(S)
    assert w @ S @ w <= least * (1 + 1e-6)
    assert w @ S @ w >= least - np.abs(S).max() * 3 * 0.025  # the grid is as fine as that


def test_equal_candidates_share():
    np.testing.assert_allclose(simplex_minimum(np.ones((3, 3))), np.full(3, 1 / 3), rtol=1e-6)


def test_many_candidates_are_no_harder():
    assert blend_weights(np.diag(np.arange(1.0, 21.0)), 0.0)[10:].tolist() == [0.0] * 10


def test_small_weights_are_left_out_and_the_others_anew():
    S = np.diag([1.0, 1.0, 20.0])
    assert simplex_minimum(S)[2] == pytest.approx(1 / 41, rel=1e-3)
    np.testing.assert_allclose(blend_weights(S, 0.03), [0.5, 0.5, 0.0], atol=1e-6)


def test_the_products_are_those_of_errors_out_of_fold_with_the_loss_of_all_members_on_the_diagonal():
    values = problem("values", 40)
    rng = np.random.default_rng(3)
    raws = values.truth + 0.3 * rng.standard_normal((2, 2, 40, 1))
    halves = np.arange(20), np.arange(20, 40)
    found = [
        judged(values, [Seen(rows, raw[rows]) for rows, raw in zip(halves, pair, strict=True)])
        for pair in raws
    ]
    found[1] = judged(values, [Seen(np.arange(40), raws[1][i]) for i in (0, 1)])
    S = products_of_errors(values, found)
    errors = [j.P - values.truth for j in found]
    assert S[0, 1] == S[1, 0] == pytest.approx(np.mean(errors[0] * errors[1]))
    assert np.diag(S).tolist() == pytest.approx([j.expected_loss for j in found])


def test_what_members_have_in_common_is_corrected_too():
    """Two candidates of six members, whose noise is half in common; 20,000 rows are good to some 3 %."""
    rng, n, m = np.random.default_rng(0), 20_000, 6
    values = problem("values", n)
    common, own = 0.5 * rng.standard_normal((m, n, 1)), 0.5 * rng.standard_normal((2, m, n, 1))
    wrong = 0.3 * rng.standard_normal((2, 1, n, 1))
    said = values.truth + wrong + common + own
    order = rng.permutation(n).reshape(m - 1, -1)
    parts = [*order, order[0]]
    found = [judged(values, [Seen(rows, raw[i][rows]) for i, rows in enumerate(parts)]) for raw in said]
    S = products_of_errors(values, found)
    means = [np.clip(raw, values.truth.min(), values.truth.max()).mean(axis=0) - values.truth for raw in said]
    of_all = [[float(np.mean(a * b)) for b in means] for a in means]
    np.testing.assert_allclose(S, of_all, rtol=0.1, atol=0.01)
    alone = np.mean((found[0].P - values.truth) * (found[1].P - values.truth))
    assert alone > 3 * of_all[0][1]  # what would have been taken for it
