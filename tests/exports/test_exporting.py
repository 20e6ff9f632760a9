"""`fp.export`: what it compares, what it refuses, and that no file appears where something is wrong."""

import warnings

import numpy as np
import pytest
from golden_files import GOLDEN

import forpass as fp
from forpass.exports import checking, exporting
from forpass.exports.forms import FORMS
from forpass.exports.walk import graph_of
from forpass.forks import imported
from forpass.model import Scores

X = np.random.default_rng(0).normal(size=(60, 3))


def arrays(loss="squared", k=1, **more):
    targets = {"squared": X[:, :k], "softmax_cross_entropy": np.arange(60) % 3}.get(loss, X[:, :k] > 0)
    spec = fp.multilayer(3, [4], 3 if loss.startswith("softmax") else k, loss)
    return fp.train(spec, fp.TrainingSpec(epochs=2, **more), fp.Data(X, targets=targets * 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", ["squared", "sigmoid_cross_entropy", "softmax_cross_entropy", "hinge"])
def test_models_of_arrays(loss, dtype, tmp_path):
    model = arrays(loss, dtype=dtype)
    exported = fp.export(model, tmp_path / "model.py", rows=X)
    assert exported.rows == 200 + 60
    assert max(exported.deviations.values()) < (1e-6 if dtype == "float32" else 1e-12)
    assert [one.name for one in exported.inputs] == ["X"]


def test_several_values_and_labels(tmp_path):
    fp.export(arrays(k=2), tmp_path / "values.py")
    fp.export(arrays("sigmoid_cross_entropy", k=2), tmp_path / "labels.py")


NEAR = 16 * np.finfo(np.float32).eps
"""Some dozens of roundings to either side: nearer than what is let through, so that a lost digit is seen."""

MODELS = [path for path in sorted(GOLDEN.glob("schema*/*.forpass")) if "checkpoint" not in path.name]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_models_of_every_schema(path, tmp_path):
    if path.stem in ("own_part", "lbfgs"):
        pytest.skip("needs a part that only its own test registers, or is no model")
    model = fp.load(path)
    coverage = 0.5 if getattr(model, "intervals", None) is not None else None
    exported = fp.export(model, tmp_path / "model.py", coverage=coverage)
    assert max(exported.deviations.values()) < NEAR
    assert exported.rows >= 200


def tables(kind, n=120):
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=n), rng.integers(0, 4, n)
    y = {"values": np.exp(x + z), "two": (x + z > 1).astype(int), "three": z.clip(0, 2)}[kind]
    return {"x": x, "z": [f"w{i}" for i in z], "y": y}


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["plain", "fast", "default", "realmlp", "tabm"])
@pytest.mark.parametrize("kind", ["values", "two", "three"])
def test_every_preset(kind, preset, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        model = fp.train_table(
            tables(kind), "y", preset=preset, **({"task": "classification"} if kind != "values" else {})
        )
    exported = fp.export(
        model, tmp_path / "model.py", coverage=0.8 if getattr(model, "intervals", None) else None
    )
    assert max(exported.deviations.values()) < NEAR


def test_an_ensemble_of_several_preprocessings_and_units(tmp_path):
    members = [
        _plain({"x": [float(i) for i in range(40)], "z": ["a", "b"] * 20, "y": [s * i for i in range(40)]})
        for s in (1.0, 9.0)
    ]
    low = fp.Ensemble([*members, members[0]], [0.5, 0.5, 0.0])
    exported = fp.export(low, tmp_path / "model.py")
    assert max(exported.deviations.values()) < 1e-6


def _plain(table, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return fp.train_table(table, "y", preset="plain", epochs=3, task="regression", **more)


def test_members_that_read_a_column_in_two_ways_are_refused(tmp_path):
    numbers = {"x": [float(i % 3) for i in range(40)], "y": [float(i) for i in range(40)]}
    words = {**numbers, "x": ["0", "1", "w"] * 13 + ["0"]}
    both = fp.Ensemble([_plain(numbers), _plain(words)])
    with pytest.raises(fp.ExportError, match="read the column 'x' in several ways"):
        fp.export(both, tmp_path / "model.py")
    assert not list(tmp_path.iterdir())


def test_a_form_that_says_something_else_is_refused_with_the_row(tmp_path, monkeypatch):
    model = arrays()
    run = imported(FORMS["numpy"].module).run

    def off(graph, files):
        predict = run(graph, files)

        def wrong(cells):
            found = dict(predict(cells))
            found["value"] = found["value"].copy()
            found["value"][7] += 1e-3 * max(1.0, abs(found["value"][7]))
            return found

        return wrong

    monkeypatch.setattr("forpass.exports.numpy.run", off)
    with pytest.raises(fp.ExportError, match=r"would predict something else: value .* nothing was written"):
        fp.export(model, tmp_path / "model.py", rows=X)
    assert not list(tmp_path.iterdir())


def test_another_class_is_refused_but_at_a_tie():
    ties = np.array([[False], [True]])
    expected = checking.Expected({"label": np.array([["a"], ["b"]], object)}, {}, ties)
    same = {"label": np.array(["a", "a"], object)}
    assert checking.require_equal("numpy", {}, expected, same, lambda: expected) == {"label": 0.0}
    with pytest.raises(fp.ExportError):
        checking.require_equal(
            "numpy", {}, expected, {"label": np.array(["b", "b"], object)}, lambda: expected
        )


@pytest.mark.parametrize("found", [np.nan, np.inf])
def test_what_is_no_number_is_refused(found):
    expected = checking.Expected({"value": np.array([[1.0]])}, {}, np.array([[False]]))
    with pytest.raises(fp.ExportError):
        checking.require_equal("numpy", {}, expected, {"value": np.array([found])}, lambda: expected)


def test_places_and_forms(tmp_path):
    model = arrays()
    with pytest.raises(fp.SpecError, match=r"\.py \(numpy\)"):
        fp.export(model, tmp_path / "model.txt")
    with pytest.raises(fp.UnknownNameError, match="numpi"):
        fp.export(model, tmp_path / "model.txt", "numpi")
    with pytest.raises(
        fp.InputError, match=r"model.npz does not end as the form numpy does; call it model.py"
    ):
        fp.export(model, tmp_path / "model.npz", "numpy")
    with pytest.raises(fp.InputError, match="names no file"):
        fp.export(model, "/", "numpy")
    with pytest.raises(fp.InputError, match="cannot write"):
        fp.export(model, tmp_path / "none" / "model.py")
    with pytest.raises(fp.SpecError):
        fp.export("model", tmp_path / "model.py")
    with pytest.raises(fp.ExportError, match="coverage is for models with prediction intervals or sets"):
        fp.export(model, tmp_path / "model.py", coverage=0.9)
    assert not list(tmp_path.iterdir())


def test_it_says_what_goes_in_and_out(tmp_path):
    said = str(fp.export(arrays("sigmoid_cross_entropy"), tmp_path / "model.py", rows=X))
    assert "model.npz" in said
    assert "probabilities" in said
    assert "Compared with the model on 260 rows, from which it deviates by" in said


def test_files_beside_are_not_replaced_unless_they_are_of_an_older_export(tmp_path):
    model = arrays()
    (tmp_path / "model.npz").write_bytes(b"mine")
    with pytest.raises(fp.InputError, match=r"model.npz is there already and would be replaced"):
        fp.export(model, tmp_path / "model.py")
    assert (tmp_path / "model.npz").read_bytes() == b"mine"
    (tmp_path / "model.npz").unlink()
    fp.export(model, tmp_path / "model.py")
    fp.export(model, tmp_path / "model.py")


def test_what_rounds_in_the_model_itself_is_no_deviation():
    """Two engines add up in another order: so may a form, by a few times as much."""
    wanted, tie = np.array([[1.0]]), np.array([[False]])
    expected, other = (checking.Expected({"value": wanted + off}, {}, tie) for off in (0.0, 1.1e-5))
    found = {"value": np.array([1.0 + 3e-5])}
    assert checking.require_equal("numpy", {}, expected, found, lambda: other)["value"] > 2.9e-5
    with pytest.raises(fp.ExportError):
        checking.require_equal("numpy", {}, expected, found, lambda: expected)


def test_a_network_of_codes_alone(tmp_path):
    spec = fp.NetworkSpec(0, [fp.Embedding(2), fp.Dense(1)], fp.Head("squared"), code_sizes=[3])
    model = fp.TrainedModel(spec, np.arange(9, dtype=np.float32), np.empty(0, np.float32))
    assert fp.export(model, tmp_path / "model.py").deviations == {"value": 0.0}


def test_a_sparse_matrix(tmp_path):
    import scipy.sparse

    matrix = scipy.sparse.csr_array(np.maximum(X, 0.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three epochs are few
        model = fp.MLPRegressor(hidden_layer_sizes=(4,), max_iter=3).fit(matrix, X[:, 0]).model_
    fp.export(model, tmp_path / "model.py", rows=matrix)


@pytest.mark.slow
def test_a_wide_table_is_compared_on_few_rows(tmp_path):
    wide = {f"x{k}": [float((i * k) % 13) for i in range(40)] for k in range(800)}
    model = _plain(wide | {"y": [float(i) for i in range(40)]})
    assert fp.export(model, tmp_path / "model.py").rows < 5000


def test_rows_that_lack_a_column_are_refused(tmp_path):
    model = _plain(
        {"x": [float(i) for i in range(40)], "z": ["a", "b"] * 20, "y": [1.0 * i for i in range(40)]}
    )
    with pytest.raises(fp.TableError, match="z"):
        fp.export(model, tmp_path / "model.py", rows={"x": [1.0]})


@pytest.mark.parametrize("form", FORMS)
def test_a_threshold_and_weights_of_decisions_go_along(form, tmp_path):
    x = np.random.default_rng(1).normal(size=200)
    table = {"x": x, "y": np.where(x + np.sin(9 * x) > 0.5, "yes", "no")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        low = fp.train_table(table, "y", preset="plain", epochs=5, threshold=0.2)
        three = fp.train_table({**table, "y": np.digitize(x, [0.0, 1.5])}, "y", preset="plain", epochs=5)
    between = (low.predict_proba(table)[:, 1] > 0.2) & (low.predict_proba(table)[:, 1] < 0.5)
    assert between.any()
    weighted = fp.Ensemble([three], decision_weights=[1.0, 1.0, 30.0])
    assert (weighted.predict(table) != three.predict(table)).any()
    for model in (low, weighted):
        fp.export(model, tmp_path / f"model{FORMS[form].ending}", form, rows=table)


def test_networks_of_two_number_types_go_together(tmp_path):
    both = fp.Ensemble([arrays(dtype="float32"), arrays(dtype="float64", seed=1)])
    assert fp.export(both, tmp_path / "model.py", rows=X).deviations["value"] < 1e-6


def test_the_file_that_was_named_appears_last(tmp_path, monkeypatch):
    """It is there only where all of it is."""
    whole = exporting.whole_file

    def failing(path):
        if path.suffix == ".py":
            raise fp.InputError(f"cannot write {path}: the disk is full; choose another place")
        return whole(path)

    monkeypatch.setattr(exporting, "whole_file", failing)
    with pytest.raises(fp.InputError, match="the disk is full"):
        fp.export(arrays(), tmp_path / "model.py")
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


def scores(raw, loss, **more):
    return Scores(fp.Head(loss), np.array(raw), **more)


@pytest.mark.parametrize(
    ("found", "ties"),
    [
        (scores([[0.0, 5e-5], [0.0, 5e-4]], "softmax_cross_entropy"), [True, False]),
        (
            scores([[0.0, 1.0], [0.0, 0.0]], "softmax_cross_entropy", decision_weights=(np.e, 1.0)),
            [True, False],
        ),
        (scores([[5e-5], [-5e-4], [1.0]], "sigmoid_cross_entropy"), [True, False, False]),
        (scores([[0.0], [np.log(0.2 / 0.8)]], "sigmoid_cross_entropy", threshold=0.2), [False, True]),
        (scores([[1000.0, 1000.05], [1000.0, 1000.5]], "softmax_cross_entropy"), [True, False]),
    ],
)
def test_where_either_decision_is_right(found, ties):
    assert checking.ties_of(found)[:, 0].tolist() == ties


def test_a_deviation_beyond_rounding_is_none_of_rounding():
    wanted, tie = np.array([[1.0]]), np.array([[False]])
    expected, other = (checking.Expected({"value": wanted + off}, {}, tie) for off in (0.0, 1e-3))
    with pytest.raises(fp.ExportError):
        checking.require_equal("numpy", {}, expected, {"value": np.array([1.0 + 1e-3])}, lambda: other)


@pytest.mark.parametrize("form", FORMS)
def test_scores_that_overflow_are_decided_as_the_model_does(form, tmp_path):
    """The third score is infinity less infinity: no number, which NumPy takes for the largest."""
    spec = fp.multilayer(2, [2], 3, "softmax_cross_entropy", activation="relu")
    first, last = [10.0] * 4, [-1.0, -2.0, 1.0, -1.0, -2.0, -1.0]
    parameters = np.array([*first, 0, 0, *last, 0, 0, 0], np.float32)
    model = fp.TrainedModel(spec, parameters, np.empty(0, np.float32))
    far = [[3e38, 3e38]]
    with np.errstate(all="ignore"):
        assert model.predict(far).tolist() == [2]
        assert np.isnan(model.raw_scores(far)).tolist() == [[False, False, True]]
        fp.export(model, tmp_path / f"model{FORMS[form].ending}", form, rows=far)


def test_what_the_comparison_does_not_know_is_not_passed_over():
    """Whoever adds an output adds what it is compared with."""
    model = arrays()
    graph = graph_of(model)
    graph.outputs.append(graph.outputs[0]._replace(name="twice"))
    with pytest.raises(AssertionError, match=r"nothing to compare \['twice'\] with"):
        checking.expected_of(graph, model, {"X": X})
