"""train, resume and load, as one calls them."""

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.model.provenance import RowCounts


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    return fp.Data(X, targets=(X[:, 0] > 0).astype(float))


SPEC = fp.multilayer(4, [6], 1, "sigmoid_cross_entropy")
SHORT = fp.TrainingSpec(epochs=4)


def test_everything_public_can_be_imported():
    for name in fp.__all__:
        assert getattr(fp, name) is not None


def test_without_a_training_it_is_adam_for_100_epochs(data):
    model = fp.train(SPEC, None, data)
    assert model.training == fp.TrainingSpec()
    assert (model.training.optimizer.name, len(model.history)) == ("adam", 100)


def test_lists_arrays_and_types_are_the_same_data():
    rows, targets = [[0, 1], [1, 1], [1, 0], [0, 0]], [1, 0, 1, 0]
    spec, training = fp.multilayer(2, [3], 2, "softmax_cross_entropy"), fp.TrainingSpec(epochs=3)
    prints = {
        fp.train(spec, training, fp.Data(X, targets=targets)).fingerprint()
        for X in (rows, np.array(rows, float), np.array(rows, np.float32), scipy.sparse.csr_array(rows))
    }
    assert len(prints) == 1


def test_sparse_and_dense_give_the_same_predictions(data):
    X = np.where(np.abs(data.numbers) > 1, data.numbers, 0.0)
    sparse = fp.Data(scipy.sparse.csr_array(X), targets=data.targets)
    models = [fp.train(SPEC, SHORT, d, validation=d) for d in (sparse, fp.Data(X, targets=data.targets))]
    assert models[0].fingerprint() == models[1].fingerprint()
    np.testing.assert_array_equal(models[0].predict(sparse), models[1].predict(X))


@pytest.mark.slow
def test_a_whole_weight_counts_like_as_many_rows(data):
    """Full batch, weight 2: the same as every such example twice."""
    training = fp.TrainingSpec(
        epochs=5, batch_size=None, optimizer=fp.OptimizerSpec("gradient_descent", 0.5), dtype="float64"
    )
    w = np.where(np.arange(60) % 3 == 0, 2.0, 1.0)
    weighted = fp.train(SPEC, training, fp.Data(data.numbers, targets=data.targets, weights=w))
    repeated = fp.train(SPEC, training, data.rows(np.repeat(np.arange(60), w.astype(int))))
    np.testing.assert_allclose(weighted.parameters, repeated.parameters, rtol=1e-10, atol=1e-13)


def test_the_metric_can_be_chosen(data):
    history = fp.train(SPEC, SHORT, data, validation=data, metric="balanced_accuracy").history
    assert {record.metric for record in history} == {"balanced_accuracy"}
    with pytest.raises(fp.UnknownNameError, match="accuracy"):
        fp.train(SPEC, SHORT, data, validation=data, metric="acuracy")
    with pytest.raises(fp.SpecError, match=r"r2 measures regression, and this is .*; use one of accuracy, b"):
        fp.train(SPEC, SHORT, data, validation=data, metric="r2")


def test_an_unknown_engine(data):
    with pytest.raises(fp.UnknownNameError, match="unknown engine 'numpi'; did you mean 'numpy'"):
        fp.train(SPEC, SHORT, data, engine="numpi")


def test_a_vector_of_the_wrong_length(data):
    with pytest.raises(fp.DataError, match=r"must have shape \(37,\)"):
        fp.train(SPEC, SHORT, data, parameters=np.zeros(36))


def test_provenance(data):
    model = fp.train(SPEC, SHORT, data)
    assert model.provenance.versions["numpy"] == np.__version__
    assert model.provenance.engine
    assert model.provenance.rows == RowCounts(training=60)
    ended = model.provenance.ended
    assert (ended.reason, ended.epoch, ended.step, ended.best_epoch) == ("epochs", 4, 8, 0)


def test_provenance_counts_the_validation_rows(data):
    assert fp.train(SPEC, SHORT, data, validation=data.rows(slice(20))).provenance.rows == RowCounts(60, 20)


def test_a_step_cannot_be_trained(data):
    spec = fp.NetworkSpec(
        4, (fp.Dense(3), fp.Activation("step"), fp.Dense(1)), fp.Head("sigmoid_cross_entropy")
    )
    with pytest.raises(fp.SpecError, match="step is 0 everywhere"):
        fp.train(spec, SHORT, data)


# -- what is no Data -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "given",
    [np.ones((4, 2)), {"a": [1.0]}, ([[1.0, 2.0]], [1.0]), "data.csv"],
    ids=lambda given: type(given).__name__,
)
def test_what_is_no_data_is_refused_by_name(given, tmp_path):
    spec = fp.multilayer(2, [], 1, "squared")
    data, found = fp.Data(np.ones((4, 2)), targets=np.ones(4)), type(given).__name__
    place = tmp_path / "run"
    fp.train(spec, fp.TrainingSpec(epochs=1), data, checkpoint=place)
    for what, call in (
        ("the data", lambda: fp.train(spec, None, given)),
        ("the data", lambda: fp.gradient_check(spec, given)),
        ("the data", lambda: fp.resume(place, given)),
        ("the validation data", lambda: fp.train(spec, None, data, validation=given)),
        ("the validation data", lambda: fp.resume(place, data, validation=given)),
    ):
        with pytest.raises(fp.DataError, match=rf"^{what} must be Data; got {found}\. Give Data"):
            call()
    with pytest.raises(fp.DataError, match="got NoneType"):
        fp.train(spec, None, None)
    with pytest.raises(fp.SpecError, match=r"^the training must be a TrainingSpec; got array\(") as refused:
        fp.train(spec, np.zeros((1000, 1)), np.zeros(1000))
    assert len(str(refused.value)) < 200


def test_what_is_no_network_and_no_training_is_refused_by_name():
    spec, data = fp.multilayer(2, [], 1, "squared"), fp.Data(np.ones((4, 2)), targets=np.ones(4))
    for call in (
        lambda: fp.train([2, 1], None, data),
        lambda: fp.train([2, 1], None, data, parameters={"W1": np.ones((2, 1))}),
        lambda: fp.gradient_check([2, 1], data),
    ):
        with pytest.raises(fp.SpecError, match=r"the network must be a NetworkSpec; got \[2, 1\]"):
            call()
    with pytest.raises(fp.SpecError, match=r"the training must be a TrainingSpec; got {'epochs': 3}"):
        fp.train(spec, {"epochs": 3}, data)


@pytest.mark.parametrize("more", [{}, {"metric": "r2"}, {"checkpoint": "run"}, {"parameters": {"W1": 0.0}}])
def test_what_stands_in_a_wrong_place_is_refused_by_name_whatever_else_is_said(more):
    """It was an AttributeError where a metric or a checkpoint was asked for."""
    X = np.ones((4, 2))
    spec, data = fp.multilayer(2, [], 1, "squared"), fp.Data(X, targets=np.ones(4))
    with pytest.raises(fp.SpecError, match=r"^the training must be a TrainingSpec; got array\("):
        fp.train(spec, X, np.ones(4), validation=data, **more)
    with pytest.raises(fp.SpecError, match=r"^the network must be a NetworkSpec; got <Trained.*give its"):
        fp.train(fp.train(spec, fp.TrainingSpec(epochs=1), data), None, data, validation=data, **more)
    with pytest.raises(fp.SpecError, match=r"^the preprocessing must be a Preprocessor; got 5"):
        fp.train(spec, None, data, preprocessing=5, **more)


@pytest.mark.parametrize("method", ["steps", "lbfgs"])
@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, "nan"), (-np.inf, "-inf"), (1e39, r"1e\+39, which float32 cannot hold")]
)
def test_what_a_network_cannot_begin_with_is_named(data, value, said, method):
    """It was told as a divergence, with the learning rate to blame."""
    begin = np.zeros(6 * 5 + 7)
    begin[8] = value
    training = fp.TrainingSpec(epochs=1, method=method)
    with pytest.raises(
        fp.DataError, match=rf"W1\[1, 2\] of the parameters to begin with is {said}; give finite"
    ):
        fp.train(SPEC, training, data, parameters=begin)
    if value == 1e39 and method == "steps":
        fp.train(SPEC, fp.TrainingSpec(epochs=1, dtype="float64"), data, parameters=begin / 1e9)
    if method == "steps":
        named = {
            "W1": begin[:24].reshape(4, 6),
            "b1": begin[24:30],
            "W2": np.zeros((6, 1)),
            "b2": np.zeros(1),
        }
        with pytest.raises(fp.DataError, match=r"W1\[1, 2\] of the parameters"):
            fp.train(SPEC, training, data, parameters=named)


@pytest.mark.parametrize("wrong", [5, True, ["a"], b"a"])
def test_what_is_no_path_is_refused_before_any_work(wrong):
    """A number would be taken for that of an open file."""
    spec, data = fp.multilayer(1, [], 1, "squared"), fp.Data([[0.0], [1.0]], targets=[0.0, 2.0])
    model = fp.train(spec, fp.TrainingSpec(1), data)
    for asks in (
        lambda: fp.train(spec, None, data, checkpoint=wrong),
        lambda: fp.resume(wrong, data),
        lambda: fp.load(wrong),
        lambda: model.save(wrong),
    ):
        with pytest.raises(fp.SpecError, match="must be a path; got"):
            asks()


def test_a_checkpoint_replaces_no_model(tmp_path):
    """Only a checkpoint, or nothing, is written over."""
    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    spec, training = fp.multilayer(1, [2], 1, "squared"), fp.TrainingSpec(epochs=2)
    model = fp.train(spec, training, data, checkpoint=tmp_path / "run").save(tmp_path / "model.forpass")
    before = model.read_bytes()
    with pytest.raises(fp.DataError, match="is there and is no whole checkpoint"):
        fp.train(spec, training, data, checkpoint=model)
    assert model.read_bytes() == before
    fp.train(spec, training, data, checkpoint=tmp_path / "run")
