"""Forms of export: what each folder offers, and the registry."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from forpass.exports.exporting import export
from forpass.exports.forms import FORMS, form_of
from forpass.exports.graph import Graph
from forpass.exports.protocol import Writing
from forpass.exports.writer import Writer
from forpass.forks import imported


@pytest.fixture
def graph():
    writer = Writer(Graph("model"))
    writer.output("value", writer.input("X", "float64", (None, 2), array=True), "")
    return writer.graph


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_a_form_is_a_folder_that_offers_two_functions(form):
    module = imported(form.module)
    assert module.__all__ == ["run", "write"]
    for name in module.__all__:
        offered, asked = (inspect.signature(getattr(of, name)) for of in (module, Writing))
        assert list(offered.parameters.values()) == list(asked.parameters.values())[1:]
        assert offered.return_annotation == asked.return_annotation


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_what_a_form_writes_it_carries_out(form, graph):
    if form.name == "onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    files = form.write(graph, "A title", "some")
    assert next(iter(files)) == f"some{form.ending}"
    assert {name.split(".")[0] for name in files} == {"some"}
    run = form.run(graph, files)
    if run is None:
        assert form.unchecked
    else:
        X = np.array([[1.0, -2.0], [0.5, 3.0]])
        np.testing.assert_array_equal(run({"X": X})["value"], X)


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_nan_counts_as_the_largest_of_a_row(form, kind):
    """As for `Scores.decisions`: scores that overflow are decided alike everywhere."""
    if form.name == "onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    writer = Writer(Graph("model"))
    X = writer.cast(writer.input("X", "float64", (None, 5), array=True), kind)
    writer.output("label", writer.cast(writer.largest(X), "int64"), "")
    run = form.run(writer.graph, form.write(writer.graph, "A title", "some"))
    if run is None:
        pytest.skip(form.unchecked)
    rng = np.random.default_rng(0)
    Z = rng.integers(0, 4, (300, 5)).astype(float)  # often equal
    Z[rng.random(Z.shape) < 0.1] = np.nan
    Z[rng.random(Z.shape) < 0.1] = np.inf
    Z[0], Z[1], Z[2] = -np.inf, np.nan, np.inf
    assert np.isnan(Z).any(axis=1).sum() > 50 and not np.isnan(Z).any(axis=1).all()
    np.testing.assert_array_equal(run({"X": Z})["label"], np.argmax(Z, axis=1))


def test_forms_are_told_in_their_order():
    parameters = export.__doc__
    listed = ", ".join(f'"{name}"' for name in FORMS)
    assert f"to : {{{listed}}}, optional" in parameters
    assert f"({', '.join(f'``{form.ending}``' for form in FORMS.values())})" in parameters


def test_naming_the_forms_loads_nothing_else():
    """The command names them in its help."""
    program = "import sys; from forpass.exports.forms import FORMS; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "forpass.exports.forms" in loaded
    assert not {"numpy", "forpass.model", "forpass.exports.graph"}.intersection(loaded)


def test_a_form_is_known_by_its_ending():
    for form in FORMS.values():
        assert form_of(f"folder/model{form.ending}") is form
