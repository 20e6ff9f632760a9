"""The mean of predictions as a raw score: what it predicts, and that a row does not depend on other rows."""

import numpy as np
import pytest

from forpass.maths.links import LINKS
from forpass.maths.means import MEANS, mean_score


def scores_of(link, members, rows=50):
    rng = np.random.default_rng(members)
    weights = rng.random(members) + 0.1
    return rng.normal(size=(members, rows, 3 if link == "softmax" else 1)), weights / weights.sum()


@pytest.mark.parametrize("link", LINKS)
def test_it_predicts_the_mean_of_what_members_predict(link):
    Z, weights = scores_of(link, 5)
    predicted = np.array([LINKS[link].function(z) for z in Z])
    found = LINKS[link].function(mean_score(link, Z, weights))
    np.testing.assert_allclose(found, np.tensordot(weights, predicted, 1), rtol=1e-14)


@pytest.mark.parametrize("members", [2, 9, 24, 130])
@pytest.mark.parametrize("link", LINKS)
def test_a_row_has_the_bits_that_it_has_among_others(link, members):
    Z, weights = scores_of(link, members)
    alone = [mean_score(link, Z[:, row : row + 1], weights) for row in range(Z.shape[1])]
    assert np.array_equal(np.concatenate(alone), mean_score(link, Z, weights))


@pytest.mark.parametrize("link", ["logistic", "softmax", "exponential"])
def test_what_rounds_to_nothing_is_not_lost(link):
    Z = np.array([[[-800.0, 0.0, 800.0]], [[-802.0, 0.0, 802.0]]])
    found = mean_score(link, Z, [0.5, 0.5])
    assert np.isfinite(found).all()
    low = (
        np.logaddexp(-800.0, -802.0) - np.log(2.0)
        if link != "softmax"
        else np.logaddexp(-1600.0, -1604.0) - np.log(2.0)
    )
    np.testing.assert_allclose(found[0, 0], low, rtol=1e-14)


def test_every_link_has_its_mean():
    assert set(MEANS) == set(LINKS)
