"""Dropout, normalisation, penalties and embeddings: what they are for, beside their derivatives."""

import numpy as np
import pytest

from forpass.maths.dropout import dropout, dropout_vjp, keep_threshold
from forpass.maths.embeddings import embed, embed_vjp
from forpass.maths.normalisation import (
    batch_norm_vjp,
    column_moments,
    layer_norm_vjp,
    row_moments,
    running,
    scale_shift,
    standardise,
    unbiased,
)
from forpass.maths.penalties import decayed, penalty, penalty_gradient
from forpass.maths.philox import words


# -- dropout -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rate", "threshold"),
    [(0.0, 2**32 - 1), (0.25, 3 * 2**30), (0.5, 2**31), (0.75, 2**30), (1.0, 0), (1e-12, 2**32 - 1)],
)
def test_keep_threshold(rate, threshold):
    assert keep_threshold(rate) == threshold
    assert type(keep_threshold(rate)) is int


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_the_rate_and_keeps_the_mean(rate):
    n = 100_000
    A = np.full(n, 3.0)
    got = dropout(A, words(n, (5, 5), (0, 0, 0)), keep_threshold(rate), 1.0 / (1.0 - rate))
    dropped = np.mean(got == 0.0)
    assert abs(dropped - rate) < 5.0 * np.sqrt(rate * (1.0 - rate) / n)
    np.testing.assert_array_equal(got[got != 0.0], 3.0 * (1.0 / (1.0 - rate)))
    assert abs(got.mean() - 3.0) < 5.0 * 3.0 * np.sqrt(rate / (1.0 - rate) / n)


def test_dropout_at_the_threshold():
    threshold = keep_threshold(0.5)
    word = np.array([0, threshold - 1, threshold, 2**32 - 1], dtype=np.uint32)
    np.testing.assert_array_equal(dropout(np.ones(4), word, threshold, 2.0), [2.0, 2.0, 0.0, 0.0])
    np.testing.assert_array_equal(dropout_vjp(np.ones(4), word, threshold, 2.0), [2.0, 2.0, 0.0, 0.0])


def test_dropout_masks_do_not_depend_on_the_float_type(rng):
    word = rng.integers(0, 2**32, size=1000, dtype=np.uint32)
    masks = [dropout(np.ones(1000, dtype), word, keep_threshold(0.3), 1.0) != 0 for dtype in ("f4", "f8")]
    np.testing.assert_array_equal(*masks)


def test_dropout_removes_what_is_not_finite():
    # a dropped infinity is 0, not infinity times 0
    word = np.array([2**32 - 1], dtype=np.uint32)
    assert dropout(np.array([np.inf]), word, 2**31, 2.0) == 0.0


# -- normalisation -------------------------------------------------------------------------------
def test_moments(rng):
    X = rng.normal(5.0, 3.0, (50, 4))
    for moments, axis in ((column_moments, 0), (row_moments, 1)):
        mean, variance = moments(X)
        np.testing.assert_allclose(mean, X.mean(axis=axis, keepdims=True), rtol=1e-13)
        np.testing.assert_allclose(variance, X.var(axis=axis, keepdims=True), rtol=1e-13)


@pytest.mark.parametrize(("moments", "axis"), [(column_moments, 0), (row_moments, 1)])
def test_standardised_numbers_have_mean_0_and_variance_1(moments, axis, rng):
    X = rng.normal(5.0, 3.0, (50, 40))
    Xhat = standardise(X, *moments(X), 0.0)
    np.testing.assert_allclose(Xhat.mean(axis=axis), 0.0, atol=1e-14)
    np.testing.assert_allclose(Xhat.var(axis=axis), 1.0, rtol=1e-13)


def test_a_constant_column_becomes_zero():
    X = np.full((4, 2), 7.0)
    np.testing.assert_array_equal(standardise(X, *column_moments(X), 1e-5), 0.0)


def test_scale_and_shift_undo_standardising(rng):
    X = rng.normal(5.0, 3.0, (50, 4))
    mean, variance = column_moments(X)
    np.testing.assert_allclose(scale_shift(standardise(X, mean, variance, 0.0), np.sqrt(variance), mean), X)


@pytest.mark.parametrize("vjp", [batch_norm_vjp, layer_norm_vjp])
def test_shifting_or_stretching_the_input_changes_nothing(vjp, rng):
    # hence the derivative has no part along a constant or, without epsilon, along the input itself
    X = rng.normal(size=(8, 6))
    axis, moments = (0, column_moments) if vjp is batch_norm_vjp else (1, row_moments)
    mean, variance = moments(X)
    Xhat = standardise(X, mean, variance, 0.0)
    dX, _, _ = vjp(rng.normal(size=X.shape), Xhat, variance, rng.normal(size=6), 0.0)
    np.testing.assert_allclose(dX.sum(axis=axis), 0.0, atol=1e-13)
    np.testing.assert_allclose((dX * Xhat).sum(axis=axis), 0.0, atol=1e-13)


@pytest.mark.oracle
@pytest.mark.parametrize("layer", ["BatchNorm1d", "LayerNorm"])
def test_normalisation_as_torch(layer, rng):
    torch = pytest.importorskip("torch", reason="torch is an oracle of the test extra")
    X, dY = rng.normal(2.0, 3.0, (9, 5)), rng.normal(size=(9, 5))
    gamma, beta = rng.normal(size=5), rng.normal(size=5)
    oracle = getattr(torch.nn, layer)(5, eps=0.01, dtype=torch.float64)
    oracle.weight.data, oracle.bias.data = torch.tensor(gamma), torch.tensor(beta)
    x = torch.tensor(X, requires_grad=True)
    y = oracle(x)
    y.backward(torch.tensor(dY))
    moments, vjp = (
        (column_moments, batch_norm_vjp) if layer == "BatchNorm1d" else (row_moments, layer_norm_vjp)
    )
    mean, variance = moments(X)
    Xhat = standardise(X, mean, variance, 0.01)
    np.testing.assert_allclose(scale_shift(Xhat, gamma, beta), y.detach().numpy(), rtol=1e-11, atol=1e-13)
    dX, dgamma, dbeta = vjp(dY, Xhat, variance, gamma, 0.01)
    np.testing.assert_allclose(dX, x.grad.numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dgamma[0], oracle.weight.grad.numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dbeta[0], oracle.bias.grad.numpy(), rtol=1e-11, atol=1e-13)
    if layer == "BatchNorm1d":
        kept = running(np.ones((1, 5)), unbiased(variance, 9.0), 0.1)
        np.testing.assert_allclose(kept[0], oracle.running_var.numpy(), rtol=1e-12)
        kept = running(np.zeros((1, 5)), mean, 0.1)
        np.testing.assert_allclose(kept[0], oracle.running_mean.numpy(), rtol=1e-12)


def test_running_average():
    assert running(8.0, 4.0, 0.25) == 7.0
    assert running(8.0, 4.0, 0.0) == 8.0
    assert running(8.0, 4.0, 1.0) == 4.0


def test_unbiased(rng):
    X = rng.normal(size=(7, 3))
    _, variance = column_moments(X)
    np.testing.assert_allclose(unbiased(variance, 7.0)[0], X.var(axis=0, ddof=1), rtol=1e-14)
    _, variance = column_moments(X[:1])
    np.testing.assert_array_equal(unbiased(variance, 1.0), np.zeros((1, 3)))


# -- penalties -----------------------------------------------------------------------------------
def test_penalty_by_hand():
    w = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(penalty(w, 0.5, 0.0), [1.0, 0.0, 1.5])
    np.testing.assert_array_equal(penalty(w, 0.0, 0.5), [1.0, 0.0, 2.25])
    np.testing.assert_array_equal(penalty_gradient(w, 0.5, 0.25), [-1.0, 0.0, 1.25])


def test_decay_shrinks():
    assert decayed(8.0, 0.5, 0.25) == 7.0
    assert decayed(-8.0, 0.5, 0.25) == -7.0
    assert decayed(8.0, 0.5, 0.0) == 8.0


def test_small_decays_are_kept_in_float32(rng):
    # 1 - 8.5 2^-24 has no float32: as a factor it would be 1 - 8 2^-24, 6 % too little for every
    # parameter; here each parameter is rounded by itself, and most of that evens out
    theta = rng.uniform(1.0, 2.0, 100_000).astype(np.float32)
    new = decayed(theta, np.float32(8.5 * 2.0**-14), np.float32(2.0**-10))
    assert new.dtype == np.float32
    shrunk = np.sum(theta.astype(float) - new.astype(float)) / np.sum(theta.astype(float))
    assert shrunk == pytest.approx(8.5 * 2.0**-24, rel=0.01)


# -- embeddings ----------------------------------------------------------------------------------
def test_embedding_is_the_product_with_a_one_hot_matrix(rng):
    E, dY = rng.normal(size=(5, 3)), rng.normal(size=(8, 3))
    codes = rng.integers(0, 4, 8)  # code 4 does not occur
    one_hot = np.eye(5)[codes]
    np.testing.assert_array_equal(embed(E, codes), one_hot @ E)
    np.testing.assert_allclose(embed_vjp(dY, codes, 5), one_hot.T @ dY, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(embed_vjp(dY, codes, 5)[4], 0.0)


def test_repeated_codes_are_added_in_row_order():
    # in any other order the small numbers would survive
    dY = np.array([[1.0], [1e16], [-1e16], [1.0]])
    assert embed_vjp(dY, np.zeros(4, dtype=np.int32), 1).tolist() == [[1.0]]


def test_the_looked_up_rows_are_a_copy(rng):
    E = rng.normal(size=(5, 3))
    Y = embed(E, np.arange(5))
    Y[:] = 0.0
    assert E.all()


def test_a_code_beyond_the_matrix_is_an_error(rng):
    with pytest.raises(IndexError):
        embed(rng.normal(size=(5, 3)), np.array([5]))
