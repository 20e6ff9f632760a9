"""Extreme inputs against numbers that mpmath computed with 800 digits (tests/golden/make_maths_golden.py).

Errors are counted in ulps of the result, or where a reason stands, of a larger number.
"""

from typing import NamedTuple

import numpy as np
import pytest

from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.normalisation import column_moments, row_moments, standardise
from forpass.maths.optimizers import OPTIMIZERS, adam_coefficients
from forpass.maths.schedules import SCHEDULES


class Ulps(NamedTuple):
    """How many ulps, of what, and why."""

    count: float
    of: str = "the result"
    reason: str = "a few roundings, none of them amplified"


EXACT = Ulps(0, reason="nothing is rounded")
FEW = Ulps(3)
FROM_A = Ulps(
    1, "one", "1 - a is taken from the rounded a; where a is nearly 1 only the absolute error is small"
)
TAIL = Ulps(1, "(1 + z^2) times the result", "rounding z / sqrt(2) moves exp(-z^2 / 2) by z^2 ulps")
# fmt: off
ACTIVATION_ULPS = {  # value, derivative
    "step":       (EXACT, EXACT),
    "identity":   (EXACT, EXACT),
    "relu":       (EXACT, EXACT),
    "leaky_relu": (EXACT, EXACT),
    "unclipped":  (FEW, Ulps(6)),
    "sigmoid":    (FEW, FROM_A),
    "tanh":       (FEW, FROM_A),
    "elu":        (FEW, FEW),
    "selu":       (FEW, FEW),
    "softplus":   (FEW, FEW),
    "silu":       (FEW, FEW),
    "gelu":       (TAIL, TAIL),
    "mish":       (FEW, Ulps(2, "1 + |z|", "1 - t^2 is taken from a rounded t near 1 and multiplied by z")),
}
CANCELS = Ulps(3, "the larger term", "a difference of two terms is rounded as the terms are")
MIXED = Ulps(3, "one", "1 - a and a f' are added, each rounded as a number near 1")
COLUMNWISE_ULPS = {  # value, derivative, derivative by p
    "scale":           (EXACT, EXACT, EXACT),
    "shift":           (EXACT, EXACT, EXACT),
    "parametric_relu": (CANCELS, EXACT, EXACT),
    "parametric_selu": (CANCELS, MIXED, CANCELS),
    "parametric_mish": (CANCELS, Ulps(3, "1 + |z|", "as mish"), CANCELS),
}
LOSS_ULPS = {  # value, derivative
    "squared":               (FEW, EXACT),
    "absolute":              (EXACT, EXACT),
    "quantile":              (FEW, EXACT),
    "huber":                 (FEW, EXACT),
    "perceptron":            (EXACT, EXACT),
    "hinge":                 (EXACT, EXACT),
    "poisson":               (CANCELS, CANCELS),
    "sigmoid_cross_entropy": (CANCELS, FROM_A),
    "sigmoid_squared":       (FROM_A, FROM_A),
    "softmax_cross_entropy": (CANCELS, FROM_A),
}
LINK_ULPS = {  # value, derivative
    "identity":    (EXACT, EXACT),
    "exponential": (FEW, FEW),
    "logistic":    (FEW, FROM_A),
    "softmax":     (FEW, FROM_A),
}
INITIALIZER_ULPS = Ulps(4, reason="ndtri is good to about 2 ulps, the factor and the product add 1 each")
SCHEDULE_ULPS = {
    "constant":        EXACT,
    "step":            EXACT,
    "exponential":     FEW,
    "inverse_scaling": FEW,
    "linear_warmup":   FEW,
    "cosine":          Ulps(2, "one", "1 + cos is small near the end, and rounded as 1 is"),
    "flat_cosine":     Ulps(2, "one", "as cosine"),
    "warmup_cosine":   Ulps(2, "one", "as cosine"),
    "one_cycle":       Ulps(2, "one", "as cosine"),
    "coslog4":         Ulps(16, "one", "the angle runs to 8 pi = 25, whose ulp is 16 times that of 1"),
}
# fmt: on


def assert_within(got, want, ulps, point, terms):
    """Compare elementwise; `point` is where, `terms` how large the terms of the formula were."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    scale = {
        "the result": np.abs(want),
        "one": np.maximum(np.abs(want), 1.0),
        "1 + |z|": np.maximum(np.abs(want), 1.0 + np.abs(point)),
        "(1 + z^2) times the result": (1.0 + np.square(point)) * np.abs(want),
        "the larger term": np.maximum(np.abs(want), terms),
    }[ulps.of]
    # below the smallest normal number, exp(z) has few digits left, and a factor z takes some more
    subnormal = ulps.count * np.abs(point) * 5e-324
    error = np.abs(got - want)
    allowed = ulps.count * np.spacing(scale) + subnormal
    worst = np.argmax(error - allowed)
    assert (error <= allowed).all(), (
        f"{error.flat[worst]:.3g} off at {np.broadcast_to(point, want.shape).flat[worst]!r}: "
        f"got {got.flat[worst]!r}, want {want.flat[worst]!r}; allowed {ulps}"
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name, tools):
    record, golden = ACTIVATIONS[name], tools.golden["activations"][name]
    z = np.array(golden["z"])
    for_value, for_derivative = ACTIVATION_ULPS[name]
    A = record.function(z, *golden["settings"])
    assert_within(A, golden["value"], for_value, z, np.abs(z))
    got = record.vjp(np.ones_like(z), z, A, *golden["settings"])
    assert_within(got, golden["derivative"], for_derivative, z, np.abs(z))


@pytest.mark.parametrize("name", COLUMNWISE)
def test_columnwise(name, tools):
    record, golden = COLUMNWISE[name], tools.golden["columnwise"][name]
    z, p = np.array(golden["z"]), golden["p"]
    for_value, for_derivative, for_p = COLUMNWISE_ULPS[name]
    A = record.function(z, p)
    assert_within(A, golden["value"], for_value, z, np.abs(z))
    dZ, dp = record.vjp(np.ones_like(z), z, A, p)
    assert_within(dZ, golden["derivative"], for_derivative, z, np.abs(z))
    assert_within(dp, golden["by_p"], for_p, z, np.abs(z))


@pytest.mark.parametrize("name", [name for name in LOSSES if LOSSES[name].over == "elements"])
def test_losses_over_elements(name, tools):
    record, golden = LOSSES[name], tools.golden["losses"][name]
    z, t = np.array(golden["z"]), np.array(golden["t"])
    for_value, for_derivative = LOSS_ULPS[name]
    terms = np.maximum(np.abs(z), np.abs(t) * (1.0 + np.abs(z)))
    got = record.function(z, t, *golden["settings"])
    assert_within(got, golden["value"], for_value, z, terms)
    got = record.vjp(np.ones_like(z), z, t, *golden["settings"])
    assert_within(got, golden["derivative"], for_derivative, z, terms)


@pytest.mark.parametrize("smoothing", [0.25, 1.0])
def test_smoothing_gives_a_share_of_the_target_evenly_to_both_sides(smoothing, tools):
    golden = tools.golden["losses"]["sigmoid_cross_entropy"]
    z, t = np.array(golden["z"]), np.array(golden["t"])
    even = (1.0 - smoothing) * t + smoothing / 2.0  # exact: all are eighths
    record, dL = LOSSES["sigmoid_cross_entropy"], np.ones_like(z)
    np.testing.assert_array_equal(record.function(z, t, smoothing), record.function(z, even, 0.0))
    np.testing.assert_array_equal(record.vjp(dL, z, t, smoothing), record.vjp(dL, z, even, 0.0))
    # the same as for two classes of a softmax, whose scores are 0 and z
    Z, T = np.stack([np.zeros_like(z), z], axis=1), np.stack([1.0 - t, t], axis=1)
    softmax = LOSSES["softmax_cross_entropy"].function(Z, T, smoothing)[:, 0]
    np.testing.assert_allclose(record.function(z, t, smoothing), softmax, rtol=1e-14, atol=1e-15)


def test_softmax_cross_entropy(tools):
    record, golden = LOSSES["softmax_cross_entropy"], tools.golden["losses"]["softmax_cross_entropy"]
    for_value, for_derivative = LOSS_ULPS["softmax_cross_entropy"]
    cases = (golden[key] for key in ("z", "t", "smoothing", "value", "derivative"))
    for z, t, smoothing, value, derivative in zip(*cases, strict=True):
        Z, T = np.array([z]), np.array([t])
        largest = np.abs(Z).max()
        assert_within(record.function(Z, T, smoothing), [[value]], for_value, largest, largest)
        assert_within(record.vjp(np.ones((1, 1)), Z, T, smoothing), [derivative], for_derivative, Z, largest)


def test_rows_of_softmax_do_not_touch_each_other(tools):
    golden = tools.golden["losses"]["softmax_cross_entropy"]
    record = LOSSES["softmax_cross_entropy"]
    Z, T = np.array(golden["z"]), np.array(golden["t"])
    together = record.function(Z, T, 0.0)
    apart = [record.function(Z[i : i + 1], T[i : i + 1], 0.0)[0] for i in range(len(Z))]
    np.testing.assert_array_equal(together, apart)


@pytest.mark.parametrize("name", LINKS)
def test_links(name, tools):
    record, golden = LINKS[name], tools.golden["links"][name]
    z = np.array(golden["z"])
    for_value, for_derivative = LINK_ULPS[name]
    P = record.function(z)
    assert_within(P, golden["value"], for_value, z, np.abs(z))
    dP = np.ones_like(z)
    if record.rowwise:
        dP[:, 1:] = 0.0  # golden is the derivative of the first prediction of each row
    assert_within(record.vjp(dP, z, P), golden["derivative"], for_derivative, z, np.abs(z))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers(name, tools):
    golden = tools.golden["initializers"][name]
    u = np.array(golden["u"])
    got = INITIALIZERS[name].function(u, *golden["fans"], *golden["settings"])
    assert_within(got, golden["value"], INITIALIZER_ULPS, u, u)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name, tools):
    golden = tools.golden["schedules"][name]
    k = np.array(golden["k"])
    got = SCHEDULES[name].factor(k, golden["total"], *golden["settings"])
    assert_within(got, golden["value"], SCHEDULE_ULPS[name], k, k)


def test_adam_coefficients(tools):
    for case in tools.golden["adam_coefficients"]:
        got = np.array(adam_coefficients(case["t"], *case["settings"]))
        # 1 - beta2^t loses what beta2^t is rounded by: for beta2 = 0.999999 and t = 1 six digits
        np.testing.assert_allclose(got, case["value"], rtol=1e-15 / (1.0 - case["settings"][1]), atol=0.0)


def test_moments_survive_a_large_mean(tools):
    golden = tools.golden["normalisation"]
    x = np.array(golden["x"])
    for moments, X in ((column_moments, x[:, None]), (row_moments, x[None, :])):
        mean, variance = moments(X)
        assert mean.item() == golden["mean"]
        np.testing.assert_allclose(variance.item(), golden["variance"], rtol=1e-15)
        Xhat = standardise(X, mean, variance, golden["epsilon"])
        np.testing.assert_allclose(Xhat.ravel(), golden["xhat"], rtol=1e-15)


def test_everything_in_the_registries_has_golden_numbers(tools):
    registries = {"activations": ACTIVATIONS, "columnwise": COLUMNWISE, "losses": LOSSES, "links": LINKS}
    registries |= {"initializers": INITIALIZERS, "schedules": SCHEDULES}
    for kind, registry in registries.items():
        assert set(tools.golden[kind]) == set(registry)
    assert set(ACTIVATION_ULPS) == set(ACTIVATIONS)
    assert OPTIMIZERS["adam"].coefficients is OPTIMIZERS["adamw"].coefficients is adam_coefficients
