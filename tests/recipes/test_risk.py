"""The corrected loss: by hand, by brute force, and what it says of means of many networks."""

import numpy as np
import pytest
from later import later
from recipe_problems import problem

from forpass import Data, FeatureGroup, Head
from forpass.recipes import Problem
from forpass.recipes.risk import Seen, bounds_of, judged, predictions, sharpness_of

minimize_scalar = later("scipy.optimize", "minimize_scalar")
expit = later("scipy.special", "expit")


def line(targets, **more):
    T = np.asarray(targets, float)
    return Problem(
        Data(np.zeros((len(T), 1)), targets=T), [FeatureGroup("x", "number", 1)], Head("squared"), 1, **more
    )


def seen(rows, raw):
    return Seen(np.array(rows), np.array(raw, float)[:, None])


def test_by_hand():
    """Rows 0 and 1 have two predictions, row 2 one; member predictions lie within the training range."""
    found = judged(
        line([0.0, 4.0, 2.0]), [seen([0, 1], [1.0, 3.0]), seen([0], [2.0]), seen([1, 2], [4.0, 2.0])]
    )
    assert found.P.ravel().tolist() == [1.5, 3.5, 2.0]
    assert found.counts.tolist() == [2, 2, 1]
    assert found.loss == pytest.approx((1.5**2 + 0.5**2 + 0.0) / 3)
    assert found.variance == pytest.approx((0.5 + 0.5) / 2)  # of 1 and 2, and of 3 and 4
    # two rows hold half the variance of one prediction, one row all of it; users get the mean of three
    assert found.expected_loss == pytest.approx(found.loss - 0.5 * (0.5 + 0.5 + 1.0) / 3 + 0.5 / 3)


def test_weights_count_in_every_mean():
    """A row of weight 2 is two rows of weight 1."""
    once = [seen([0, 1, 2], [1.0, 3.0, 0.0]), seen([0, 1], [2.0, 4.0])]
    twice = [seen([0, 1, 2, 3], [1.0, 3.0, 0.0, 3.0]), seen([0, 1, 3], [2.0, 4.0, 4.0])]
    weighed = judged(line([0.0, 4.0, 2.0], weights=np.array([1.0, 2.0, 1.0])), once)
    doubled = judged(line([0.0, 4.0, 2.0, 4.0]), twice)
    for name in ("loss", "variance", "expected_loss"):
        assert getattr(weighed, name) == pytest.approx(getattr(doubled, name))


def test_nobody_is_asked_twice_no_variance():
    found = judged(line([0.0, 1.0]), [seen([0], [1.0]), seen([1], [1.0])])
    assert (found.variance, found.expected_loss) == (0.0, found.loss) == (0.0, 0.5)


def test_rows_that_nobody_left_out_do_not_count():
    found = judged(line([0.0, 1.0, 100.0]), [seen([0], [1.0]), seen([1], [1.0])])
    assert found.loss == 0.5


def test_it_is_the_loss_of_the_mean_of_all_members():
    """Members are the truth and noise of their own: 20,000 rows, so the means are good to some 2 %."""
    rng, n, m = np.random.default_rng(0), 20_000, 6
    T, noise = rng.standard_normal(n), 0.5
    members = T + 0.3 + noise * rng.standard_normal((m, n))  # all of them wrong by 0.3, too
    T = np.append(T, [-9.0, 9.0])  # so that nothing is clipped
    rows = rng.permutation(n).reshape(m - 1, -1)
    parts = [seen(own, members[i][own]) for i, own in enumerate(rows)]
    parts.append(seen(rows[0], members[m - 1][rows[0]]))  # one more part again
    found = judged(line(T), parts)
    of_all = np.mean((members.mean(axis=0) - T[:n]) ** 2)
    assert found.expected_loss == pytest.approx(of_all, rel=0.03)
    assert of_all == pytest.approx(0.3**2 + noise**2 / m, rel=0.03)


def test_values_are_clipped_to_what_was_learnt():
    chosen = line([0.0, 1.0])
    assert predictions(chosen, np.array([[-3.0], [0.5], [7.0]]), 1.0, bounds_of(chosen)).tolist() == [
        [0.0],
        [0.5],
        [1.0],
    ]


def test_probabilities_are_sharpened_as_scipy_finds_it():
    two = problem("two", 200)
    Z = np.random.default_rng(1).standard_normal((200, 1)) + 2 * two.truth - 1
    found = sharpness_of(two, [Seen(np.arange(120), Z[:120]), Seen(np.arange(120, 200), Z[120:])])

    T = (200 * two.truth + 0.5) / 201  # and one row more, of which nothing is known

    def cost(factor):
        P = expit(factor * Z)
        return -np.mean(T * np.log(P) + (1 - T) * np.log1p(-P))

    assert found == pytest.approx(minimize_scalar(cost, bounds=(0.1, 4), method="bounded").x, abs=1e-3)
    np.testing.assert_allclose(predictions(two, Z, found, None), expit(found * Z), rtol=1e-12)
