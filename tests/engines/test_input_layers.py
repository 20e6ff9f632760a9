"""Layers that read the inputs: bins that are looked up, cosines, statistics of values."""

import itertools
import math

import mpmath
import numpy as np
import pytest

import forpass as fp
from forpass.engines import compiled, reference
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.errors import DataError, SpecError
from forpass.maths.piecewise import bins_of, share
from forpass.spec.program import lower

ENGINES = {"numpy": reference, "compiled": compiled}
SQUARED = fp.Head("squared")


@pytest.fixture
def rng():
    return np.random.default_rng(12)


def binned(X, bins):
    """Return groups of single numbers whose edges are quantiles of the columns."""
    groups = []
    for column in X.T:
        places = np.linspace(0.0, 1.0, bins + 1)
        edges = np.unique(np.quantile(column, places).astype(np.float32)).astype(float)
        one = bins_of([edges], [np.zeros(len(edges) - 1)], "float64")
        shares = share(column[:, None], one.low, one.width, one.least, one.most)
        groups.append(fp.FeatureGroup("", "number", 1, edges=edges, centres=shares.mean(axis=0)))
    return groups


def encoded(X, groups):
    """Return the numbers of all bins as columns, what a Piecewise stands for."""
    bins = bins_of([g.edges for g in groups], [g.centres for g in groups], "float64")
    return share(X[:, bins.column], bins.low, bins.width, bins.least, bins.most) - bins.centre


class Started:
    """A session with its program, parameters by name, and plans for it."""

    def __init__(self, engine, spec, data, dtype="float64", parameters=None):
        training = fp.TrainingSpec(dtype=dtype, seed=3, optimizer=fp.OptimizerSpec("momentum", 0.02))
        self.program = lower(spec)
        flat = None if parameters is None else self.program.parameters.flatten(parameters)
        self.state = fresh_state(self.program, training, data, parameters=flat)
        self.session = engine.start(self.program, self.state, data, training)
        self.writer, self.n = PlanWriter(self.program, training, data), data.n_rows

    @property
    def parameters(self):
        return self.program.parameters.views(self.session.state().parameters)

    def gradient(self):
        found = self.session.value_and_gradient(self.writer.gradient(np.arange(self.n)))
        return self.program.parameters.views(found.gradient)

    def train(self, steps, batch):
        rows = np.concatenate([np.random.default_rng(i).permutation(self.n)[:batch] for i in range(steps)])
        one = np.ones(steps)
        bounds = np.arange(steps + 1) * batch
        self.session.advance(self.writer.steps(0, rows, bounds, 0.02 * one, 0.0 * one, one))


# -- piecewise linear ------------------------------------------------------------------------------
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 4, 3), (3, 40, 130), (5, 16, 48)])
def test_bins_are_what_dense_columns_are(engine, dtype, shape, rng):
    """Scores, gradients and what is learnt: within 1e-5 of a Dense on a column for each bin."""
    (d, most, units), n = shape, 70
    X, y = rng.normal(size=(n, d)), rng.normal(size=(n, 2))
    X[:5], X[5:9] = 4.0 * X[:5], X[9:13]  # beyond all edges
    X = X.astype(np.float32).astype(np.float64)
    groups = binned(X[9:], most)
    X[9:10] = [[group.edges[1] for group in groups]]
    P, above = encoded(X, groups), [fp.Activation("tanh"), fp.Dense(2)]
    bins = [fp.Piecewise(units, "neural_tangent"), *above]
    dense = [fp.Columnwise("scale"), fp.Dense(units, False, multiplier="neural_tangent"), *above]
    looked_up = Started(
        ENGINES[engine],
        fp.NetworkSpec(layers=bins, head=SQUARED, inputs=groups),
        fp.Data(X, targets=y),
        dtype,
    )
    own = {name: value.astype(float) for name, value in looked_up.parameters.items()}
    own["scale0"] = rng.uniform(0.5, 1.5, len(own["scale0"]))
    looked_up.session.set_parameters(looked_up.program.parameters.flatten(own, dtype))
    names = {"V0": "W1", "scale0": "scale0", "W1": "W2", "b1": "b2"}
    multiplied = Started(
        reference,
        fp.NetworkSpec(P.shape[1], dense, SQUARED),
        fp.Data(P, targets=y),
        parameters={names[name]: value for name, value in own.items()},
    )
    scores = looked_up.session.raw_scores(fp.Data(X))
    np.testing.assert_allclose(scores, multiplied.session.raw_scores(fp.Data(P)), rtol=1e-5, atol=1e-5)
    right = multiplied.gradient()
    for name, found in looked_up.gradient().items():
        np.testing.assert_allclose(found, right[names[name]], rtol=1e-5, atol=1e-5, err_msg=name)
    for started in (looked_up, multiplied):
        started.train(20, 33)
    for name, found in looked_up.parameters.items():
        np.testing.assert_allclose(found, multiplied.parameters[names[name]], rtol=1e-4, atol=1e-5)
    assert np.abs(multiplied.parameters["W1"] - own["V0"]).max() > 1e-3  # something was learnt


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("x", [-9.0, -1.0, -0.5, 0.0, 0.25, 0.875, 1.0, 9.0])
def test_bins_of_one_number(engine, x):
    edges, centres, v, s = [-1.0, 0.0, 0.75, 1.0], [0.5, 0.25, 0.125], [3.0, -2.0, 7.0], [1.0, 0.5, 2.0]
    with mpmath.workdps(30):
        t = [(mpmath.mpf(x) - a) / (mpmath.mpf(b) - a) for a, b in itertools.pairwise(edges)]
        p = [max(min(t[0], 1), -1), max(min(t[1], 1), 0), max(min(t[2], 2), 0)]
        right = float(sum((p[j] - centres[j]) * s[j] * v[j] for j in range(3)) / 4)
    group = fp.FeatureGroup("", "number", 1, edges=edges, centres=centres)
    spec = fp.NetworkSpec(layers=[fp.Piecewise(1, 0.25), fp.Dense(1)], head=SQUARED, inputs=[group])
    numbers = {"V0": np.array(v)[:, None], "scale0": np.array(s), "W1": [[1.0]], "b1": [0.0]}
    model = fp.TrainedModel(spec, lower(spec).parameters.flatten(numbers), np.empty(0), engine=engine)
    assert model.predict([[x]]).item() == pytest.approx(right, rel=1e-15, abs=1e-15)


def test_first_weights_of_bins_can_look_at_rows(rng):
    X, y = 3.0 + rng.normal(size=(200, 2)), rng.normal(size=200)
    groups = binned(X, 8)
    layers = [fp.Piecewise(5, "neural_tangent", weights="unit_variance"), fp.Dense(1)]
    started = Started(
        reference, fp.NetworkSpec(layers=layers, head=SQUARED, inputs=groups), fp.Data(X, targets=y)
    )
    V = started.parameters["V0"]
    Z = encoded(X, groups) @ V / math.sqrt(len(V))
    np.testing.assert_allclose(Z.std(axis=0), 1.0, rtol=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_threads_learns_the_same_bits(threads, rng):
    X, y = rng.normal(size=(1024, 6)).astype(np.float32), rng.normal(size=(1024, 1)).astype(np.float32)
    groups = [*binned(X, 24), fp.FeatureGroup("", "value", 0, 3)]
    codes = rng.integers(3, 9, (1024, 1))
    first = fp.Concatenate(
        [[fp.Piecewise(200)], [fp.Periodic()], [fp.ValueStatistics(folds=2)]],
    )
    spec = fp.NetworkSpec(layers=[first, fp.Activation("tanh"), fp.Dense(1)], head=SQUARED, inputs=groups)
    found = []
    for most in (1, threads):
        started = Started(compiled, spec, fp.Data(X, codes, y), "float32")
        started.session.threads = most
        started.train(5, 512)
        found.append(started.session.state().parameters)
    np.testing.assert_array_equal(*found)


# -- periodic --------------------------------------------------------------------------------------
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("phases", [True, False])
@pytest.mark.parametrize("x", [-40.0, -0.3, 0.0, 0.7, 5.0, 1000.0])
def test_waves_of_one_number(engine, phases, x):
    w, b, c = [0.1, -1.75], [0.5, -3.0], 0.25
    V = [2.0, -0.5] if phases else [2.0, -0.5, 1.5, 3.0]
    layer = fp.Periodic(1, 2, phases=phases)
    spec = fp.NetworkSpec(1, [layer, fp.Dense(1)], SQUARED)
    numbers = {"frequency0": [w], "V0": np.array(V)[:, None], "c0": [[c]], "W1": [[1.0]], "b1": [0.0]}
    numbers |= {"phase0": [b]} if phases else {}
    model = fp.TrainedModel(spec, lower(spec).parameters.flatten(numbers), np.empty(0), engine=engine)
    with mpmath.workdps(40):
        angles = [2 * mpmath.pi * w[h] * x + phases * mpmath.mpf(b[h]) for h in range(2)]
        waves = [mpmath.cos(u) for u in angles] + ([] if phases else [mpmath.sin(u) for u in angles])
        right = float(sum(v * wave for v, wave in zip(V, waves, strict=True)) + c)
    # an angle is rounded as a number of its size, and so is its cosine
    largest = max(1.0, *(abs(float(u)) for u in angles))
    assert model.predict([[x]]).item() == pytest.approx(right, abs=8 * sum(map(abs, V)) * largest * 2.0**-53)


# -- statistics of values --------------------------------------------------------------------------
def value_spec(loss, outputs, folds=10, K=30):
    inputs = [fp.FeatureGroup("a", "number", 1), fp.FeatureGroup("a", "value", 0, K)]
    first = fp.Concatenate([[fp.ValueStatistics(folds=folds, outputs=outputs)], []])
    return fp.NetworkSpec(layers=[first, fp.Dense(max(outputs, 1))], head=fp.Head(loss), inputs=inputs)


def test_a_target_that_is_a_hash_of_the_row_gains_nothing(rng):
    """A planted leak: values say nothing of new rows, and no row that is learnt from sees its own target."""
    n, K = 3000, 300  # ten rows a value: with their own targets in it, means would tell them
    v = rng.integers(0, K, n)
    y = rng.integers(0, 2, n).astype(float)
    spec = value_spec("sigmoid_cross_entropy", 1, K=K)
    data = fp.Data(rng.normal(size=(n, 1)), v[:, None], y)
    learnt_from = fp.with_inner_folds(data, spec.inputs, seed=1)

    def correlation(folds):
        program = lower(value_spec("sigmoid_cross_entropy", 1, folds=folds, K=K))
        given = learnt_from if folds else data
        state = fresh_state(program, fp.TrainingSpec(dtype="float64"), given)
        seen = program.buffers.views(state.buffers)["statistic0"][given.codes[:, 0], 0]
        return np.corrcoef(seen, y)[0, 1]

    noise = 4.0 / math.sqrt(n)
    assert correlation(10) < noise  # it is even a little below 0: who is 1 sees fewer others that are 1
    assert correlation(0) > 0.2  # so much the same values leak where rows see themselves
    training = fp.TrainingSpec(epochs=30, seed=2)
    with_leak = fp.train(value_spec("sigmoid_cross_entropy", 1, folds=0, K=K), training, data)
    without = fp.train(spec, training, learnt_from)
    pairs = (with_leak, data), (without, learnt_from)
    losses = [model.scores(given).loss(given.targets) for model, given in pairs]
    assert losses[0] < 0.67 < math.log(2.0) - 0.006 < losses[1]


@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "is_share"),
    [
        ("squared", lambda rng: rng.normal(size=(200, 2)), 2, False),
        ("sigmoid_cross_entropy", lambda rng: rng.integers(0, 2, (200, 3)) * 1.0, 3, True),
        ("softmax_cross_entropy", lambda rng: rng.integers(0, 4, 200), 4, True),
    ],
)
def test_each_output_has_its_statistics(loss, targets, outputs, is_share, rng):
    T, v, w = targets(rng), rng.integers(0, 6, 200), rng.uniform(0.5, 2.0, 200)
    program = lower(value_spec(loss, outputs, folds=0, K=6))
    state = fresh_state(
        program, fp.TrainingSpec(dtype="float64"), fp.Data(np.ones((200, 1)), v[:, None], T, w)
    )
    table = program.buffers.views(state.buffers)["statistic0"]
    Y = T if T.ndim == 2 else np.eye(outputs)[T]
    w = w / w.mean()
    for output, y in enumerate(Y.T):
        means = [
            (w @ (y * (v == k)) + 5.0 * np.average(y, weights=w)) / (w @ (v == k) + 5.0) for k in range(6)
        ]
        values = np.log(means) - np.log1p(-np.array(means)) if is_share else np.array(means)
        mean = np.average(values[v], weights=w)
        z = (values - mean) / np.sqrt(np.average((values[v] - mean) ** 2, weights=w))
        np.testing.assert_allclose(table[:, output], z / np.sqrt(1.0 + (z / 3.0) ** 2), rtol=1e-9)


def test_statistics_see_the_training_rows_alone(rng):
    data = fp.Data(rng.normal(size=(50, 1)), rng.integers(0, 30, (50, 1)), rng.normal(size=50))
    spec = value_spec("squared", 1)
    data = fp.with_inner_folds(data, spec.inputs, 0)
    rows = np.arange(0, 50, 2)
    first, alone = (
        fresh_state(lower(spec), fp.TrainingSpec(), *given) for given in ((data, rows), (data.rows(rows),))
    )
    np.testing.assert_array_equal(first.buffers, alone.buffers)
    targets = data.targets.copy()
    targets[1::2] = 1e6
    changed = fp.Data(data.numbers, data.codes, targets)
    np.testing.assert_array_equal(
        fresh_state(lower(spec), fp.TrainingSpec(), changed, rows).buffers, first.buffers
    )


def test_two_classes_take_one_statistic():
    codes, classes = np.array([[0], [0], [1], [1]]), np.array([0, 0, 1, 1])
    inputs = [fp.FeatureGroup("a", "value", 0, 2)]
    layers = [fp.ValueStatistics(folds=0), fp.Dense(2)]
    spec = fp.NetworkSpec(layers=layers, head=fp.Head("softmax_cross_entropy"), inputs=inputs)
    data = fp.Data(np.empty((4, 0)), codes, classes)
    state = fresh_state(lower(spec), fp.TrainingSpec(dtype="float64"), data)
    assert state.buffers[0] == -state.buffers[1] < 0.0


@pytest.mark.parametrize(
    ("codes", "targets", "message"),
    [
        ([[0], [31]], [0.0, 1.0], r"must say their fold in codes\[:, 0\], as 30 \(1 \+ fold\) \+ code"),
        ([[30], [330]], [0.0, 1.0], r"codes\[:, 0\] has the code 330|must say their fold"),
        ([[30], [31]], [[0.0, 1.0]] * 2, r"has 1 output\(s\), but the targets are \(2, 2\)"),
        ([[30], [31]], None, "is learnt from training rows; give data with targets"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_refused(codes, targets, message):
    data = fp.Data(np.ones((2, 1)), codes, targets)
    with pytest.raises(DataError, match=message):
        fresh_state(lower(value_spec("squared", 1)), fp.TrainingSpec(), data)


def test_values_that_nobody_reads_may_be_any():
    inputs = [fp.FeatureGroup("a", "number", 1), fp.FeatureGroup("a", "value", 0, 3)]
    read = [fp.Concatenate([[fp.ValueStatistics(folds=4)], []]), fp.Dense(1)]
    limits = [
        lower(fp.NetworkSpec(layers=layers, head=SQUARED, inputs=inputs)).code_limits
        for layers in ([fp.Dense(1)], read)
    ]
    assert limits == [(None,), (15,)]


# -- all of them -----------------------------------------------------------------------------------
def everything_of_inputs():
    inputs = [
        fp.FeatureGroup("a", "number", 1, edges=[-1.0, 0.0, 1.0], centres=[0.5, 0.25]),
        fp.FeatureGroup("a", "value", 0, 4),
        fp.FeatureGroup("b", "number", 1),
        fp.FeatureGroup("c", "code", 0, 3),
    ]
    first = fp.Concatenate(
        [
            [fp.Embedding(1)],
            [fp.Sum([[fp.Dense(4)], [fp.Piecewise(4)]])],
            [fp.Periodic(2, 3)],
            [fp.ValueStatistics()],
        ]
    )
    layers = [first, fp.Activation("relu"), fp.Dense(1)]
    return fp.NetworkSpec(layers=layers, head=SQUARED, inputs=inputs)


def data_of_inputs(rng, n=40):
    codes = np.stack([rng.integers(0, 4, n), rng.integers(0, 3, n)], axis=1)
    return fp.Data(rng.normal(size=(n, 2)), codes, rng.normal(size=n))


def test_a_model_with_them_comes_back_from_its_file(rng, tmp_path):
    spec, data = everything_of_inputs(), data_of_inputs(rng)
    model = fp.train(spec, fp.TrainingSpec(epochs=3, seed=1), fp.with_inner_folds(data, spec.inputs, 4))
    model.save(tmp_path / "model.forpass")
    again = fp.load(tmp_path / "model.forpass")
    assert again.spec == spec
    np.testing.assert_array_equal(again.predict(data), model.predict(data))


TOLD = {
    "P1.share": "min(max((X - P1.low) / P1.width, P1.least), P1.most)",
    "P1.bins": "P1.share - P1.centre",
    "P1.scaled": "scale1 V1",
    "P1": "P1.bins P1.scaled",
    "P1_2.angles": "2 pi frequency1 X + phase1",
    "P1_2.cos": "cos(P1_2.angles)",
    "P1_2": "P1_2.cos V1_2 + c1, column by column",
    "L1": "[statistic1[codes]]",
    "Y1": "Z1 + P1",
    "dP1.scaled": "P1.bins^T dP1",
    "dV1": "scale1 dP1.scaled",
    "dscale1": "row sums of V1 dP1.scaled",
}


def test_their_trace_can_be_read(rng):
    spec, data = everything_of_inputs(), data_of_inputs(rng, 6)
    data = fp.with_inner_folds(data, spec.inputs, 0)
    model = fp.train(spec, fp.TrainingSpec(epochs=1), data)
    formulas = {entry.name: entry.formula for entry in model.trace(data)}
    assert {name: formulas[name] for name in TOLD} == TOLD


@pytest.mark.slow
def test_gradients_of_all_of_them_are_right(rng):
    spec = everything_of_inputs()
    data = fp.with_inner_folds(data_of_inputs(rng), spec.inputs, 0)
    for engine in ENGINES:
        report = fp.gradient_check(spec, data, engine=engine, entries=8)
        assert report.passed, report
        assert {"frequency1", "phase1", "V1_2", "c1", "V1", "scale1"} <= {
            block.name for block in report.blocks
        }


@pytest.mark.parametrize("layer", [fp.Embedding(2), fp.Periodic(), fp.Piecewise(3), fp.ValueStatistics()])
def test_they_are_refused_where_the_inputs_are_gone(layer):
    inputs = everything_of_inputs().inputs
    with pytest.raises(SpecError, match=rf"layer 2 is an? {type(layer).__name__}; it can only be the first"):
        fp.NetworkSpec(layers=[fp.Dense(2), layer, fp.Dense(1)], head=SQUARED, inputs=inputs)


@pytest.mark.parametrize(
    ("layer", "missing"),
    [
        (fp.Periodic(), "inputs of kind number"),
        (fp.Piecewise(3), "inputs that have edges"),
        (fp.ValueStatistics(), "inputs of kind value"),
    ],
)
def test_they_are_refused_where_there_is_nothing_for_them(layer, missing):
    inputs = [fp.FeatureGroup("a", "level", 3)]
    with pytest.raises(SpecError, match=f"layer 1 is a {type(layer).__name__}, which reads {missing}"):
        fp.NetworkSpec(layers=[layer, fp.Dense(1)], head=SQUARED, inputs=inputs)


def test_branches_of_a_sum_are_as_wide():
    with pytest.raises(SpecError, match="layer 1 is a Sum whose branches make 3, 2 columns"):
        fp.NetworkSpec(2, [fp.Sum([[fp.Dense(3)], []]), fp.Dense(1)], SQUARED)
    with pytest.raises(SpecError, match="Sum has no branches"):
        fp.Sum([])
