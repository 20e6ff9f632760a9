"""Every derivative of every registry against a numerical one, and each function's promise what it reads."""

import numpy as np
import pytest

from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, affine_vjp, linear, linear_vjp
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.dropout import dropout, dropout_vjp, keep_threshold
from forpass.maths.embeddings import embed, embed_vjp
from forpass.maths.links import LINKS, softmax, softmax_jacobian
from forpass.maths.losses import LOSSES
from forpass.maths.normalisation import (
    batch_norm_vjp,
    column_moments,
    layer_norm_vjp,
    row_moments,
    scale_shift,
    standardise,
)
from forpass.maths.penalties import penalty, penalty_gradient
from forpass.maths.periodic import angle, angle_vjp, waves, waves_vjp
from forpass.maths.piecewise import piecewise, piecewise_vjp, share, share_slope


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_derivative(name, tools, rng):
    record = ACTIVATIONS[name]
    Z = tools.on_grid(rng.uniform(-6.0, 6.0, 400))
    for kink in record.kinks:
        Z = Z[np.abs(Z - kink) > 3 * tools.step]
    assert Z.size > 350
    dA = rng.normal(size=Z.shape)
    for settings in tools.settings_to_try(record):
        numerical = dA * tools.five_point(lambda X: record.function(X, *settings), Z)  # noqa: B023 - used at once
        A = record.function(Z, *settings)
        tools.assert_derivative(record.vjp(dA, Z, A, *settings), numerical)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_has_its_kinks_and_no_others(name, tools):
    # one-sided slopes differ at a kink, and nowhere else on a grid that contains every kink
    record = ACTIVATIONS[name]
    settings = [h.default if h.default != 1.0 else 1.5 for h in record.hyperparameters]
    Z = np.linspace(-4.0, 4.0, 65)
    h = 2.0**-20
    right = (record.function(Z + h, *settings) - record.function(Z, *settings)) / h
    left = (record.function(Z, *settings) - record.function(Z - h, *settings)) / h
    assert tuple(Z[np.abs(right - left) > 1e-4]) == record.kinks


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_vjp_reads_only_what_it_says(name, tools, rng):
    record = ACTIVATIONS[name]
    settings = [h.default for h in record.hyperparameters]
    Z = rng.uniform(-4.0, 4.0, 50)
    A = record.function(Z, *settings)
    dA = rng.normal(size=50)
    hidden = np.full(50, np.nan)
    expected = record.vjp(dA, Z, A, *settings)
    assert np.isfinite(expected).all()
    got = record.vjp(
        dA, Z if "Z" in record.reads else hidden, A if "A" in record.reads else hidden, *settings
    )
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", COLUMNWISE)
def test_columnwise_derivatives(name, tools, rng):
    record = COLUMNWISE[name]
    Z = tools.on_grid(rng.uniform(-4.0, 4.0, (40, 5)))
    for kink in record.kinks:
        Z = np.where(np.abs(Z - kink) > 3 * tools.step, Z, kink + 1.0)
    p = [tools.on_grid(rng.uniform(0.5, 1.5, 5)) for _ in record.trained]
    dA = rng.normal(size=Z.shape)
    for settings in tools.settings_to_try(record):
        A = record.function(Z, *p, *settings)
        dZ, *dp = record.vjp(dA, Z, A, *p, *settings)
        numerical = dA * tools.five_point(lambda X: record.function(X, *p, *settings), Z)  # noqa: B023
        tools.assert_derivative(dZ, numerical)
        assert len(dp) == len(p)
        for k, d in enumerate(dp):
            assert d.shape == Z.shape

            def along(q, k=k, settings=settings):
                return record.function(Z, *p[:k], q, *p[k + 1 :], *settings)

            tools.assert_derivative(d, dA * tools.five_point(along, p[k]))


@pytest.mark.parametrize("name", COLUMNWISE)
def test_columnwise_function_has_its_kinks_and_no_others(name):
    record = COLUMNWISE[name]
    own = [0.75] * len(record.trained) + [h.default for h in record.hyperparameters]
    Z = np.linspace(-4.0, 4.0, 65)
    h = 2.0**-20
    right = (record.function(Z + h, *own) - record.function(Z, *own)) / h
    left = (record.function(Z, *own) - record.function(Z - h, *own)) / h
    assert tuple(Z[np.abs(right - left) > 1e-4]) == record.kinks


@pytest.mark.parametrize("name", COLUMNWISE)
def test_columnwise_vjp_reads_only_what_it_says(name, rng):
    record = COLUMNWISE[name]
    own = [0.75] * len(record.trained) + [h.default for h in record.hyperparameters]
    Z = rng.uniform(-4.0, 4.0, 50)
    A, dA, hidden = record.function(Z, *own), rng.normal(size=50), np.full(50, np.nan)
    expected = record.vjp(dA, Z, A, *own)
    assert np.isfinite(expected).all()
    got = record.vjp(dA, Z if "Z" in record.reads else hidden, A if "A" in record.reads else hidden, *own)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", [name for name in COLUMNWISE if name.startswith("parametric_")])
def test_parametric_activations_go_from_nothing_to_all_of_it(name, rng):
    Z, f = rng.normal(size=100), ACTIVATIONS[name.removeprefix("parametric_")]
    np.testing.assert_array_equal(COLUMNWISE[name].function(Z, 0.0), Z)
    # z + (f - z) is rounded as z is
    np.testing.assert_allclose(COLUMNWISE[name].function(Z, 1.0), f.function(Z), rtol=0, atol=1e-15)


def targets_for(kind, rng, shape):
    if kind == "real":
        return rng.normal(size=shape)
    if kind == "count":
        return rng.poisson(2.0, size=shape).astype(float)
    if kind == "label":
        return rng.integers(0, 2, size=shape).astype(float)
    if kind == "probability":
        return np.where(rng.random(shape) < 0.5, rng.random(shape), rng.integers(0, 2, size=shape))
    assert kind == "class"
    probabilities = rng.dirichlet(np.ones(shape[1]), size=shape[0])
    one_hot = np.eye(shape[1])[rng.integers(0, shape[1], size=shape[0])]
    return np.where(rng.random((shape[0], 1)) < 0.5, probabilities, one_hot)


@pytest.mark.parametrize("name", LOSSES)
def test_loss_derivative(name, tools, rng):
    record = LOSSES[name]
    Z = tools.on_grid(rng.normal(0.0, 2.0, (50, 3)))
    T = tools.on_grid(targets_for(record.targets, rng, Z.shape))
    for settings in tools.settings_to_try(record):
        L = record.function(Z, T, *settings)
        assert L.shape == ((50, 1) if record.over == "rows" else (50, 3))
        dL = rng.normal(size=L.shape)
        numerical = tools.numerical_vjp(lambda X: record.function(X, T, *settings), Z, dL)  # noqa: B023
        smooth = np.ones(Z.shape, dtype=bool)
        if record.switch is not None:
            ends = [record.switch(Z + t, T, *settings) for t in (-3 * tools.step, 3 * tools.step)]
            smooth = ends[0] * ends[1] > 0
        assert smooth.mean() > 0.9
        got = record.vjp(dL, Z, T, *settings)
        tools.assert_derivative(got[smooth], numerical[smooth])


@pytest.mark.parametrize("name", LOSSES)
def test_loss_takes_one_weight_an_example(name, rng):
    # dL (n, 1) stands for the same number in every column
    record = LOSSES[name]
    settings = [h.default for h in record.hyperparameters]
    Z = rng.normal(size=(7, 3))
    T = targets_for(record.targets, rng, Z.shape)
    dL = rng.random((7, 1))
    wide = np.repeat(dL, record.function(Z, T, *settings).shape[1], axis=1)
    np.testing.assert_array_equal(record.vjp(dL, Z, T, *settings), record.vjp(wide, Z, T, *settings))


@pytest.mark.parametrize("name", [name for name in LOSSES if LOSSES[name].switch is not None])
def test_loss_switch_finds_the_kink(name, rng):
    # without the entries that the switch names, the derivative has no jump; with them it has
    record = LOSSES[name]
    settings = [h.default for h in record.hyperparameters]
    Z = np.linspace(-3.0, 3.0, 6001)
    T = np.ones_like(Z) if record.targets == "label" else np.full_like(Z, 0.25)
    dZ = record.vjp(np.ones_like(Z), Z, T, *settings)
    second = np.abs(np.diff(np.diff(dZ)))
    signs = np.sign(record.switch(Z, T, *settings))
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    jumps = np.flatnonzero(second > 1e-6)
    assert jumps.size
    assert np.abs(jumps[:, None] - changes).min(axis=1).max() <= 2


@pytest.mark.parametrize("name", LINKS)
def test_link_derivative(name, tools, rng):
    record = LINKS[name]
    Z = tools.on_grid(rng.normal(0.0, 2.0, (20, 4)))
    P = record.function(Z)
    dP = rng.normal(size=P.shape)
    tools.assert_derivative(record.vjp(dP, Z, P), tools.numerical_vjp(record.function, Z, dP))


@pytest.mark.parametrize("name", LINKS)
def test_link_inverse(name, rng):
    """Where z = inverse(p), p = link(z); z itself comes back but for what a softmax does not see."""
    record = LINKS[name]
    Z = rng.normal(0.0, 3.0, (20, 4))
    back = record.inverse(record.function(Z))
    if record.rowwise:
        back += (Z - back)[:, :1]
    np.testing.assert_allclose(back, Z, rtol=1e-12, atol=1e-12)


def test_softmax_jacobian(tools, rng):
    Z = tools.on_grid(rng.normal(0.0, 2.0, (5, 4)))
    J = softmax_jacobian(softmax(Z))
    assert J.shape == (5, 4, 4)
    for i in range(4):
        cotangent = np.zeros((5, 4))
        cotangent[:, i] = 1.0
        tools.assert_derivative(J[:, i, :], tools.numerical_vjp(softmax, Z, cotangent))


def test_affine_derivatives(tools, rng):
    X, W, b = (tools.on_grid(rng.normal(size=shape)) for shape in ((5, 3), (3, 2), (2,)))
    dZ = rng.normal(size=(5, 2))
    dX, dW, db = affine_vjp(dZ, X, W)
    assert db.shape == (1, 2)
    tools.assert_derivative(dX, tools.numerical_vjp(lambda X: affine(X, W, b), X, dZ))
    tools.assert_derivative(dW, tools.numerical_vjp(lambda W: affine(X, W, b), W, dZ))
    tools.assert_derivative(db[0], tools.numerical_vjp(lambda b: affine(X, W, b), b, dZ))
    dX, dW = linear_vjp(dZ, X, W)
    tools.assert_derivative(dX, tools.numerical_vjp(lambda X: linear(X, W), X, dZ))
    tools.assert_derivative(dW, tools.numerical_vjp(lambda W: linear(X, W), W, dZ))


@pytest.mark.parametrize(
    ("moments", "vjp"), [(column_moments, batch_norm_vjp), (row_moments, layer_norm_vjp)]
)
@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
@pytest.mark.parametrize("shape", [(7, 3), (2, 5)])
def test_normalisation_derivatives(moments, vjp, epsilon, shape, tools, rng):
    X, gamma, beta = (tools.on_grid(rng.normal(1.0, 2.0, s)) for s in (shape, shape[1:], shape[1:]))
    dY = rng.normal(size=shape)

    def normalise(X, gamma, beta):
        mean, variance = moments(X)
        return scale_shift(standardise(X, mean, variance, epsilon), gamma, beta)

    mean, variance = moments(X)
    dX, dgamma, dbeta = vjp(dY, standardise(X, mean, variance, epsilon), variance, gamma, epsilon)
    assert (dX.shape, dgamma.shape, dbeta.shape) == (shape, (1, shape[1]), (1, shape[1]))
    tools.assert_derivative(dX, tools.numerical_vjp(lambda X: normalise(X, gamma, beta), X, dY))
    tools.assert_derivative(dgamma[0], tools.numerical_vjp(lambda g: normalise(X, g, beta), gamma, dY))
    tools.assert_derivative(dbeta[0], tools.numerical_vjp(lambda b: normalise(X, gamma, b), beta, dY))


def test_dropout_derivative(tools, rng):
    A = tools.on_grid(rng.normal(size=(6, 5)))
    words = rng.integers(0, 2**32, size=A.shape, dtype=np.uint32)
    threshold = keep_threshold(0.4)
    dA_out = rng.normal(size=A.shape)
    got = dropout_vjp(dA_out, words, threshold, 1.0 / 0.6)
    assert 0 < np.count_nonzero(got) < got.size
    tools.assert_derivative(
        got, tools.numerical_vjp(lambda A: dropout(A, words, threshold, 1.0 / 0.6), A, dA_out)
    )


def test_embedding_derivative(tools, rng):
    E = tools.on_grid(rng.normal(size=(5, 3)))
    codes = np.array([3, 0, 3, 3, 1, 0])
    dY = rng.normal(size=(6, 3))
    got = embed_vjp(dY, codes, 5)
    assert got.shape == E.shape
    tools.assert_derivative(got, tools.numerical_vjp(lambda E: embed(E, codes), E, dY))


def test_waves_derivatives(tools, rng):
    x, w, b, du = (tools.on_grid(rng.normal(size=(6, 4))) for _ in range(4))
    dx, dw = angle_vjp(du, x, w)
    tools.assert_derivative(dx, du * tools.five_point(lambda x: angle(x, w, b), x))
    tools.assert_derivative(dw, du * tools.five_point(lambda w: angle(x, w, b), w))
    dcos, dsin = rng.normal(size=(2, 6, 4))

    def both(u):
        return dcos * waves(u)[0] + dsin * waves(u)[1]

    tools.assert_derivative(waves_vjp(dcos, dsin, *waves(x)), tools.five_point(both, x))


def test_piecewise_derivatives(tools, rng):
    Q, V, s = (tools.on_grid(rng.normal(size=shape)) for shape in ((5, 4), (4, 3), (4,)))
    dZ, m = rng.normal(size=(5, 3)), 0.5
    dQ, dV, ds = piecewise_vjp(dZ, Q, V, s, m)
    assert ds.shape == (4, 1)
    tools.assert_derivative(dQ, tools.numerical_vjp(lambda Q: piecewise(Q, V, s, m), Q, dZ))
    tools.assert_derivative(dV, tools.numerical_vjp(lambda V: piecewise(Q, V, s, m), V, dZ))
    tools.assert_derivative(ds[:, 0], tools.numerical_vjp(lambda s: piecewise(Q, V, s, m), s, dZ))


def test_share_has_a_slope_within_its_bounds(tools):
    x, bin_ = np.array([-4.0, -1.5, 0.5, 2.0, 4.0]), (0.0, 2.0, -1.0, 1.5)
    slope = share_slope(share(x, *bin_), *bin_[1:])
    assert slope.tolist() == [0.0, 0.5, 0.5, 0.5, 0.0]
    tools.assert_derivative(slope, tools.five_point(lambda x: share(x, *bin_), x))


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
def test_penalty_derivative(l1, l2, tools, rng):
    w = tools.on_grid(rng.normal(size=100))
    w = w[np.abs(w) > 3 * tools.step]
    tools.assert_derivative(penalty_gradient(w, l1, l2), tools.five_point(lambda w: penalty(w, l1, l2), w))


def test_penalty_gradient_is_zero_at_zero():
    assert penalty_gradient(0.0, 1.0, 1.0) == 0.0
