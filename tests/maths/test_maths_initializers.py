"""Initialisers: mean, spread, bounds, and which of the two fans they look at."""

import math

import numpy as np
import pytest

from forpass.maths.initializers import INITIALIZERS
from forpass.maths.philox import uniforms

N = 200_000
U = uniforms(N, (2024, 1), (0, 0, 0))
FAN_IN, FAN_OUT = 30, 70
# standard deviation, largest possible value and the fans that matter, worked out on paper for fans 30 and 70
EXPECTED = {
    "zeros": (0.0, 0.0, ""),
    "constant": (0.0, 0.0, ""),
    "uniform": (0.1 / math.sqrt(12.0), 0.05, ""),
    "random_sign": (1.0, 1.0, ""),
    "normal": (0.05, math.inf, ""),
    "uniform_fan_in": (1.0 / math.sqrt(90.0), 1.0 / math.sqrt(30.0), "in"),
    "lecun_uniform": (1.0 / math.sqrt(30.0), math.sqrt(0.1), "in"),
    "lecun_normal": (1.0 / math.sqrt(30.0), math.inf, "in"),
    "he_uniform": (1.0 / math.sqrt(15.0), math.sqrt(0.2), "in"),
    "he_normal": (1.0 / math.sqrt(15.0), math.inf, "in"),
    "glorot_uniform": (math.sqrt(0.02), math.sqrt(0.06), "in out"),
    "glorot_normal": (math.sqrt(0.02), math.inf, "in out"),
    "unit_variance": (1.0, math.inf, ""),
    "through_rows": (0.0, 0.0, ""),
}


def values(name, u=U, fan_in=FAN_IN, fan_out=FAN_OUT, **settings):
    settings = INITIALIZERS.settings(name, settings)
    return INITIALIZERS[name].function(u, fan_in, fan_out, *settings.values())


@pytest.mark.parametrize("name", INITIALIZERS)
def test_mean_and_spread(name):
    std, _, _ = EXPECTED[name]
    got = values(name)
    # five standard errors: of a mean std / sqrt(n), of a standard deviation at most std / sqrt(2 n)
    assert abs(got.mean()) <= 5.0 * std / math.sqrt(N)
    assert abs(got.std() - std) <= 5.0 * std / math.sqrt(2.0 * N)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_bounds(name):
    _, bound, _ = EXPECTED[name]
    got = np.abs(values(name)).max()
    assert got <= bound
    if 0.0 < bound < math.inf:
        assert got > 0.999 * bound


@pytest.mark.parametrize("name", INITIALIZERS)
def test_extreme_uniforms_give_finite_numbers(name):
    ends = values(name, np.array([2.0**-53, 1.0 - 2.0**-53]))
    assert np.isfinite(ends).all()
    np.testing.assert_array_equal(ends[0], -ends[1])


@pytest.mark.parametrize("name", INITIALIZERS)
def test_which_fans_matter(name):
    _, _, fans = EXPECTED[name]
    base = values(name)
    assert np.array_equal(base, values(name, fan_in=31)) is ("in" not in fans.split())
    assert np.array_equal(base, values(name, fan_out=71)) is ("out" not in fans.split())


@pytest.mark.parametrize("name", INITIALIZERS)
def test_elementwise_in_any_shape(name):
    table = values(name, U[:60].reshape(3, 20))
    assert table.shape == (3, 20)
    np.testing.assert_allclose(table.ravel(), [values(name, u) for u in U[:60]], rtol=1e-15)


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if EXPECTED[name][0]])
def test_larger_uniforms_give_larger_values(name):
    rises = np.diff(values(name, np.sort(U[:1000])))
    assert (rises >= 0).all()
    assert np.count_nonzero(rises) == (1 if name == "random_sign" else 999)


def test_settings():
    assert set(values("constant", value=1.5)) == {1.5}
    got = values("uniform", low=2.0, high=4.0)
    assert 2.0 < got.min() < 2.001
    assert 3.999 < got.max() < 4.0
    np.testing.assert_allclose(values("normal", std=2.0), 40.0 * values("normal"), rtol=1e-14)


def test_normal_numbers_are_normal():
    import scipy.stats

    assert scipy.stats.kstest(values("normal", std=1.0), "norm").pvalue > 0.01


# -- those that look at rows ---------------------------------------------------------------------------


def test_unit_variance_is_that_of_each_unit_over_the_rows():
    rng = np.random.default_rng(4)
    X, W = rng.normal(size=(500, 3)) * [0.1, 5.0, 1.0] + 7.0, rng.normal(size=(3, 4))
    adjusted, Z = INITIALIZERS["unit_variance"].adjust(W, X @ W, np.empty((0, 4)))
    np.testing.assert_allclose(Z, X @ adjusted, rtol=1e-12)
    np.testing.assert_allclose(np.std(X @ adjusted, axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(adjusted / W, np.broadcast_to(adjusted[0] / W[0], (3, 4)), rtol=1e-12)


def test_a_unit_that_is_the_same_for_all_rows_keeps_its_weights():
    W = np.array([[1.0, -3.0], [2.0, 5.0]])
    Z = np.column_stack([np.full(6, 0.25), np.arange(6.0)])
    adjusted, _ = INITIALIZERS["unit_variance"].adjust(W, Z, np.empty((0, 2)))
    assert np.isfinite(adjusted).all()
    np.testing.assert_array_equal(adjusted[:, 0], W[:, 0])
    assert not np.array_equal(adjusted[:, 1], W[:, 1])


@pytest.mark.parametrize("constant", [0.1, -2.7, 1e6 + 0.3])
def test_rounding_is_no_variance(constant):
    """The mean of equal numbers may differ from them in its last digit."""
    W, Z = np.array([[1.0, -3.0]]), np.full((7, 2), constant)
    np.testing.assert_array_equal(INITIALIZERS["unit_variance"].adjust(W, Z, np.empty((0, 2)))[0], W)
    Z[:, 1] *= 1.0 + 1e-6 * np.arange(7)  # a small variance is one
    adjusted, _ = INITIALIZERS["unit_variance"].adjust(W, Z, np.empty((0, 2)))
    np.testing.assert_allclose(adjusted[0], [1.0, -3.0 / (2e-6 * abs(constant))], rtol=1e-3)


def test_through_rows_mixes_five_rows_of_each_unit():
    record = INITIALIZERS["through_rows"]
    Z = np.array([[10.0, -1.0], [20.0, -2.0], [30.0, -4.0], [40.0, -8.0]])
    # worked out on paper: u = 1/e gives the exponential 1, and all five weights are 1/5
    U = np.vstack([[[0.1, 0.9]] * 2, [[0.3, 0.9]] * 3, np.full((5, 2), np.exp(-1.0))])
    got, moved = record.adjust(np.zeros(2), Z, U)
    np.testing.assert_array_equal(moved, Z + got)
    np.testing.assert_allclose(got, [-(2 * 10.0 + 3 * 20.0) / 5, 8.0], rtol=1e-14)
    uneven = U.copy()
    uneven[5:, 0] = np.exp([-4.0, -1.0, -1.0, -1.0, -1.0])  # weights 4/8, 1/8, ...
    got, _ = record.adjust(np.zeros(2), Z, uneven)
    np.testing.assert_allclose(got[0], -(5 * 10.0 + 3 * 20.0) / 8, rtol=1e-14)


def test_through_rows_stays_among_the_rows_and_reaches_all_of_them():
    rng = np.random.default_rng(5)
    Z = rng.normal(size=(40, 2000)) * 3.0 + 1.0
    U = uniforms(10 * 2000, (7, 7), (0, 0, 0)).reshape(10, 2000)
    b, _ = INITIALIZERS["through_rows"].adjust(np.zeros(2000), Z, U)
    assert ((Z + b).min(axis=0) < 0.0).all() and ((Z + b).max(axis=0) > 0.0).all()
    # a mixture has the mean of the rows, and their variance times E sum w^2, which is 2 / 6 for a flat choice
    assert abs(b.mean() + 1.0) < 5.0 * 3.0 / np.sqrt(3.0 * 2000)
    assert abs(b.std() / (3.0 / np.sqrt(3.0)) - 1.0) < 0.1


def test_extreme_uniforms_adjust_to_finite_numbers():
    ends = np.array([2.0**-53, 1.0 - 2.0**-53])
    U = np.array([[a, b] for a in ends for b in ends] * 3)[:10]
    b, Z = INITIALIZERS["through_rows"].adjust(np.zeros(2), np.ones((3, 2)), U)
    assert np.isfinite(b).all() and np.isfinite(Z).all()


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "initializer", "options"),
    [
        ("glorot_uniform", "xavier_uniform_", {}),
        ("glorot_normal", "xavier_normal_", {}),
        ("he_uniform", "kaiming_uniform_", {"nonlinearity": "relu"}),
        ("he_normal", "kaiming_normal_", {"nonlinearity": "relu"}),
        ("uniform_fan_in", "kaiming_uniform_", {"a": math.sqrt(5.0)}),
    ],
)
def test_spread_as_torch(name, initializer, options):
    torch = pytest.importorskip("torch", reason="torch is an oracle of the test extra")
    torch.manual_seed(1)
    weight = torch.empty(700, 300)  # torch keeps weights as (fan_out, fan_in)
    getattr(torch.nn.init, initializer)(weight, **options)
    spread = values(name, fan_in=300, fan_out=700).std()
    # two estimates from 200 000 numbers or more: together five standard errors are 1 in 100
    assert abs(spread / weight.std().item() - 1.0) < 0.01


@pytest.mark.parametrize("name", INITIALIZERS)
def test_random_says_whether_uniform_numbers_matter(name):
    function, settings = INITIALIZERS[name].function, INITIALIZERS.settings(name, {}).values()
    found = [function(np.full(3, u), 4.0, 5.0, *settings) for u in (0.5, 0.25)]
    assert np.array_equal(*found) is not INITIALIZERS[name].random
