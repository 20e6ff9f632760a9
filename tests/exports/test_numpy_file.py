"""The NumPy form: a file that needs NumPy alone, reads well, and predicts as the model does."""

import csv
import datetime
import io
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

import forpass as fp
from forpass.exports.forms import FORMS
from forpass.exports.numpy.file import loaded, numbers_of, python_source
from forpass.exports.walk import graph_of

TABLE = {
    "size": [float(i % 13) for i in range(90)],
    "class": [["a", "b", None, "c"][i % 4] for i in range(90)],
    "np": [i % 2 == 0 for i in range(90)],
    "나이": [20 + i % 50 for i in range(90)],
    "size_scaled": [i * 0.25 for i in range(90)],
    '1st, "quoted"\n': [["x", "y"][i % 2] for i in range(90)],
    "y": [["no", "yes"][i * 7 % 11 > 4] for i in range(90)],
}


def trained(table=TABLE, target="y", **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return fp.train_table(table, target, **{"preset": "plain", "epochs": 3} | more)


@pytest.fixture(scope="module")
def model():
    return trained()


def test_names_of_any_kind_become_names_of_python(model, tmp_path):
    assert fp.export(model, tmp_path / "model.py", rows=TABLE).deviations["probabilities"] < 1e-6


ODD_NAMES = [
    '"""; import os; os.environ["RUN"] = "1"; """',
    "<<HELPERS>>",
    "\\N{x} \\x \\u",
    "nul\0",
    "lone \ud800",
    "# -- ",
    "NUMBERS",
    "object",
    "member_1",
    "member_1.W1",
    "1/W1",
    "\u00b5",
    "\u03bc",
    "\ufb01",
    "fi",
    "e\u0301",
    "\u00e9",
    "X",
    "codes",
    "label",
    "table",
    "numbers",
    "xp",
    "answers",
    "__file__",
]


def test_no_name_of_a_table_is_code(tmp_path, monkeypatch):
    monkeypatch.delenv("RUN", raising=False)
    table = {name: [float((i * (k + 3)) % 11) for i in range(60)] for k, name in enumerate(ODD_NAMES)}
    table |= {f"{name}!": [ODD_NAMES[(i + k) % 5] for i in range(60)] for k, name in enumerate(ODD_NAMES)}
    target = ODD_NAMES[0] + "?"
    model = trained(table | {target: ODD_NAMES[:3] * 20}, target)
    exported = fp.export(model, tmp_path / "model.py", rows=table)
    assert exported.deviations["probabilities"] < 1e-6
    assert "RUN" not in os.environ


def exported_predict(model, tmp_path):
    """What a written file predicts with."""
    fp.export(model, tmp_path / "model.py")
    return loaded(*((tmp_path / f"model.{ending}").read_bytes() for ending in ("py", "npz")), "model.npz")


def same(predict, model, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        wanted = model.predict(rows)
    np.testing.assert_allclose(predict(rows)["value"], wanted, rtol=1e-4, atol=1e-5)


def test_numbers_as_tables_hold_them(tmp_path):
    x = np.array([0.1, 0.2, 2.0, 3.5] * 20, np.float32)
    table = {
        "size": [f"{1000 * v:,.1f} kg" for v in x],
        "kind": x,
        "n": [int(v * 10) for v in x],
        "y": x * 3.0,
    }
    model = trained(table, "y", schema={"kind": "category", "size": "number"}, task="regression")
    predict = exported_predict(model, tmp_path)
    same(predict, model, {name: cells for name, cells in table.items() if name != "y"})
    same(predict, model, {"size": ["100.0 kg", "-", "NA", None], "kind": x[:4], "n": [1, None, 2, 35]})
    same(predict, model, {"size": [100.0, 200.0], "kind": [0.1, 0.25], "n": np.array([1, 2])})
    same(
        predict,
        model,
        [{"size": "2,000.0 kg", "kind": 2.0, "n": "20"}, {"size": None, "kind": 9.0, "n": None}],
    )


@pytest.mark.parametrize("notation", ["%Y%m%d", "%d.%m.%Y", ""])
def test_dates_as_tables_hold_them(notation, tmp_path):
    days = [datetime.datetime(2020, 1, 31) + datetime.timedelta(days=9 * i) for i in range(80)]
    text = [day.strftime(notation or "%Y/%m/%d %H:%M") for day in days]
    table = {"day": text, "x": [float(i % 7) for i in range(80)], "y": [float(i) for i in range(80)]}
    how = {"schema": {"day": f"date:{notation}"}} if notation else {}
    model = trained(table, "y", task="regression", **how)
    predict = exported_predict(model, tmp_path)
    same(predict, model, {"day": text, "x": table["x"]})
    same(predict, model, {"day": days[:5], "x": table["x"][:5]})
    same(predict, model, {"day": np.array(days[:5], "datetime64[s]"), "x": table["x"][:5]})
    same(predict, model, {"day": ["", "-", None, text[3]], "x": table["x"][:4]})
    if not notation:
        since = [(day - datetime.datetime(1970, 1, 1)).days for day in days]
        given = predict({"day": since, "x": table["x"]})["value"]
        np.testing.assert_array_equal(given, predict({"day": days, "x": table["x"]})["value"])
        with pytest.raises(ValueError, match="'soon' stands where a date is meant"):
            predict({"day": ["soon"], "x": [1.0]})


def test_what_is_no_table_of_rows(model, tmp_path):
    predict = exported_predict(model, tmp_path)
    rows = [{name: cells[i] for name, cells in TABLE.items()} for i in range(4)]
    assert predict(row for row in rows)["label"].tolist() == predict(rows)["label"].tolist()
    with pytest.raises(KeyError):
        predict({"size": [1.0]})


def test_the_file_needs_numpy_alone(model, tmp_path):
    fp.export(model, tmp_path / "model.py")
    program = (
        "import sys; sys.path.insert(0, '.'); before = set(sys.modules); import model, json\n"
        "found = model.predict([{'size': 3, 'class': 'b', 'np': True, '나이': 30, 'size_scaled': 2.5,"
        " '1st, \"quoted\"\\n': 'x'}])\n"
        "outside = {name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "print(json.dumps([found['label'].tolist(), found['probabilities'].tolist(), sorted(outside)]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, env=ALONE
    )
    label, P, outside = json.loads(ran.stdout)
    assert set(outside) - {"__main__", "model", "_distutils_hack"} == {"numpy"}
    row = {name: [cell] for name, cell in [("size", 3), ("class", "b"), ("np", True), ("나이", 30)]}
    row |= {"size_scaled": [2.5], '1st, "quoted"\n': ["x"]}
    np.testing.assert_allclose(P, model.predict_proba(row), atol=1e-6)
    assert label == model.predict(row).tolist()


ALONE = {"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}


def test_as_a_program_it_reads_a_csv_file(model, tmp_path):
    fp.export(model, tmp_path / "model.py")
    rows = {name: cells[:5] for name, cells in TABLE.items() if name != "y"}
    with open(tmp_path / "table.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    command = [sys.executable, "model.py", "table.csv"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=ALONE)
    head, *answers = csv.reader(io.StringIO(ran.stdout))
    assert head == ["y", "probability of no", "probability of yes"]
    assert [answer[0] for answer in answers] == model.predict(rows).tolist()


def test_the_same_model_gives_the_same_bytes(model):
    once, again = (FORMS["numpy"].write(graph_of(model), "A model", "model") for _ in range(2))
    assert dict(once) == dict(again)


def test_what_is_no_truth_value_is_refused_as_forpass_refuses_it():
    table = {"open": ["yes", "no", "?"] * 20, "x": [float(i) for i in range(60)], "y": [0.0, 1.0, 2.0] * 20}
    model = trained(table, task="regression")
    graph = graph_of(model)
    predict = loaded(python_source(graph, "A model", "model.npz").encode(), numbers_of(graph), "model.npz")
    assert predict({"open": ["YES", "off", None], "x": [1, None, ""]})["value"].shape == (3,)
    with pytest.raises(ValueError, match="'maybe' stands where true or false is meant"):
        predict({"open": ["maybe"], "x": [1.0]})


def test_formulas_stand_there_as_in_maths(model):
    text = python_source(graph_of(model), "A model", "model.npz")
    told = '    """Cut off what is negative: a = max(z, 0) (Nair & Hinton 2010)."""\n'
    assert f"def relu(Z):\n{told}    return xp.maximum(Z, ZERO)\n" in text
    assert "Any" not in text
    assert ">>>" not in text


def test_a_formula_of_ones_own_with_a_name_that_is_taken_is_refused():
    def relu(Z):
        return Z

    with pytest.raises(fp.ExportError, match="two formulas are called 'relu'"):
        _exported_with(relu)


def test_a_formula_without_source_is_refused():
    scope = {}
    exec("def halved(Z):\n    return Z / 2.0\n", scope)
    with pytest.raises(fp.ExportError, match="halved has no source text"):
        _exported_with(scope["halved"])


def _exported_with(function):
    from forpass.exports.graph import Graph
    from forpass.exports.writer import Writer
    from forpass.maths.activations import ACTIVATIONS

    writer = Writer(Graph("model"))
    X = writer.input("X", "float32", (None, 2))
    A = writer.call(ACTIVATIONS["relu"].function, X)
    writer.output("value", writer.call(function, A), "a value")
    return python_source(writer.graph, "A model", "model.npz")
