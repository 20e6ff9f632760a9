"""The ONNX form: what ONNX Runtime answers, with its default options, is what the graph says."""

import json
import sys
import types
import warnings

import numpy as np
import pytest
from carried import carried_out
from exact_functions import FUNCTIONS, exactly
from golden_files import GOLDEN
from later import later
from networks_to_try import begun_with, network_to_try

import forpass as fp
from forpass.engines.conformance.cases import cases
from forpass.exports.columns import inputs_of
from forpass.exports.graph import Graph, Output, Value
from forpass.exports.networks import network_of
from forpass.exports.onnx.file import names_of, onnx_bytes, onnx_runner
from forpass.exports.onnx.nodes import TYPES
from forpass.exports.onnx.steps import STEPS
from forpass.exports.steps import ELEMENTWISE, REDUCTIONS, SIGNS
from forpass.exports.trial_rows import rows_to_try
from forpass.exports.walk import graph_of
from forpass.exports.writer import Writer
from forpass.maths import xp
from forpass.preprocessing import Preprocessing

onnx = later("onnx")


@pytest.fixture(scope="module", autouse=True)
def _installed():
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


def answered(graph, cells):
    """What ONNX Runtime answers, once the checker of ONNX has passed the file; in the shapes of the graph."""
    data = onnx_bytes(graph, "a title")
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    found, rows = onnx_runner(graph, data)(cells), len(next(iter(cells.values())))
    return {one.name: found[one.name].reshape(_shape(one.value, rows)) for one in graph.outputs}


def _shape(value, rows):
    return [rows if size is None else size for size in value.shape]


# -- networks ------------------------------------------------------------------------------------------
NEAR = {"float32": 16 * np.finfo(np.float32).eps, "float64": 32 * np.finfo(np.float64).eps}
"""Relative to the largest score: sums of some dozens of terms in another order, a few layers deep."""


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("name", cases())
def test_networks(name, dtype):
    graph, given = network(name, dtype)
    wanted, found = carried_out(graph, given)["raw"], answered(graph, given)["raw"]
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=0, atol=NEAR[dtype] * np.abs(wanted).max())


def network(name, dtype):
    """The graph of a network, and what it begins with."""
    model, cells = network_to_try(name, dtype)
    return network_of(model.program, model, "network"), begun_with(model, cells)


def test_what_all_members_share_stands_beside_what_each_has():
    writer = Writer(Graph("beside"))
    shared = writer.input("shared", "float32", (None, 2))
    own = writer.apart(writer.input("own", "float32", (None, 3)), 3)
    writer.output("both", writer.beside([shared, own]), "")
    cells = {"shared": np.arange(8.0).reshape(4, 2), "own": np.arange(12.0).reshape(4, 3)}
    np.testing.assert_array_equal(
        answered(writer.graph, cells)["both"], carried_out(writer.graph, cells)["both"]
    )


def test_every_step_and_every_type_is_written():
    assert set(STEPS) == {*ELEMENTWISE, *REDUCTIONS, *SIGNS, "where", "matmul", "same"}
    assert {kind: onnx.TensorProto.DataType.Name(number) for kind, number in TYPES.items()} == {
        "float32": "FLOAT",
        "float64": "DOUBLE",
        "int32": "INT32",
        "int64": "INT64",
        "uint64": "UINT64",
        "bool": "BOOL",
        "text": "STRING",
    }


# -- functions that ONNX does not have -----------------------------------------------------------------
def expm1(x):
    return xp.expm1(x)


def log1p(x):
    return xp.log1p(x)


def erfc(x):
    return xp.erfc(x)


def sin(x):
    return xp.sin(x)


def cos(x):
    return xp.cos(x)


def done(formula, x):
    """What ONNX Runtime makes of numbers (n,)."""
    writer = Writer(Graph("formula"))
    writer.output("y", writer.call(formula, writer.input("x", x.dtype.name, (None, 1))), "")
    return answered(writer.graph, {"x": x[:, None]})["y"][:, 0]


FORMULAS = {"expm1": expm1, "log1p": log1p, "erfc": erfc, "sin": sin, "cos": cos}


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_onnx_does_not_have(name, dtype):
    x, most = FUNCTIONS[name]
    x = x.astype(dtype)
    wanted, ulp = exactly(name, x)
    most = 1.0 if (name, dtype) == ("erfc", "float32") else most  # Erf, which ONNX has
    assert (np.abs(done(FORMULAS[name], x) - wanted) / ulp).max() <= most


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("formula", [expm1, log1p, erfc, sin, cos])
def test_where_functions_end(formula, dtype):
    x = np.array([0.0, -1.0, np.inf, -np.inf, np.nan, 1e30], dtype)
    if formula in (sin, cos):
        x = x[:-1]
    if formula is erfc and dtype == "float32":
        x = x[~np.isnan(x)]  # of which Erf makes 1 in older versions of ONNX Runtime; gelu multiplies with it
    with np.errstate(all="ignore"):
        wanted = formula(x)
    np.testing.assert_allclose(done(formula, x), wanted, rtol=NEAR[dtype])


# -- columns -------------------------------------------------------------------------------------------
def several(n=240):
    """A table with columns of all kinds."""
    day = np.datetime64("2019-12-30T06:00") + np.arange(n) * np.timedelta64(277, "h")
    return {
        "number": [None if i % 9 == 0 else 1.5 * (i % 31) - 7 for i in range(n)],
        "repeated": [float(i % 7) for i in range(n)],
        "as text": [f"{1000.5 * (i % 40):,.1f} kg" for i in range(n)],
        "truth": [[True, False, None][i % 3] for i in range(n)],
        "yes and no": [["yes", "No", None][i % 3] for i in range(n)],
        "색": [["빨강", "green", "blue", None, "NA"][i % 5] for i in range(n)],
        "rare": ["often" if i % 4 else f"w{i // 16}" for i in range(n)],
        "category": [[None, 0, 1, 2, 3][i % 5] for i in range(n)],
        "day": np.where(np.arange(n) % 10 == 3, np.datetime64("NaT"), day),
    }


def features(preprocessing):
    """The graph of a preprocessing that gives out what networks read."""
    writer = Writer(Graph("columns"))
    first = [fp.Embedding(2)] if any(group.kind == "code" for group in preprocessing.groups) else []
    spec = fp.NetworkSpec(inputs=preprocessing.groups, layers=[*first, fp.Dense(1)], head=fp.Head("squared"))
    found = inputs_of(writer, preprocessing, spec)
    writer.graph.outputs += [Output(value.name, value) for value in found if value is not None]
    return writer.graph


def learnt(cells, options=None, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return Preprocessing.learn(cells, options=options or fp.ColumnOptions(), **more)


@pytest.mark.parametrize("max_one_hot", [None, 1])
def test_features_have_the_same_bits(max_one_hot):
    options = fp.ColumnOptions(max_one_hot=max_one_hot, bins=fp.Bins(max_bins=8), values=True)
    preprocessing = learnt(
        several(), options, schema={"category": "category"}, missing=["-999", "NA", "blue"]
    )
    graph = features(preprocessing)
    cells = rows_to_try(graph, types.SimpleNamespace(preprocessing=preprocessing))
    wanted, found = carried_out(graph, cells), answered(graph, cells)
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_days_of_two_centuries_and_times_of_a_day_have_the_same_bits():
    graph = features(learnt({"day": several()["day"]}))
    times = 18262.0 + np.arange(0, 86400, 10) / 86400
    days = np.concatenate([np.arange(-36525.0, 36525.0), times, [np.nan, -0.0, 1e9]])
    np.testing.assert_array_equal(
        answered(graph, {"day": days})["features"], carried_out(graph, {"day": days})["features"]
    )


def test_numbers_of_all_sizes_have_the_same_bits():
    graph = features(learnt({"x": several()["number"]}))
    rng = np.random.default_rng(2)
    x = np.concatenate(
        [rng.normal(size=9000) * 10.0 ** rng.integers(-300, 300, 9000), [-0.0, np.nan, 5e-324]]
    )
    np.testing.assert_array_equal(
        answered(graph, {"x": x})["features"], carried_out(graph, {"x": x})["features"]
    )


# -- whole models --------------------------------------------------------------------------------------
MODELS = [path for path in sorted(GOLDEN.glob("schema*/*.forpass")) if "checkpoint" not in path.name]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_models_of_every_schema(path, tmp_path, capfd):
    if path.stem in ("own_part", "lbfgs"):
        pytest.skip("needs a part that only its own test registers, or is no model")
    model = fp.load(path)
    coverage = 0.5 if getattr(model, "intervals", None) is not None else None
    exported = fp.export(model, tmp_path / "model.onnx", coverage=coverage)
    assert max(exported.deviations.values()) < NEAR["float32"]
    assert exported.rows >= 200
    assert capfd.readouterr() == ("", "")  # ONNX Runtime warns there
    onnx.checker.check_model(tmp_path / "model.onnx", full_check=True)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["fast", "realmlp", "tabm"])
@pytest.mark.parametrize("kind", ["values", "two", "three"])
def test_presets(kind, preset, tmp_path):
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=120), rng.integers(0, 4, 120)
    y = {"values": np.exp(x + z), "two": (x + z > 1).astype(int), "three": z.clip(0, 2)}[kind]
    model = trained({"x": x, "z": [f"w{i}" for i in z], "y": y}, preset=preset, task=TASKS[kind])
    coverage = 0.8 if getattr(model, "intervals", None) else None
    exported = fp.export(model, tmp_path / "model.onnx", coverage=coverage)
    assert max(exported.deviations.values()) < NEAR["float32"]


TASKS = {"values": "regression", "two": "classification", "three": "classification"}


def trained(table, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return fp.train_table(table, "y", **{"preset": "plain"} | more)


@pytest.fixture(scope="module")
def model():
    """A model of a table with awkward names."""
    n = 60
    columns = {
        "label": [float(i) for i in range(n)],
        "probabilities": [["a", "b"][i % 2] for i in range(n)],
        "": [float(i % 5) for i in range(n)],
        "1. 크기 (cm)": [float(i % 7) for i in range(n)],
        "relu": [float(i % 11) for i in range(n)],
    }
    return trained({**columns, "y": [["no", "yes"][i * 7 % 11 > 4] for i in range(n)]}, epochs=2)


def test_columns_keep_their_names(model, tmp_path):
    graph = graph_of(model)
    names = names_of(graph)
    assert names.inputs == ["label", "probabilities", "column", "1. 크기 (cm)", "relu"]
    assert names.outputs == ["predicted_label", "predicted_probabilities"]
    file = onnx.load_from_string(onnx_bytes(graph, "A title"))
    assert [one.name for one in file.graph.input] == names.inputs
    assert [one.name for one in file.graph.output] == names.outputs
    assert fp.export(model, tmp_path / "model.onnx").deviations["probabilities"] < 1e-6


def test_what_the_file_says_of_itself(model):
    file = onnx.load_from_string(onnx_bytes(graph_of(model), "A title"))
    assert file.doc_string.startswith("A title\n")
    assert "  probabilities: text; empty where missing\n" in file.doc_string
    assert {one.domain for one in file.opset_import} == {""}
    assert {node.domain for node in file.graph.node} == {""}
    assert {one.key: json.loads(one.value) for one in file.metadata_props} == {
        "predicted_probabilities": ["no", "yes"]
    }


def test_nothing_stands_there_that_nobody_reads():
    known, _ = network("layer Periodic", "float32")  # its formula makes sines, too, for those without phases
    graph = onnx.load_from_string(onnx_bytes(known, "A title")).graph
    assert "Sin" not in {node.op_type for node in graph.node}
    read = {name for node in graph.node for name in node.input} | {one.name for one in graph.output}
    made = [name for node in graph.node for name in node.output] + [one.name for one in graph.initializer]
    assert len(made) == len(set(made))
    assert set(made) <= read


def test_the_same_model_gives_the_same_bytes(model):
    assert onnx_bytes(graph_of(model), "A title") == onnx_bytes(graph_of(model), "A title")


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_any_number_of_rows(model, rows):
    graph = graph_of(model)
    cells = {name: array[:rows] for name, array in rows_to_try(graph, model).items()}
    found, wanted = onnx_runner(graph, onnx_bytes(graph, "A title"))(cells), carried_out(graph, cells)
    assert found["probabilities"].shape == (rows, 2)
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], rtol=0, atol=1e-6)
    assert found["label"].shape == (rows,)
    assert found["label"].tolist() == wanted["label"][:, 0].tolist()


def test_two_names_that_would_be_one():
    value = Value("x", "float64", (None, 1))
    writer = Writer(Graph("names"))
    for name in ("value", "predicted_value", "", "column"):
        writer.input(name, "float64", (None, 1))
    writer.output("value", value, "")
    assert names_of(writer.graph) == (
        ["value", "predicted_value", "column_2", "column"],
        ["predicted_value_2"],
    )


# -- what is not installed -----------------------------------------------------------------------------
def test_without_onnx_it_says_how_to_install_it(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(fp.ExportError, match=r'pip install "forpass\[onnx\]"'):
        fp.export(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_onnxruntime_nothing_is_compared(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    exported = fp.export(model, tmp_path / "model.onnx")
    assert exported.rows == 0
    assert "Not compared with the model: onnxruntime is not installed." in str(exported)
