"""What the compiled engine promises beside the numbers: rows alone, memory, refusals, finite numbers."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.engines import compiled, reference
from forpass.engines.compiled import products
from forpass.engines.compiled.products import tile_lines
from forpass.engines.conformance.cases import everything
from forpass.engines.conformance.running import started
from forpass.engines.protocol import fresh_state
from forpass.errors import EngineError
from forpass.maths import losses, xp
from forpass.maths.losses import LOSSES, Loss
from forpass.spec.program import lower


def model_of(n_features=6, dtype="float32", **settings):
    rng = np.random.default_rng(1)
    data = fp.Data(rng.standard_normal((300, n_features)), targets=rng.integers(0, 3, 300))
    spec = fp.multilayer(n_features, [19, 40], 3, "softmax_cross_entropy", activation="gelu", **settings)
    return fp.train(spec, fp.TrainingSpec(epochs=2, dtype=dtype), data), data


# -- predicting ------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_row_alone_has_the_scores_it_has_in_any_company(dtype):
    model, _ = model_of(dtype=dtype)
    X = np.random.default_rng(2).standard_normal((1000, 6)).astype(dtype)
    together = model.raw_scores(X)
    for rows in (slice(0, 1), slice(999, 1000), slice(3, 20), slice(250, 620), slice(None, None, -1)):
        assert model.raw_scores(X[rows]).tobytes() == together[rows].tobytes()


def test_scores_do_not_depend_on_how_rows_lie():
    model, _ = model_of()
    X = np.random.default_rng(2).standard_normal((50, 6)).astype(np.float32)
    right = model.raw_scores(X)
    wide = np.zeros((50, 9), np.float32)
    wide[:, 2:8] = X
    for same in (np.asfortranarray(X), X.astype(np.float64), wide[:, 2:8], scipy.sparse.csr_array(X)):
        assert model.raw_scores(same).tobytes() == right.tobytes()


def test_duplicates_in_a_sparse_matrix_add_up():
    model, _ = model_of()
    twice = scipy.sparse.csr_array(([1.0, 2.0, 3.0], [0, 0, 4], [0, 3]), shape=(1, 6))
    assert np.array_equal(model.raw_scores(twice), model.raw_scores(twice.toarray()))


def test_predicting_many_rows_takes_bounded_memory():
    model, _ = model_of()
    X = np.random.default_rng(2).standard_normal((200_000, 6)).astype(np.float32)
    model.raw_scores(X[:5000])
    tracemalloc.start()
    scores = model.raw_scores(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < scores.nbytes + 8 * len(X) + 1_000_000  # the scores, a number a row, and one block


def test_a_model_whose_numbers_are_changed_predicts_with_the_new_ones():
    model, data = model_of()
    before = model.raw_scores(data)
    model.parameters[...] = 0.0
    assert not np.array_equal(model.raw_scores(data), before)
    assert not model.raw_scores(data).any()


# -- memory of training ----------------------------------------------------------------------------
def test_training_does_not_copy_the_examples():
    X = np.random.default_rng(0).standard_normal((100_000, 50)).astype(np.float32)
    data = fp.Data(X, targets=X[:, :1].copy())
    spec = fp.multilayer(50, [8], 1, "squared")
    training = fp.TrainingSpec(epochs=1, batch_size=100)
    fp.train(spec, training, fp.Data(X[:200], targets=X[:200, :1]))
    tracemalloc.start()
    fp.train(spec, training, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 4


def test_a_memory_mapped_table_trains_like_one_in_memory(tmp_path):
    X = np.random.default_rng(0).standard_normal((500, 7)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    found = []
    for numbers in (X, mapped):
        data = fp.Data(numbers, targets=X[:, 0].copy())
        found.append(fp.train(fp.multilayer(7, [5], 1, "squared"), fp.TrainingSpec(epochs=2), data))
    assert np.shares_memory(fp.Data(mapped).numbers, mapped)
    assert found[0].fingerprint() == found[1].fingerprint()


# -- refusals --------------------------------------------------------------------------------------
def stubborn(Z, T):
    """A loss that decides by a value, which a formula may not."""
    return Z - T if (Z - T).max() > 0 else T - Z


def reshaping(Z, T):
    """A loss that uses what only NumPy has."""
    return xp.log(xp.matmul(Z, T))


@pytest.mark.parametrize(("formula", "reason"), [(stubborn, "max"), (reshaping, "matmul")])
def test_a_formula_that_cannot_be_compiled_is_refused_with_the_engine_that_can(formula, reason, monkeypatch):
    own = Loss("own", formula, losses.squared_vjp, "", "elements", "identity", "real")
    monkeypatch.setitem(LOSSES._records, "own", own)
    data = fp.Data(np.ones((4, 2)), targets=np.ones(4))
    training = fp.TrainingSpec(epochs=1)
    with pytest.raises(
        EngineError,
        match=rf"the loss of {formula.__name__}, squared_vjp cannot be compiled.*{reason}.*engine=.numpy.",
    ):
        fp.train(fp.multilayer(2, [], 1, "own"), training, data)


def test_an_engine_without_examples_only_predicts():
    program = lower(everything().program.spec)
    case = everything()
    state = compiled.export_state(started(compiled, case, "float32"))
    with pytest.raises(fp.DataError, match="started without examples"):
        compiled.value_and_gradient(compiled.start(program, state), np.arange(3))


# -- products --------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_widths_around_lines_and_tiles(dtype):
    # every remainder of rows and lines by every tile, against the reference
    tolerance = {"float32": 2e-5, "float64": 1e-13}[dtype]
    for n in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33):
        for d_in, d_out in ((1, 1), (3, 7), (8, 8), (9, 15), (16, 16), (17, 31), (5, 47), (2, 49), (31, 97)):
            rng = np.random.default_rng(n)
            spec = fp.multilayer(d_in, [d_out], 2, "squared", activation="tanh")
            data = fp.Data(rng.standard_normal((n, d_in)).astype(dtype), targets=rng.standard_normal((n, 2)))
            program, training = lower(spec), fp.TrainingSpec(dtype=dtype)
            state, rows = fresh_state(program, training), np.arange(n)[::-1].copy()
            got = compiled.value_and_gradient(compiled.start(program, state, data, training), rows)
            right = reference.value_and_gradient(reference.start(program, state, data, training), rows)
            assert got[0] == pytest.approx(right[0], rel=tolerance)
            assert np.max(np.abs(got[1] - right[1])) <= tolerance * max(1.0, np.max(np.abs(right[1])))


def test_the_shape_of_tiles_changes_no_bit(monkeypatch):
    # as on a processor with half as many registers
    model, _ = model_of()
    widths = {1, 2, 3} - {tile_lines()}
    for width in widths:
        monkeypatch.setattr(products, "tile_lines", lambda width=width: width)
        assert model_of()[0].fingerprint() == model.fingerprint()
