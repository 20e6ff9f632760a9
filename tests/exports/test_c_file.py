"""The C form: compiled without a warning, clean under the sanitisers, it predicts what the graph says."""

import ctypes
import shutil
import subprocess
import warnings

import numpy as np
import pytest
from carried import carried_out
from golden_files import GOLDEN
from networks_to_try import network_to_try

import forpass as fp
from forpass.engines.conformance.cases import cases
from forpass.errors import ExportError
from forpass.exports.c.file import c_source
from forpass.exports.c.library import compiled, compiler
from forpass.exports.columns import inputs_of
from forpass.exports.graph import Graph
from forpass.exports.steps import ELEMENTWISE
from forpass.exports.trial_rows import rows_to_try
from forpass.exports.walk import graph_of
from forpass.exports.writer import Writer
from forpass.maths import xp

STRICT = ("-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-pedantic", "-Wshadow", "-Werror")
SANITISED = (*STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C compiler: cc, gcc or clang")


def files(graph, title="A model", stem="model"):
    source, header = c_source(graph, title, stem)
    return {f"{stem}.c": source.encode(), f"{stem}.h": header.encode()}


def built(graph, **more):
    return compiled(graph, files(graph, **more), STRICT)


def require_same(found, wanted, near):
    """Numbers within `near` of the largest of their kind, all else equal."""
    assert list(found) == list(wanted)
    for name, expected in wanted.items():
        flat = expected[:, 0] if expected.shape[1] == 1 else expected
        assert found[name].shape == flat.shape
        if flat.dtype.kind == "f":
            scale = np.abs(flat[np.isfinite(flat)]).max(initial=0.0)
            np.testing.assert_allclose(found[name], flat, rtol=near, atol=near * scale)
        else:
            np.testing.assert_array_equal(found[name], flat)


# -- networks, of arrays -----------------------------------------------------------------------------
NEAR = {"float32": 2.4e-6, "float64": 4.4e-15}
"""Two layers that add up 20 products each, in whatever order: 40 roundings."""


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("name", cases())
def test_networks(name, dtype):
    model, cells = network_to_try(name, dtype)
    graph = graph_of(model)
    require_same(built(graph)(cells), carried_out(graph, cells), NEAR[dtype])


def test_a_network_of_float_computes_in_float():
    model, _ = network_to_try("everything", "float32")
    source = files(graph_of(model))["model.c"].decode()
    network = source[source.index("static void network_1") : source.index("int model_predict")]
    assert "tanhf(" in network
    assert "erfcf(" in network
    assert "double" not in network


def test_codes_that_no_table_has_are_refused():
    model, cells = network_to_try("embedding", "float32")
    run = built(graph_of(model))
    for code in (-1, 6):
        with pytest.raises(ExportError, match="in row 0 the column 'codes' holds what the model cannot take"):
            run({"X": cells["X"][:1], "codes": np.array([[0, code]])})


# -- models of tables --------------------------------------------------------------------------------
MODELS = [
    path
    for path in sorted(GOLDEN.glob("schema*/*.forpass"))
    if path.stem
    not in ("checkpoint", "own_part", "lbfgs")  # no models, or of parts that other tests register
]


def golden_graph(path):
    model = fp.load(path)
    coverage = 0.5 if getattr(model, "intervals", None) is not None else None
    return model, graph_of(model, coverage), coverage


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_models_of_every_schema(path, tmp_path):
    model, graph, coverage = golden_graph(path)
    exported = fp.export(model, tmp_path / "model.c", coverage=coverage)
    assert exported.rows >= 200
    assert max(exported.deviations.values()) < 2 * NEAR["float32"]  # calibrated, and of several networks
    assert built(graph) is not None  # without a warning


def test_export_compiles_what_it_writes(tmp_path):
    model = fp.load(GOLDEN / "schema3" / "ensemble.forpass")
    exported = fp.export(model, tmp_path / "flats-2.c")
    assert [path.name for path in exported.files] == ["flats-2.c", "flats-2.h"]
    assert exported.rows > 200
    assert max(exported.deviations.values()) < 1e-6
    assert "int flats_2_predict(const flats_2_row *row" in (tmp_path / "flats-2.h").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["fast", "realmlp"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_presets(preset, task, tmp_path):
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=N), rng.integers(0, 4, N)
    y = np.exp(x + z) if task == "regression" else z.clip(0, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        model = fp.train_table({"x": x, "z": [f"w{i}" for i in z], "y": y}, "y", preset=preset, task=task)
    coverage = 0.8 if getattr(model, "intervals", None) else None
    assert fp.export(model, tmp_path / "model.c", coverage=coverage).rows > 200


DRIVER = """
#include "model.h"
#include <stdio.h>
int main(void)
{
    model_row row;
    while (fread(&row, sizeof row, 1, stdin) == 1) {
        model_answer answer = {0};
        if (model_predict(&row, &answer) != 0)
            return 1;
        fwrite(&answer, sizeof answer, 1, stdout);
    }
    return 0;
}
"""


def require_clean(graph, cells, folder, options):
    """A program of its own gives the same answers, and what watches over it has nothing to say."""
    run = built(graph)
    for name, content in files(graph).items():
        (folder / name).write_bytes(content)
    (folder / "driver.c").write_text(DRIVER)
    command = [compiler(), *options, "model.c", "driver.c", "-o", "driver", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    rows = b"".join(bytes(row) for row in run.rows(cells))
    ran = subprocess.run([folder / "driver"], input=rows, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    size = ctypes.sizeof(run.answer_type)
    cut = [ran.stdout[place : place + size] for place in range(0, len(ran.stdout), size)]
    answers = [run.answer_type.from_buffer_copy(one) for one in cut]
    for name, wanted in run(cells).items():
        np.testing.assert_array_equal(run.found(answers)[name], wanted)


@pytest.mark.slow
def test_sanitisers_have_nothing_to_say_of_a_network_of_everything(tmp_path):
    model, cells = network_to_try("everything", "float32")
    require_clean(graph_of(model), cells, tmp_path, SANITISED)


@pytest.mark.slow
@pytest.mark.parametrize("path", MODELS[-12:], ids=lambda path: path.stem)
def test_sanitisers_have_nothing_to_say_of_models(path, tmp_path):
    model, graph, _ = golden_graph(path)
    require_clean(graph, rows_to_try(graph, model), tmp_path, SANITISED)


@pytest.mark.parametrize("optimised", ["-O0", "-O2", "-O3", "-Os"])
def test_however_it_is_optimised_the_bits_are_the_same(optimised, tmp_path):
    model, cells = network_to_try("everything", "float32")
    require_clean(graph_of(model), cells, tmp_path, (*STRICT, optimised))


@pytest.mark.parametrize("command", ["gcc", "clang", "tcc"])
def test_other_compilers_have_nothing_to_say_either(command, tmp_path):
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not here")
    _, graph, _ = golden_graph(GOLDEN / "schema3" / "ensemble.forpass")
    for name, content in files(graph).items():
        (tmp_path / name).write_bytes(content)
    ran = subprocess.run(
        [command, *STRICT, "-c", "model.c"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_header_is_one_of_cpp_too(tmp_path):
    if shutil.which("g++") is None:
        pytest.skip("g++ is not here")
    graph = written(learnt(ODD_NAMES))
    for name, content in files(graph).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "use.cpp").write_text('#include "model.h"\nint main() { return sizeof(model_row) == 0; }\n')
    command = ["g++", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "use.cpp"]
    subprocess.run(command, cwd=tmp_path, check=True)


# -- columns -----------------------------------------------------------------------------------------
N = 120
NUMBERS = [[1.5, -2.0, 40.0, 40.0, 0.0, 7.25][i % 6] for i in range(N)]

COLUMNS = {
    "numbers": NUMBERS,
    "gaps": [None if i % 9 == 0 else x for i, x in enumerate(NUMBERS)],
    "truth": [bool(i % 3) for i in range(N)],
    "yes and no": [["yes", "No", "?"][i % 3] for i in range(N)],
    "words": [["red", 'g"??=reen', "파랑1", None, "NA"][i % 5] for i in range(N)],
    "two words": [["red", "green"][i % 2] for i in range(N)],
    "rare words": ["often" if i % 4 else f"w{i // 8}" for i in range(N)],
    "dates": [np.datetime64("2019-12-30T06:00") + 11 * i for i in range(N)],
    "minus 999": [-999.0 if i % 5 == 0 else float(i) for i in range(N)],
}


def learnt(cells, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        return fp.Preprocessing.learn(cells, **more)


def written(preprocessing):
    """The graph of a preprocessing alone, which gives out what networks read."""
    writer = Writer(Graph("columns"))
    codes = any(group.kind == "code" for group in preprocessing.groups)
    layers = [fp.Embedding(2)] if codes else []
    spec = fp.NetworkSpec(inputs=preprocessing.groups, layers=[*layers, fp.Dense(1)], head=fp.Head("squared"))
    inputs = inputs_of(writer, preprocessing, spec)
    for name in ("X", "codes"):
        if (value := getattr(inputs, name)) is not None:
            writer.output(name, value, "")
    return writer.graph


def cells_like(graph, cells):
    """The cells of a table as C takes them, with some that it has never seen."""
    found = {}
    for one in graph.inputs:
        column, odd = cells[one.name], {"yes and no": "OFF"}.get(one.name, "unseen")
        if one.value.kind == "text":
            found[one.name] = [*("" if cell is None else cell for cell in column), odd, "", "NULL"]
        else:
            days = np.array(column).dtype.kind == "M"
            numbers = (
                np.array(column, "datetime64[us]").astype(float) / 864e8 if days else np.array(column, float)
            )
            found[one.name] = [*numbers, 1.0, np.nan, 0.0]
    return found


@pytest.mark.parametrize("most_levels", [None, 1], ids=["levels", "codes"])
def test_features_have_the_bits_of_the_preprocessing(most_levels):
    options = fp.ColumnOptions(max_one_hot=most_levels, values=most_levels is not None)
    graph = written(learnt(COLUMNS, options=options))
    cells = cells_like(graph, COLUMNS)
    found = built(graph)(cells)
    assert found["X"].dtype == np.float32
    for name, wanted in carried_out(graph, cells).items():
        np.testing.assert_array_equal(found[name], wanted)


def test_words_for_a_missing_value_that_are_numbers():
    graph = written(learnt(COLUMNS, missing=["-999", "red"]))
    cells = cells_like(graph, COLUMNS)
    np.testing.assert_array_equal(built(graph)(cells)["X"], carried_out(graph, cells)["X"])
    assert b"row->minus_999 == -999.0 ? NAN : row->minus_999" in files(graph)["model.c"]


def test_what_is_no_truth_value_is_refused():
    graph = written(learnt({name: COLUMNS[name] for name in ("numbers", "truth", "yes and no")}))
    run = built(graph)
    assert run({"numbers": [1.0], "truth": [1.0], "yes and no": ["TRUE"]})["X"][0, 1:3].tolist() == [1.0, 1.0]
    for name, cell in (("truth", 2.0), ("yes and no", "maybe")):
        cells = {"numbers": [1.0], "truth": [1.0], "yes and no": ["no"]} | {name: [cell]}
        with pytest.raises(ExportError, match=f"the column '{name}' holds what"):
            run(cells)


def test_a_column_that_is_a_category_for_one_and_a_truth_value_for_another():
    writer = Writer(Graph("both"))
    cells = writer.input("open", "text", (None, 1), missing=("", "NA"))
    writer.output("category", writer.level(cells, {"Yes": 3, "no": 4}, missing=5, other=6), "")
    truths = {"yes": 1, "no": 0, "off": 0}
    writer.output("truth", writer.level(cells, truths, missing=2, other=7, any_case=True), "")
    given = {"open": ["Yes", "yes", "YES", "no", "NO", "oFF", "off", "NA", "na", "", "maybe"]}
    require_same(built(writer.graph)(given), carried_out(writer.graph, given), 0.0)


def test_a_word_that_c_cannot_say_is_refused():
    with pytest.raises(ExportError, match=r"ends at NUL, and 'a\\x00b' has one"):
        files(written(learnt({"word": ["a\0b", "c", "d"] * 10})))


# -- names, numbers, comments ---------------------------------------------------------------------------
ODD_NAMES = {
    name: [float(i % 7) + len(name) for i in range(N)]
    for name in (
        *("class", "double", "row", "answer", "floats", "exp", "i", "features", "NAN", "larger", "model_row"),
        *("나이", "키", "a b", "a_b", "a*/b", "/*", "??/", '"\\', "line\nbreak", "1st", "\u202eback", "_x"),
    )
}


def test_whatever_columns_are_called_they_have_names_of_their_own():
    graph = written(learnt(ODD_NAMES))
    run = built(graph, title='All of it */ and "more" ??/\n\\', stem="2nd model.v1")
    np.testing.assert_array_equal(run(ODD_NAMES)["X"], carried_out(graph, ODD_NAMES)["X"])


def test_the_same_model_gives_the_same_text():
    path = GOLDEN / "schema3" / "ensemble.forpass"
    assert files(golden_graph(path)[1]) == files(golden_graph(path)[1])


@pytest.mark.parametrize("dtype", NEAR)
def test_every_step_on_odd_numbers(dtype):
    odd = [0.0, -0.0, 1.0, -1.5, 1e-30, 700.0, -700.0, np.inf, -np.inf, np.nan, 3.4e38, 1e-40]
    graph = _of_every_step(dtype, len(odd))
    X = np.array([np.roll(odd, place) for place in range(len(odd))])
    cells = {"X": X[:, : len(odd)]}
    found, wanted = built(graph)(cells), carried_out(graph, cells)
    ulp = np.finfo(dtype).eps
    for name, expected in wanted.items():
        flat = expected[:, 0] if expected.shape[1] == 1 else expected
        # four ulp are as far as two libraries of such functions are apart
        np.testing.assert_allclose(found[name], flat, rtol=4 * ulp, atol=np.finfo(dtype).tiny, err_msg=name)


def _of_every_step(dtype, width):
    """A graph that gives out what each step makes of numbers."""
    writer = Writer(Graph("steps"))
    X = writer.cast(writer.input("X", "float64", (None, width)), dtype, "cast")
    Y = writer.take(X, [*range(1, width), 0])
    for name in ELEMENTWISE:
        two = name in ("maximum", "minimum")
        values = writer.call(
            _formula(f"xp.{name}(X, Y)" if two else f"xp.{name}(X)"), X, Y, name=f"of_{name}"
        )
        writer.output(name, values, "")
    for sign in ("+", "-", "*", "/", "<", "<=", ">", ">="):
        writer.output(sign, writer.call(_formula(f"X {sign} Y"), X, Y), "")
    found = {
        "row_max": writer.call(_formula("xp.row_max(X)"), X, 0.0),
        "largest": writer.largest(X),
        "constant": writer.beside([X, writer.constant("odd", np.array([[np.inf, np.nan]], dtype))]),
    }
    members = writer.stack([X, Y])
    for name in ("member_max", "member_sum"):
        found[name] = writer.call(_formula(f"xp.{name}(X)"), members, 0.0)
    finite = writer.take(X, [0, 2, 3, 5])
    found["row_sum"] = writer.call(_formula("xp.row_sum(X)"), finite, 0.0)
    for name, value in found.items():
        writer.output(name, value, "")
    return writer.graph


def _formula(text):
    scope = {"xp": xp}
    exec(f"def formula(X, Y): return {text}", scope)
    return scope["formula"]


@pytest.mark.parametrize(
    "labels", [[-(2**63), 2**63 - 1, 5], np.array([2**64 - 1, 0, 7], np.uint64), [True, False, True]]
)
def test_labels_of_all_types(labels):
    writer = Writer(Graph("labels"))
    X = writer.input("X", "float64", (None, 3))
    table = writer.constant("labels", np.array(labels)[:, None])
    writer.output("label", writer.pick(table, writer.largest(X)), "")
    found = built(writer.graph)({"X": np.eye(3)})["label"]
    assert found.tolist() == list(labels)


def test_a_formula_that_hands_on_what_it_reads():
    writer = Writer(Graph("same"))
    X = writer.input("X", "float64", (None, 2))
    first, second = writer.several(_formula("X, X * Y"), X, 2.0, name="both")
    third = writer.several(_formula("(T := X * Y), T"), X, 2.0, name="twice")
    for name, value in zip("abcd", (first, second, *third), strict=True):
        writer.output(name, value, "")
    cells = {"X": np.array([[1.0, 2.0], [3.0, 4.0]])}
    require_same(built(writer.graph)(cells), carried_out(writer.graph, cells), 0.0)


# -- compiling -----------------------------------------------------------------------------------------
def test_without_a_compiler_nothing_is_carried_out(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    assert compiler() is None
    assert compiled(Graph("model"), {"model.c": b"", "model.h": b""}) is None


def test_what_the_compiler_says_is_handed_on():
    with pytest.raises(ExportError, match=r"(?s)does not compile the source that was written.*nonsense"):
        compiled(Graph("model"), {"model.c": b"nonsense", "model.h": b""})
