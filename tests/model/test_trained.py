"""TrainedModel: saved and loaded it is the same, and what it says of itself is true."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.model import Provenance, TrainedModel

polars = later("polars")
load_iris = later("sklearn.datasets", "load_iris")

RICH = fp.NetworkSpec(
    5,
    (fp.Dense(8), fp.BatchNorm(), fp.Activation("leaky_relu", {"slope": 0.1}), fp.Dropout(0.2), fp.Dense(3)),
    fp.Head("softmax_cross_entropy", {"smoothing": 0.1}),
    penalty=fp.Penalty(l1=1e-5, roles=("weight", "gain")),
)
NORMED = fp.NetworkSpec(
    5,
    (fp.Dense(6, bias=False), fp.LayerNorm(), fp.Activation("gelu"), fp.Dense(2)),
    fp.Head("huber", {"delta": 0.7}),
)
EMBEDDED = fp.NetworkSpec(5, (fp.Embedding(3), fp.Dense(1)), fp.Head("poisson"), code_sizes=(4, 2))


def arrays(spec):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, spec.code_sizes, (40, 2)) if spec.code_sizes else None
    T = (
        rng.integers(0, 3, 40)
        if spec.head.loss == "softmax_cross_entropy"
        else rng.poisson(3, (40, spec.n_outputs))
    )
    return fp.Data(rng.normal(size=(40, 5)), codes=codes, targets=T if T.ndim == 1 else T.astype(float))


def trained(spec, seed=0, **settings):
    training = fp.TrainingSpec(
        **{"epochs": 3, "seed": seed, "schedule": fp.ScheduleSpec("cosine")} | settings
    )
    return fp.train(spec, training, arrays(spec))


# -- the file ------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", [RICH, NORMED, EMBEDDED], ids=["rich", "normed", "embedded"])
def test_saved_and_loaded_it_is_the_same(spec, dtype, tmp_path):
    model = trained(spec, dtype=dtype)
    loaded = fp.load(model.save(tmp_path / "net.forpass"))
    assert loaded.fingerprint() == model.fingerprint()
    assert (loaded.spec, loaded.training) == (model.spec, model.training)
    assert (loaded.history, loaded.provenance) == (model.history, model.provenance)
    assert loaded.parameters.dtype == loaded.buffers.dtype == dtype
    data = arrays(spec)
    assert loaded.raw_scores(data).tobytes() == model.raw_scores(data).tobytes()
    assert loaded.predict(data).tobytes() == model.predict(data).tobytes()


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_with_preprocessing_it_takes_tables(frame, tmp_path):
    table = load_iris(as_frame=True).frame
    table["kind"] = np.array(["setosa", "versicolor", "virginica"])[table.pop("target")]
    table["leaf"] = np.where(np.arange(150) % 2, "ja", None)
    if frame == "polars":
        table = polars.from_pandas(table)
    model = fp.train_table(table, "kind", hidden=(8,), epochs=10)
    loaded = fp.load(model.save(tmp_path / "net.forpass"))
    assert loaded.fingerprint() == model.fingerprint()
    assert loaded.preprocessing == model.preprocessing
    assert loaded.predict(table).tolist() == model.predict(table).tolist()
    assert set(loaded.predict(table)) == {"setosa", "versicolor", "virginica"}
    np.testing.assert_array_equal(loaded.predict_proba(table), model.predict_proba(table))


def test_saving_again_gives_the_same_bytes(tmp_path):
    first = trained(RICH).save(tmp_path / "a.forpass")
    second = fp.load(first).save(tmp_path / "b.forpass")
    assert first.read_bytes() == second.read_bytes()


def test_reading_runs_no_code_and_needs_no_pickle(tmp_path, monkeypatch):
    file = trained(RICH).save(tmp_path / "net.forpass")

    def refuse(*args, **kwargs):
        raise AssertionError("a model file must not be unpickled")

    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    fp.load(file)


# -- the fingerprint -----------------------------------------------------------------------------
def test_the_same_seed_is_the_same_model_and_another_another():
    assert trained(RICH, seed=5).fingerprint() == trained(RICH, seed=5).fingerprint()
    assert trained(RICH, seed=5).fingerprint() != trained(RICH, seed=6).fingerprint()


def test_a_fingerprint_sees_all_that_predicts_and_nothing_else():
    model = trained(RICH)

    def with_(**changes):
        names = "spec", "parameters", "buffers", "preprocessing", "engine"
        return TrainedModel(**{name: getattr(model, name) for name in names} | changes).fingerprint()

    def nudged(vector):
        other = vector.copy()
        other[-1] = np.nextafter(other[-1], np.float32(np.inf))
        return other

    table = {name: [1.0, 2.0, 3.0, 4.0] for name in "abcde"} | {"y": ["no", "yes", "perhaps", "no"]}
    same = model.fingerprint()
    assert with_() == same  # neither training nor history nor provenance enter
    others = {
        with_(parameters=nudged(model.parameters)),
        with_(buffers=nudged(model.buffers)),
        with_(parameters=model.parameters.astype(np.float64), buffers=model.buffers.astype(np.float64)),
        with_(spec=fp.NetworkSpec(5, RICH.layers, fp.Head("softmax_cross_entropy"))),
        with_(preprocessing=fp.Preprocessing.learn(table, "y")),
        with_(engine="numpy"),
    }
    assert len(others) == 6 and same not in others


# -- predictions ---------------------------------------------------------------------------------
def test_probabilities_are_what_the_decisions_follow():
    model = trained(RICH, epochs=20)
    P = model.predict_proba(arrays(RICH))
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(arrays(RICH)), P.argmax(axis=1))


def test_two_classes_have_two_columns_of_probability():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(30, 2))
    data = fp.Data(X, targets=(X[:, :1] > 0) * 1.0)
    model = fp.train(fp.multilayer(2, [4], 1, "sigmoid_cross_entropy"), fp.TrainingSpec(epochs=5), data)
    P = model.predict_proba(X)
    assert P.shape == (30, 2)
    np.testing.assert_array_equal(P[:, 0], 1 - P[:, 1])
    np.testing.assert_array_equal(model.predict(X), (P[:, 1] > 0.5).astype(int))


def test_where_there_are_no_probabilities():
    with pytest.raises(fp.DataError, match="gives no probabilities; use predict"):
        trained(NORMED).predict_proba(arrays(NORMED))


def test_rates_are_exponentials_of_scores():
    model = trained(EMBEDDED)
    np.testing.assert_allclose(
        model.predict(arrays(EMBEDDED)), np.exp(model.raw_scores(arrays(EMBEDDED))[:, 0]), rtol=1e-6
    )


def test_a_row_by_itself_is_predicted_as_among_others():
    """In inference mode no row depends on another; only the order of sums in the product may differ."""
    model, data = trained(RICH, dtype="float64"), arrays(RICH)
    alone = np.concatenate([model.raw_scores(data.rows(slice(i, i + 1))) for i in range(40)])
    np.testing.assert_allclose(alone, model.raw_scores(data), rtol=1e-12)
    many = fp.Data(np.tile(data.numbers, (250, 1)))  # 10,000 rows: more than are predicted at a time
    np.testing.assert_allclose(model.raw_scores(many), np.tile(model.raw_scores(data), (250, 1)), rtol=1e-12)


def test_rows_that_do_not_fit_are_refused():
    with pytest.raises(fp.DataError, match="takes 5 numerical features; the data have 4"):
        trained(RICH).predict(np.ones((3, 4)))


# -- looking inside ------------------------------------------------------------------------------
def test_weights_are_copies_by_name():
    model = trained(RICH)
    before = model.fingerprint()
    weights = model.weights
    assert {name: w.shape for name, w in weights.items()} == {
        "W1": (5, 8), "b1": (8,), "gamma1": (8,), "beta1": (8,), "W2": (8, 3), "b2": (3,),
    }  # fmt: skip
    weights["W1"][...] = 0.0
    assert model.fingerprint() == before


def test_a_trace_shows_the_way_to_the_prediction():
    spec = fp.multilayer(5, [8], 3, "softmax_cross_entropy", activation="tanh")
    data = arrays(RICH)
    model = fp.train(spec, fp.TrainingSpec(epochs=2), data)
    tape = model.trace(data)
    names = [entry.name for entry in tape if entry.phase in ("forward", "loss")]
    assert names == ["Z1", "A1", "Z2", "loss", "objective"]
    assert all(name in tape for name in ("X", "T", "W1", "dZ2", "dW2", "db2", "dZ1", "db1", "dX", "W1.new"))
    np.testing.assert_allclose(tape["Z2"], model.raw_scores(data), rtol=1e-5, atol=1e-6)
    some = model.trace(data, rows=[3, 1])
    np.testing.assert_allclose(some["loss"], tape["loss"][[3, 1]], rtol=1e-5)


def test_what_it_says_of_itself():
    model = trained(RICH)
    assert repr(model) == "<TrainedModel 5 - 8 - 3, softmax_cross_entropy, 91 parameters>"
    assert "N1" in model.summary() and "91 parameters" in model.summary()
    assert Provenance.from_json(json.loads(json.dumps(model.provenance.to_json()))) == model.provenance
    assert (model.provenance.rows.training, model.provenance.ended.step) == (40, 6)


# -- a model is never changed --------------------------------------------------------------------
def test_its_arrays_cannot_be_written_to():
    model = trained(RICH)
    for array in (model.parameters, model.buffers, pickle.loads(pickle.dumps(model)).parameters):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7.0


def test_it_does_not_follow_the_arrays_that_it_was_made_of():
    source = trained(NORMED)
    parameters = source.parameters.copy()
    model = TrainedModel(NORMED, parameters, source.buffers)
    before = model.raw_scores(arrays(NORMED))
    parameters[...] = 0.0
    np.testing.assert_array_equal(model.raw_scores(arrays(NORMED)), before)
    assert model.fingerprint() == source.fingerprint()


def test_numbers_of_another_network_are_refused():
    with pytest.raises(
        fp.DataError, match=r"the model's parameters are float64 \(3,\), but its network has 56"
    ):
        TrainedModel(NORMED, np.zeros(3), np.zeros(0))
    with pytest.raises(fp.DataError, match=r"the model's buffers are int64 \(0,\)"):
        TrainedModel(NORMED, np.zeros(56), np.zeros(0, np.int64))
    with pytest.raises(fp.UnknownNameError, match="unknown engine 'compile'; did you mean 'compiled'"):
        TrainedModel(NORMED, np.zeros(56), np.zeros(0), engine="compile")


def test_a_history_is_never_changed():
    model = trained(RICH)
    again = dataclasses.replace(model, history=list(model.history))
    assert again.history == model.history and isinstance(again.history, tuple)


def test_copies_and_pickles_are_the_same_model():
    model = trained(RICH)
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (again.fingerprint(), again.provenance) == (model.fingerprint(), model.provenance)
        assert again.history == model.history
        np.testing.assert_array_equal(again.raw_scores(arrays(RICH)), model.raw_scores(arrays(RICH)))


def test_what_predicts_is_kept_in_the_file(tmp_path):
    for engine, kept in (("auto", "auto"), ("compiled", "auto"), ("numpy", "numpy")):
        model = fp.train(NORMED, fp.TrainingSpec(epochs=1), arrays(NORMED), engine=engine)
        assert fp.load(model.save(tmp_path / "m.forpass")).engine == model.engine == kept
        assert model.provenance.engine == {"auto": "compiled"}.get(engine, engine)


# -- provenance ----------------------------------------------------------------------------------
def test_a_model_that_was_put_together_has_no_provenance(tmp_path):
    source = trained(NORMED)
    model = TrainedModel(NORMED, source.parameters, source.buffers)
    assert model.provenance == Provenance()
    assert model.provenance.ended.reason == "untrained"
    assert fp.load(model.save(tmp_path / "m.forpass")).provenance == Provenance()


def test_provenance_is_a_value():
    figures = {"network": {"accuracy": 0.9}, "dummy": {"accuracy": 0.5}}
    provenance = Provenance("2026", {"numpy": "2"}, "compiled", evaluation=fp.Evaluation(9, figures))
    figures["network"]["accuracy"] = 1.0
    assert provenance.evaluation.figures["network"]["accuracy"] == 0.9
    assert hash(provenance) == hash(Provenance.from_json(json.loads(json.dumps(provenance.to_json()))))
    with pytest.raises(TypeError):
        provenance.evaluation.figures["network"]["accuracy"] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        provenance.engine = "numpy"


@pytest.mark.parametrize(
    "wrong",
    [
        {"created": 5},
        {"versions": {"numpy": 2}},
        {"rows": {"training": -1}},
        {"rows": {"learnt": 3}},
        {"ended": {"reason": None}},
        {"ended": {"seconds": "long"}},
        {"evaluation": {"rows": 3}},
        {"evaluation": {"rows": 3, "figures": {"network": {"accuracy": "good"}}}},
        {"note": "mine"},
    ],
)
def test_what_is_no_provenance_is_refused(wrong):
    with pytest.raises((fp.SpecError, KeyError, TypeError)):
        Provenance.from_json(Provenance().to_json() | wrong)
