"""What is seen where the last value of a cell shows itself: in a notebook, or in an interpreter."""

import inspect
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.shown import aligned, width

make_pipeline = later("sklearn.pipeline", "make_pipeline")
GridSearchCV = later("sklearn.model_selection", "GridSearchCV")
TransformedTargetRegressor = later("sklearn.compose", "TransformedTargetRegressor")

ROOT = Path(__file__).parents[1]
ESTIMATORS = [
    "Adaline",
    "LogisticNeuron",
    "MLPClassifier",
    "MLPRegressor",
    "Perceptron",
    "TableClassifier",
    "TableRegressor",
]
X, Y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2


@pytest.fixture(scope="module")
def model():
    table = {"가격": X[:, 0], "도시": np.array(["서울", "부산"])[np.arange(40) // 3 % 2], "sold": Y}
    return fp.train_table(table, "sold", hidden=(3,), epochs=14, patience=20)


def test_every_estimator_is_shown():
    public = {name for name in fp.__all__ if hasattr(getattr(fp, name), "fit")} - {"TableSearch"}
    assert public == set(ESTIMATORS)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.filterwarnings("ignore:max_iter")
def test_an_estimator_shows_its_parameters(name):
    estimator = getattr(fp, name)()
    around = TransformedTargetRegressor(estimator) if "Regressor" in name else make_pipeline(estimator)
    for shown in (estimator, around, GridSearchCV(estimator, {}), estimator.fit(X, Y)):
        html, text = shown._repr_html_(), repr(shown)
        assert name in html and name in text
    some = next(iter(estimator.get_params()))
    assert some in estimator._repr_html_()


@pytest.mark.parametrize("name", fp.__all__)
def test_a_docstring_can_be_read_by_programs(name):
    """scikit-learn reads the docstring of an estimator, and of whatever is derived from it, to show it."""
    reader = pytest.importorskip(
        "sklearn.externals._numpydoc.docscrape", reason="this scikit-learn is older and reads no docstrings"
    )
    assert "".join(reader.NumpyDocString(inspect.getdoc(getattr(fp, name)))["Summary"])


def test_what_is_long_shows_itself_as_a_table(model):
    data = model.preprocessing.encode({"가격": X[:, 0], "도시": ["서울"] * 40, "sold": Y}, with_targets=True)
    for shown, lines, words in (
        (model.history, 5 + 5 + 3, ["epoch", "validation_metric", "metric: accuracy"]),
        (model.history[:2], 4, ["epoch"]),
        (model.summary(), 8, ["affine", "head: sigmoid_cross_entropy"]),
        (model.provenance.evaluation, 9, ["Evaluation on", "network", "linear", "dummy"]),
        (model.provenance, 15, ["created", "training", "network"]),
        (model.trace(data), 52, ["Z1", "dW1", "W1.new"]),
        (fp.gradient_check(model.spec, data), 7, ["gradient check passed", "W1", "passed"]),
    ):
        text = repr(shown)
        assert lines - 3 <= len(text.splitlines()) <= lines + 3, text
        assert all(word in text for word in words), text
        assert max(map(len, text.splitlines())) <= 130
    assert model.summary() + "" == str(model.summary())  # it is text
    assert model.history == tuple(model.history) and repr(model.history[:0]) == "()"
    for shown in (model, data, model.scores(data), fp.load_dataset("iris"), fp.Ensemble([model, model])):
        assert len(repr(shown)) < 200 and repr(shown).startswith("<")


def test_letters_are_as_wide_as_they_are():
    apart = unicodedata.normalize("NFD", "가é")  # as some systems write names
    texts = {
        "price": 5,
        "가격": 4,
        apart: 3,
        "\N{HALFWIDTH KATAKANA LETTER KA}": 1,
        "\N{GRINNING FACE}": 2,
        "": 0,
    }
    assert {text: width(text) for text in texts} == texts and len(apart) == 4
    rows = [["", "rows"], ["가격", "9"], ["가격", "10"], ["size\n", "100"]]
    lines = aligned(rows, right=[1], indent="").splitlines()
    assert [width(line) for line in lines] == [12] * 4
    assert lines[3] == "size\\n   100"


def test_columns_with_korean_names_stand_below_each_other(forpass, tmp_path):
    (tmp_path / "t.csv").write_text("가격,a,y\n" + "".join(f"{i},{i % 3},{i % 2}\n" for i in range(30)))
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--hidden", 0, "--test", 0)[0] == 0
    lines = forpass("inspect", "t.forpass")[1].splitlines()
    (first,) = (number for number, line in enumerate(lines) if line.lstrip().startswith("column "))
    places = {width(line[: line.index(kind)]) for line, kind in zip(
        lines[first : first + 4], ["kind", "number", "number", "target"], strict=True
    )}  # fmt: skip
    assert len(places) == 1


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the group test")
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the group test")
    pytest.importorskip("ipykernel", reason="needs ipykernel, of the group test")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    assert all(cell.cell_type != "code" or not cell.outputs for cell in notebook.cells)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    results = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = [output for output in cell.outputs if output.output_type == "execute_result"]
            assert shown, f"shows nothing: {cell.source}"
            results.append(shown[-1]["data"])
    for result in results:
        text = result["text/plain"]
        assert "Traceback" not in text and "object at 0x" not in text
        assert len(text) < 3000 and ("\n" in text or len(text) < 200), text
    assert any("estimator-table" in result.get("text/html", "") for result in results)
