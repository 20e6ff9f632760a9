"""What the compiled engine promises beside the numbers: rows alone, memory, refusals, finite numbers."""

import gc
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.engines import compiled, reference
from forpass.engines.compiled.kernels import products
from forpass.engines.compiled.program import workplace
from forpass.engines.compiled.program.executable import Executable
from forpass.engines.conformance.cases import everything
from forpass.engines.conformance.running import started
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.errors import EngineError
from forpass.maths import losses, xp
from forpass.maths.activations import ACTIVATIONS, Activation
from forpass.maths.columnwise import COLUMNWISE, Columnwise, Trained
from forpass.maths.losses import LOSSES, Loss
from forpass.spec.program import lower


def model_of(n_features=6, dtype="float32", **settings):
    rng = np.random.default_rng(1)
    data = fp.Data(rng.standard_normal((300, n_features)), targets=rng.integers(0, 3, 300))
    spec = fp.multilayer(n_features, [19, 40], 3, "softmax_cross_entropy", activation="gelu", **settings)
    return fp.train(spec, fp.TrainingSpec(epochs=2, dtype=dtype), data), data


def test_the_map_names_every_folder_and_module():
    package = Path(compiled.__file__).parent
    # files of operations are named by their opcodes
    modules = {path.stem for path in package.rglob("[!_]*.py") if path.parent.name != "operations"}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    named = set(re.findall(r"`(\w+)`", compiled.__doc__))
    assert len(folders) == 5
    assert not (modules | folders) - named


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


def test_sparse_matrices_are_read_however_their_parts_lie():
    model, _ = model_of()
    rng = np.random.default_rng(0)
    X = scipy.sparse.csr_array(rng.random((60, 6)) * (rng.random((60, 6)) < 0.4))
    right = model.raw_scores(X)
    apart = np.zeros(2 * X.nnz)
    apart[::2] = X.data
    wide = X.indices.astype(np.int64)
    forms = [
        scipy.sparse.csr_array((apart[::2], X.indices, X.indptr), shape=X.shape),
        scipy.sparse.csr_array((X.data[::-1].copy()[::-1], X.indices, X.indptr), shape=X.shape),
        scipy.sparse.csr_array((X.data.astype(">f8"), X.indices, X.indptr), shape=X.shape),
    ]
    for name, part in (
        ("indices", wide),
        ("indptr", X.indptr.astype(np.int64)),
        ("indices", X.indices.astype(">i4")),
        ("indices", np.repeat(X.indices, 2)[::2]),
        ("indptr", np.repeat(X.indptr, 2)[::2]),
    ):
        form = X.copy()
        setattr(form, name, part)
        forms.append(form)
    for form in forms:
        assert model.raw_scores(form).tobytes() == right.tobytes()


@pytest.mark.parametrize("column", [6, 10**9, -1])
def test_a_column_that_is_not_there_is_refused(column):
    X = scipy.sparse.csr_array(np.eye(6))
    X.indices[3] = column
    with pytest.raises(fp.DataError, match="indices are wrong"):
        fp.Data(X)


def alive(kind):
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def test_many_layouts_of_examples_leave_little_behind():
    model, _ = model_of()
    X = np.random.default_rng(0).standard_normal((100, 6))
    gc.collect()
    before = alive(Executable)
    for n in range(1, 60):
        model.raw_scores(np.asfortranarray(X[:n]))
    assert 1 <= alive(Executable) - before <= 8


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


def several(Z):
    """What a comparison gives may be counted with, compared again, and chosen by."""
    inside = (Z > -1.0) & (Z < 1.0)
    return (Z == 0.25) * 3.0 + (Z != 0.25) * Z + 2.0 * inside + xp.where((Z > 2.0) | (Z < -2.0), 1.0, 0.0)


def several_vjp(dA, Z, A):
    """Its derivative almost everywhere."""
    return dA * (Z != 0.25)


def remainder(Z):
    """What NumPy and processors round differently."""
    return Z % 1.0


def twice_true(Z):
    """In NumPy an or."""
    return xp.where((Z > 0.0) + (Z > 1.0), 1.0, -1.0)


def with_lambda(Z):
    """A function within a formula is not bound."""
    positive = lambda z: xp.where(z > 0.0, z, xp.exp(z))  # noqa: E731
    return positive(Z)


def with_default(Z, slope=0.1):
    """The engine is not told the slope: settings are."""
    return xp.where(Z > 0.0, Z, slope * Z)


def activation_of(function, vjp, reads="Z"):
    return Activation("own", function, vjp, "", reads, (), "")


def test_what_comparisons_give_can_be_counted_with(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS._records, "own", activation_of(several, several_vjp))
    data = fp.Data([[0.25], [-0.5], [3.0], [-7.0], [1.0]], targets=np.ones(5))
    spec = fp.NetworkSpec(1, (fp.Dense(1), fp.Activation("own"), fp.Dense(1)), fp.Head("squared"))
    found = [
        fp.train(
            spec,
            fp.TrainingSpec(epochs=2, dtype="float64"),
            data,
            parameters={"W1": [[1.0]], "b1": [0.0], "W2": [[1.0]], "b2": [0.0]},
            engine=engine,
        ).history
        for engine in ("compiled", "numpy")
    ]
    for a, b in zip(*found, strict=True):
        assert a.training_loss == pytest.approx(b.training_loss, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (remainder, "whole numbers"),
        (twice_true, "use & and |"),
        (with_lambda, "xp"),
        (max, "plain function"),
        (with_default, "with_default carries values of its own .* as settings"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_activation_that_cannot_be_compiled_is_refused(formula, reason, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS._records, "own", activation_of(formula, several_vjp))
    spec = fp.NetworkSpec(2, (fp.Dense(3), fp.Activation("own"), fp.Dense(1)), fp.Head("squared"))
    with pytest.raises(EngineError, match=rf"cannot be compiled.*{reason}.*engine=.numpy."):
        fp.train(spec, fp.TrainingSpec(epochs=1), fp.Data(np.ones((4, 2)), targets=np.ones(4)))


def root(Z):
    """An activation whose derivative at 0 is infinite."""
    return xp.sign(Z) * xp.sqrt(xp.absolute(Z))


def root_vjp(dA, Z, A):
    """Without padding nobody is at 0."""
    return dA * 0.5 / xp.absolute(A)


@pytest.mark.parametrize("width", [1, 7, 15, 16, 17])
def test_an_infinite_derivative_in_the_padding_is_not_divergence(width, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS._records, "own", activation_of(root, root_vjp, "A"))
    rng = np.random.default_rng(0)
    data = fp.Data(rng.standard_normal((64, 4)), targets=rng.standard_normal(64))
    spec = fp.multilayer(4, [width], 1, "squared", activation="own")
    training = fp.TrainingSpec(epochs=2, batch_size=16, dtype="float64")
    losses_ = [
        [h.training_loss for h in fp.train(spec, training, data, engine=engine).history]
        for engine in ("compiled", "numpy")
    ]
    assert losses_[0] == pytest.approx(losses_[1], rel=1e-9)


def shared(Z, a):
    return a * root(Z)


def shared_vjp(dA, Z, A, a):
    return dA * a * 0.5 / xp.sqrt(xp.absolute(Z)), dA * root(Z)


def shared_with_slopes(Z, a):
    return shared(Z, a), a * 0.5 / xp.sqrt(xp.absolute(Z)), root(Z)


@pytest.mark.parametrize("width", [1, 16, 33])
def test_infinite_slopes_in_the_padding_of_columns_are_not_divergence(width, monkeypatch):
    trained = (Trained("share", "share", settings=(("value", 1.0),)),)
    own = Columnwise("own", shared, shared_vjp, "a root(z)", trained, "Z", with_slopes=shared_with_slopes)
    monkeypatch.setitem(COLUMNWISE._records, "own", own)
    rng = np.random.default_rng(0)
    data = fp.Data(rng.standard_normal((64, 4)), targets=rng.standard_normal(64))
    layers = fp.Dense(width), fp.Columnwise("own"), fp.Dense(1)
    training = fp.TrainingSpec(epochs=2, batch_size=16, dtype="float64")
    losses_ = [
        [h.training_loss for h in fp.train(spec, training, data, engine=engine).history]
        for engine in ("compiled", "numpy")
        for spec in [fp.NetworkSpec(4, layers, fp.Head("squared"))]
    ]
    assert losses_[0] == pytest.approx(losses_[1], rel=1e-9)


def test_a_formula_that_only_numpy_can_do_trains_and_predicts_with_numpy(monkeypatch):
    def powered(Z):
        return xp.power(xp.absolute(Z), 1.5)

    monkeypatch.setitem(ACTIVATIONS._records, "own", activation_of(powered, several_vjp))
    data = fp.Data(np.ones((4, 2)), targets=np.ones(4))
    spec = fp.multilayer(2, [3], 1, "squared", activation="own")
    model = fp.train(spec, fp.TrainingSpec(epochs=1), data, engine="numpy")
    assert model.predict(data).shape == (4,)


def forgetful():
    """A loss whose sums share parts and forget others."""

    def own(Z, T):
        E = xp.exp(-(Z - T) * (Z - T))
        one = xp.row_sum(E * xp.row_max(Z)) - 0.5 * xp.row_sum(E * xp.row_max(Z))
        return one - 0.5 * xp.row_sum(E * (xp.row_max(Z) + xp.row_max(T)))

    return own


def crowded(Z, T):
    """A loss that has more to keep than there is room."""
    D = (Z - T) * (Z - T)
    one = xp.row_sum(xp.exp(-0.1 * D)) + xp.row_sum(xp.exp(-0.2 * D)) + xp.row_sum(xp.exp(-0.3 * D))
    two = xp.row_sum(xp.exp(-0.4 * D)) + xp.row_sum(xp.exp(-0.5 * D)) + xp.row_sum(xp.exp(-0.6 * D))
    return one + two + xp.row_sum(xp.exp(-0.7 * D)) + xp.row_sum(xp.exp(-0.8 * D)) + xp.row_sum(xp.exp(-D))


def distance_vjp(dL, Z, T):
    """Any derivative will do."""
    return dL * (Z - T)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [forgetful, lambda: crowded], ids=["forgetful", "crowded"])
def test_losses_of_many_sums_are_those_of_the_reference(make, dtype, monkeypatch):
    rng = np.random.default_rng(0)
    data = fp.Data(rng.standard_normal((64, 4)), targets=rng.standard_normal((64, 64)))
    training = fp.TrainingSpec(epochs=2, batch_size=16, dtype=dtype)
    for _ in range(8):
        own = Loss("own", make(), distance_vjp, "", "rows", "identity", "real")
        monkeypatch.setitem(LOSSES._records, "own", own)
        spec = fp.multilayer(4, [], 64, "own")
        compiled_, numpy_ = (
            [h.training_loss for h in fp.train(spec, training, data, engine=engine).history]
            for engine in ("compiled", "numpy")
        )
        assert compiled_ == pytest.approx(numpy_, rel=1e-4 if dtype == "float32" else 1e-11)


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


def test_a_session_without_examples_only_predicts():
    case = everything()
    state = started(compiled, case, "float32").state()
    session = compiled.start(case.program, state)
    assert session.raw_scores(case.data).shape == (24, 3)
    with pytest.raises(fp.DataError, match="started without examples"):
        session.value_and_gradient(PlanWriter(case.program, case.training, case.data).gradient([0, 1, 2]))


# -- products --------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33])
def test_widths_around_lines_and_tiles(dtype, n):
    # every remainder of rows and lines by every tile, against the reference
    tolerance = {"float32": 2e-5, "float64": 1e-13}[dtype]
    for d_in, d_out in ((1, 1), (3, 7), (8, 8), (9, 15), (16, 16), (17, 31), (5, 47), (2, 49), (31, 97)):
        rng = np.random.default_rng(n)
        spec = fp.multilayer(d_in, [d_out], 2, "squared", activation="tanh")
        data = fp.Data(rng.standard_normal((n, d_in)).astype(dtype), targets=rng.standard_normal((n, 2)))
        program, training = lower(spec), fp.TrainingSpec(dtype=dtype)
        state, rows = fresh_state(program, training), np.arange(n)[::-1].copy()
        plan = PlanWriter(program, training, data).gradient(rows)
        got, right = (
            engine.start(program, state, data, training).value_and_gradient(plan)
            for engine in (compiled, reference)
        )
        assert got.objective == pytest.approx(right.objective, rel=tolerance)
        largest = max(1.0, np.max(np.abs(right.gradient)))
        assert np.max(np.abs(got.gradient - right.gradient)) <= tolerance * largest


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_that_copy_their_factors_change_no_bit(dtype, monkeypatch):
    # more terms and rows than are copied at a time, and half a line at the end
    rng = np.random.default_rng(0)
    spec = fp.multilayer(270, [40], 3, "squared", activation="tanh")
    data = fp.Data(rng.standard_normal((300, 270)).astype(dtype), targets=rng.standard_normal((300, 3)))
    program, training = lower(spec), fp.TrainingSpec(dtype=dtype)
    state, shape = fresh_state(program, training), products.tile()
    plan = PlanWriter(program, training, data).gradient(rng.permutation(300))
    found = []
    for copied_from in (0, 1):
        copying = shape._replace(copied_from=copied_from, terms=256, rows=96)
        monkeypatch.setattr(products, "tile", lambda copying=copying: copying)
        monkeypatch.setattr(workplace, "_left", {})
        value = compiled.start(program, state, data, training).value_and_gradient(plan)
        found.append((value.objective, value.gradient.tobytes()))
    assert found[0] == found[1]
