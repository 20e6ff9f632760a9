"""float32 in, float32 out; float64 in, float64 out; and no function writes into its arguments."""

import numpy as np
import pytest

from forpass.maths import (
    affine,
    clipping,
    cycles,
    dropout,
    embeddings,
    initializers,
    intervals,
    links,
    normalisation,
    penalties,
    periodic,
    philox,
    piecewise,
    scaling,
    schedules,
    units,
)
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS

TYPES = [np.float32, np.float64]
X = np.array([[0.5, -1.5, 2.0], [-0.25, 0.75, -3.0]])
T = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
WORDS = np.array([[1, 2**31, 2**32 - 1], [7, 2**30, 0]], dtype=np.uint32)
CODES = np.array([1, 1])
ROW, COLUMN, VECTOR = X[:1], X[:, :1], X[0]
HALF = 0.5

# function, arguments as float64 arrays (cast to the type under test), scalars, integers (left alone)
ARRAYS = [
    (affine.linear, (X, X.T)),
    (affine.linear_vjp, (X @ X.T, X, X.T)),
    (affine.affine, (X, X.T, X[:, 0])),
    (affine.affine_vjp, (X @ X.T, X, X.T)),
    (affine.scaled, (X, HALF)),
    (affine.scaled_vjp, (X, HALF)),
    (clipping.clip_value, (X, HALF)),
    (clipping.clip_norm_factor, (np.abs(X), HALF)),
    *((place, (X,)) for place in cycles.PLACES.values()),
    (cycles.circle, (X,)),
    (dropout.dropout, (X, WORDS, 2**31, HALF)),
    (dropout.dropout_vjp, (X, WORDS, 2**31, HALF)),
    (embeddings.embed, (X, CODES)),
    (embeddings.embed_vjp, (X, CODES, 2)),
    (intervals.sigma, (X, ROW, ROW * ROW, -ROW * ROW, ROW * ROW)),
    (intervals.around, (X, VECTOR, HALF)),
    (links.softmax_jacobian, (T,)),
    (normalisation.column_moments, (X,)),
    (normalisation.row_moments, (X,)),
    (normalisation.standardise, (X, ROW, ROW * ROW, HALF)),
    (normalisation.scale_shift, (X, VECTOR, VECTOR)),
    (normalisation.batch_norm_vjp, (X, X, ROW * ROW, VECTOR, HALF)),
    (normalisation.layer_norm_vjp, (X, X, COLUMN * COLUMN, VECTOR, HALF)),
    (normalisation.running, (ROW, VECTOR, HALF)),
    (periodic.angle, (X, ROW, ROW)),
    (periodic.angle_vjp, (X, X, ROW)),
    (periodic.waves, (X,)),
    (periodic.waves_vjp, (X, X, X, X)),
    (piecewise.share, (X, ROW, ROW * ROW, -HALF, HALF)),
    (piecewise.share_slope, (X, ROW * ROW, -HALF, HALF)),
    (piecewise.sized, (X, COLUMN, HALF)),
    (piecewise.piecewise, (X, X.T, VECTOR, HALF)),
    (piecewise.piecewise_vjp, (X @ X.T, X, X.T, VECTOR, HALF)),
    (penalties.penalty, (X, HALF, HALF)),
    (penalties.penalty_gradient, (X, HALF, HALF)),
    (penalties.decayed, (X, HALF, HALF)),
    (scaling.smooth_clip, (X,)),
    (scaling.scaled, (X, ROW, HALF)),
    (units.standardised, (X, ROW, HALF)),
    (units.in_unit, (X, ROW, HALF)),
    (units.log_standardised, (X, ROW, HALF, ROW, HALF)),
    (units.log_in_unit, (X, ROW, HALF, ROW, HALF)),
    (units.clipped, (X, -ROW * ROW, HALF)),
]
ELEMENTWISE = [
    (affine.scaled, 2),
    (affine.scaled_vjp, 2),
    (clipping.clip_value, 2),
    (clipping.clip_norm_factor, 2),
    *((place, 1) for place in cycles.PLACES.values()),
    (cycles.circle, 1),
    (periodic.angle, 3),
    (periodic.angle_vjp, 3),
    (periodic.waves, 1),
    (periodic.waves_vjp, 4),
    (piecewise.share, 5),
    (piecewise.sized, 3),
    (normalisation.standardise, 4),
    (normalisation.scale_shift, 3),
    (normalisation.running, 3),
    (normalisation.unbiased, 2),
    (penalties.penalty, 3),
    (penalties.penalty_gradient, 3),
    (penalties.decayed, 3),
    (scaling.smooth_clip, 1),
    (scaling.scaled, 3),
    (units.logarithm, 3),
    (units.of_logarithm, 3),
    (units.log_standardised, 5),
    (units.log_in_unit, 5),
    (units.clipped, 3),
    (intervals.sigma, 5),
]


def cast(argument, dtype):
    """Bring a float array to the type, read-only, so that writing into it is an error."""
    if not isinstance(argument, np.ndarray):
        return argument
    argument = argument.astype(dtype) if argument.dtype.kind == "f" else argument.copy()
    argument.flags.writeable = False
    return argument


def assert_type(result, dtype):
    for part in result if isinstance(result, tuple) else (result,):
        assert part.dtype == dtype
        assert np.isfinite(part).all()


def assert_scalars(result, dtype):
    for part in result if isinstance(result, tuple) else (result,):
        assert type(part) is dtype  # not a 0-d array, not a Python float


def both_settings(record, dtype):
    """Return settings as Python floats and as numbers of the working type."""
    plain = [h.default for h in record.hyperparameters]
    return [plain, [dtype(value) for value in plain]]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("function", "arguments"), ARRAYS, ids=lambda p: getattr(p, "__name__", ""))
def test_arrays(function, arguments, dtype):
    assert_type(function(*(cast(a, dtype) for a in arguments)), dtype)
    of_type = (dtype(a) if isinstance(a, float) else cast(a, dtype) for a in arguments)
    assert_type(function(*of_type), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("function", "n_arguments"), ELEMENTWISE, ids=lambda p: getattr(p, "__name__", ""))
def test_scalars(function, n_arguments, dtype):
    assert_scalars(function(*[dtype(2.5)] * n_arguments), dtype)


@pytest.mark.parametrize("dtype", TYPES)
def test_dropout_of_a_scalar(dtype):
    for word in (np.uint32(0), np.uint32(2**32 - 1)):  # kept, dropped
        assert_scalars(dropout.dropout(dtype(2.0), word, 2**31, dtype(2.0)), dtype)
        assert_scalars(dropout.dropout_vjp(dtype(2.0), word, 2**31, dtype(2.0)), dtype)


@pytest.mark.parametrize("dtype", TYPES)
def test_unbiased_with_the_length_of_an_array(dtype):
    from forpass.maths import xp

    rows = cast(X, dtype)
    assert_type(normalisation.unbiased(rows, xp.column_length(rows)), dtype)
    assert type(xp.column_length(rows)) is type(xp.row_length(rows)) is dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name, dtype):
    record = ACTIVATIONS[name]
    Z = cast(X, dtype)
    for settings in both_settings(record, dtype):
        A = record.function(Z, *settings)
        A = A.copy()
        A.flags.writeable = False
        assert_type(A, dtype)
        assert_type(record.vjp(Z, Z, A, *settings), dtype)
        for z, a in zip(Z.ravel(), A.ravel(), strict=True):
            assert_scalars(record.function(z, *settings), dtype)
            assert_scalars(record.vjp(z, z, a, *settings), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", COLUMNWISE)
def test_columnwise(name, dtype):
    record = COLUMNWISE[name]
    Z, p = cast(X, dtype), [cast(VECTOR, dtype) for _ in record.trained]
    for settings in both_settings(record, dtype):
        A = record.function(Z, *p, *settings)
        A.flags.writeable = False
        assert_type(A, dtype)
        assert_type(record.vjp(Z, Z, A, *p, *settings), dtype)
        own = [dtype(0.5)] * len(p)
        assert_scalars(record.function(dtype(2.5), *own, *settings), dtype)
        assert_scalars(record.vjp(dtype(2.5), dtype(2.5), dtype(1.5), *own, *settings), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, dtype):
    record = LOSSES[name]
    Z, targets = cast(X, dtype), cast(T, dtype)
    for settings in both_settings(record, dtype):
        L = record.function(Z, targets, *settings)
        assert_type(L, dtype)
        dL = cast(np.ones(L.shape), dtype)
        assert_type(record.vjp(dL, Z, targets, *settings), dtype)
        if record.switch is not None:
            assert_type(record.switch(Z, targets, *settings), dtype)
        if record.over == "elements":
            for z, t in zip(Z.ravel(), targets.ravel(), strict=True):
                assert_scalars(record.function(z, t, *settings), dtype)
                assert_scalars(record.vjp(z, z, t, *settings), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", LINKS)
def test_links(name, dtype):
    record = LINKS[name]
    Z = cast(X, dtype)
    P = record.function(Z)
    assert_type(P, dtype)
    assert_type(record.vjp(Z, Z, P), dtype)
    assert_type(record.inverse(P), dtype)
    if not record.rowwise:
        z = dtype(0.5)
        assert_scalars(record.function(z), dtype)
        assert_scalars(record.vjp(z, z, record.function(z)), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name, dtype):
    record = OPTIMIZERS[name]
    coefficients = [dtype(c) for c in record.coefficients(3, *(h.default for h in record.hyperparameters))]
    theta, g = cast(X, dtype), cast(X.copy(), dtype)
    slots = [cast(np.abs(X), dtype) for _ in record.slots]
    result = record.step(theta, g, *slots, dtype(0.1), *coefficients)
    assert isinstance(result, tuple)
    assert len(result) == 1 + len(record.slots)
    assert_type(result, dtype)
    scalars = [dtype(0.5)] * (2 + len(record.slots))
    assert_scalars(record.step(*scalars, dtype(0.1), *coefficients), dtype)


def test_what_is_made_on_the_host_is_float64():
    U = cast(np.array([0.25, 0.5]), np.float64)
    for initializer in initializers.INITIALIZERS.values():
        assert_type(
            initializer.function(U, 3, 4, *(h.default for h in initializer.hyperparameters)), np.float64
        )
    counter = cast(np.array([0, 1, 2]), np.int64)
    for schedule in schedules.SCHEDULES.values():
        assert_type(schedule.factor(counter, 3, *(h.default for h in schedule.hyperparameters)), np.float64)
        assert isinstance(schedule.factor(1, 3, *(h.default for h in schedule.hyperparameters)), float)
    assert philox.uniforms(3, (1, 2), (3, 4, 5)).dtype == np.float64
    assert philox.words(3, (1, 2), (3, 4, 5)).dtype == np.uint32


def test_read_only_arrays_notice_a_write():
    with pytest.raises(ValueError, match="read-only"):
        cast(X, np.float64)[0] = 1.0
