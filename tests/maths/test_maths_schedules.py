"""Schedules: where they start and end, where they rise and fall, and that arrays equal scalars."""

import numpy as np
import pytest

from forpass.maths.schedules import SCHEDULES

TOTAL = 1000
K = np.arange(TOTAL + 1)


def factors(name, k=K, total=TOTAL, **settings):
    return SCHEDULES[name].factor(k, total, *SCHEDULES.settings(name, settings).values())


# factor at k = 0 and at k = total, with the settings that stand beside
ENDS = {
    "constant": ({}, 1.0, 1.0),
    "step": ({"every": 250.0, "factor": 0.1}, 1.0, 1e-4),
    "exponential": ({"decay": 0.5 ** (1 / 1000)}, 1.0, 0.5),
    "inverse_scaling": ({"power": 1.0}, 1.0, 1.0 / 1001.0),
    "linear_warmup": ({"length": 10.0}, 0.1, 1.0),
    "cosine": ({"final": 0.25}, 1.0, 0.25),
    "flat_cosine": ({}, 1.0, 0.0),
    "warmup_cosine": ({}, 0.0, 0.0),
    "one_cycle": ({}, 0.04, 1e-4),
    "coslog4": ({}, 0.0, 0.0),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_ends(name):
    settings, first, last = ENDS[name]
    got = factors(name, **settings)
    np.testing.assert_allclose([got[0], got[-1]], [first, last], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_lie_between_0_and_1(name):
    got = factors(name)
    assert got.min() >= 0.0
    assert got.max() <= 1.0
    assert got.max() > 0.999


# turning points: [from, to, +1 rising | -1 falling | 0 flat]; strict, but for the flat
PARTS = {
    "constant": [(0, 1000, 0)],
    "step": [(0, 29, 0), (29, 30, -1), (30, 59, 0), (59, 60, -1)],
    "exponential": [(0, 1000, -1)],
    "inverse_scaling": [(0, 1000, -1)],
    "linear_warmup": [(0, 4, 1), (4, 1000, 0)],
    "cosine": [(0, 1000, -1)],
    "flat_cosine": [(0, 500, 0), (500, 1000, -1)],
    "warmup_cosine": [(0, 100, 1), (100, 1000, -1)],
    "one_cycle": [(0, 300, 1), (300, 1000, -1)],
    # log2(1 + 15 p) = 1/2, 1, 3/2 ... at p = (2^(1/2) - 1) / 15, 1/15, (2^(3/2) - 1) / 15 ...
    "coslog4": [
        *[(0, 27, 1), (28, 66, -1), (67, 121, 1), (122, 200, -1)],
        *[(200, 310, 1), (311, 466, -1), (467, 687, 1), (688, 1000, -1)],
    ],
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_rising_and_falling_parts(name):
    got = factors(name)
    for first, last, direction in PARTS[name]:
        change = np.diff(got[first : last + 1])
        assert (np.sign(change) == direction).all(), (first, last)


@pytest.mark.parametrize("name", SCHEDULES)
def test_arrays_equal_scalars(name):
    # to 4 ulp of 1: NumPy's vector cosine and its scalar one may round differently
    one_by_one = [factors(name, k) for k in range(0, TOTAL + 1, 7)]
    np.testing.assert_allclose(factors(name)[::7], one_by_one, rtol=0.0, atol=1e-15)
    np.testing.assert_allclose(factors(name, K.astype(np.float64)), factors(name), rtol=0.0, atol=0.0)


@pytest.mark.parametrize("name", SCHEDULES)
def test_needs_total(name):
    same = np.array_equal(factors(name, total=TOTAL), factors(name, total=2 * TOTAL))
    assert same is not SCHEDULES[name].needs_total


@pytest.mark.parametrize("name", [name for name in SCHEDULES if SCHEDULES[name].needs_total])
def test_total_is_only_a_scale(name):
    np.testing.assert_allclose(factors(name, K[::2]), factors(name, K[:501], 500), rtol=0.0, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in SCHEDULES if SCHEDULES[name].needs_total])
def test_beyond_the_plan_they_stay_where_they_ended(name):
    end = factors(name)[-1]
    np.testing.assert_array_equal(factors(name, np.array([1001, 1500, 10**9])), [end] * 3)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_plan_of_nothing_is_no_error(name):
    assert np.isfinite(factors(name, 0, 0))


def test_warmup_cosine_with_nothing_up_or_nothing_down():
    np.testing.assert_allclose(factors("warmup_cosine", warmup=0.0), factors("cosine"), rtol=1e-15)
    np.testing.assert_allclose(factors("warmup_cosine", warmup=1.0)[:-1], K[:-1] / TOTAL, rtol=1e-15)


def test_one_cycle_with_nothing_up_or_nothing_down():
    down = factors("one_cycle", warmup=0.0, final=0.25)
    np.testing.assert_allclose(down, factors("cosine", final=0.25), rtol=1e-15)
    up = factors("one_cycle", warmup=1.0, start=0.25)
    np.testing.assert_allclose(up[::-1], factors("cosine", final=0.25), rtol=1e-14)


def test_warmup_reaches_the_full_rate_with_its_last_count():
    got = factors("linear_warmup", length=4.0)
    assert got[:6].tolist() == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_coslog4_has_four_waves():
    got = factors("coslog4", np.arange(15 * 1024 + 1), 15 * 1024)
    peaks = np.flatnonzero((got[1:-1] > got[:-2]) & (got[1:-1] >= got[2:])) + 1
    valleys = np.flatnonzero((got[1:-1] < got[:-2]) & (got[1:-1] <= got[2:])) + 1
    assert valleys.tolist() == [1024, 3 * 1024, 7 * 1024]
    np.testing.assert_allclose(peaks / 1024, [2**0.5 - 1, 2**1.5 - 1, 2**2.5 - 1, 2**3.5 - 1], atol=2e-3)
    np.testing.assert_allclose(got[peaks], 1.0, atol=1e-6)


def test_inverse_scaling_as_scikit_learn():
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    oracle = SGDOptimizer([np.zeros(1)], 1.0, "invscaling", power_t=0.7)
    for k in (0, 1, 5, 1000):
        oracle.iteration_ends(k)
        np.testing.assert_allclose(factors("inverse_scaling", k, power=0.7), oracle.learning_rate, rtol=1e-15)


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "settings", "scheduler", "options"),
    [
        ("step", {"every": 7.0, "factor": 0.5}, "StepLR", {"step_size": 7, "gamma": 0.5}),
        ("exponential", {"decay": 0.9}, "ExponentialLR", {"gamma": 0.9}),
        ("cosine", {"final": 0.125}, "CosineAnnealingLR", {"T_max": 50, "eta_min": 0.125}),
    ],
)
def test_same_as_torch(name, settings, scheduler, options):
    torch = pytest.importorskip("torch", reason="torch is an oracle of the test extra")
    rule = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = getattr(torch.optim.lr_scheduler, scheduler)(rule, **options)
    rates = []
    for _ in range(50):
        rates.append(rule.param_groups[0]["lr"])
        rule.step()
        schedule.step()
    np.testing.assert_allclose(factors(name, np.arange(50), 50, **settings), rates, rtol=1e-12)
