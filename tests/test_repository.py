"""What a user meets before anything is computed: the names, the time they take, and help."""

import ast
import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import forpass

ROOT = Path(__file__).parents[1]
HEAVY = ["llvmlite", "sklearn", "polars", "pandas", "scipy.optimize"]
NUMERICAL = ["numpy", "scipy", *HEAVY]

COMMAND = """
import json, sys
from forpass.cli import main
sys.argv = ["forpass", *json.loads(sys.argv[1])]
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code or 0, sorted(sys.modules)]), file=sys.stderr)
"""


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter, as somebody else's first line."""
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, timeout=120
    )


def loaded_by(program: str) -> set[str]:
    return set(
        json.loads(python(f"{program}\nimport json, sys; print(json.dumps(sorted(sys.modules)))").stdout)
    )


# --- names ---------------------------------------------------------------------------------------


def test_public_names_are_sorted_as_people_look_them_up():
    assert forpass.__all__ == sorted(set(forpass.__all__), key=lambda name: (name.casefold(), name))


@pytest.mark.parametrize("name", forpass.__all__)
def test_public_name_is_there_and_documented(name):
    thing = getattr(forpass, name)
    assert thing.__name__ == name
    assert thing.__module__.startswith("forpass.")
    assert thing.__doc__, f"forpass.{name} has no docstring"


@pytest.mark.parametrize("name", forpass.__all__)
def test_public_name_has_an_example(name):
    """In its docstring, where `make test` executes it."""
    parsed = doctest.DocTestParser().get_examples(getattr(forpass, name).__doc__)
    checked = [e for e in parsed if e.want and not e.options.get(doctest.SKIP)]
    assert checked, f"the docstring of forpass.{name} has no example that shows what comes out"


def test_dir_shows_every_public_name():
    assert set(forpass.__all__) <= set(dir(forpass))


def test_nothing_public_is_missing_in_all():
    """No class or function of ours lies in the open beside `__all__`."""
    for name in forpass.__all__:
        getattr(forpass, name)
    ours = {
        n for n, thing in vars(forpass).items() if getattr(thing, "__module__", "").startswith("forpass.")
    }
    assert {n for n in ours if not n.startswith("_")} == set(forpass.__all__)


def test_type_checkers_see_the_same_names():
    """The imports under TYPE_CHECKING are what editors complete; they must not fall behind the names.

    ``from module import name as name`` is how a package with types says that a name is its own too.
    """
    tree = ast.parse((ROOT / "src/forpass/__init__.py").read_text(encoding="utf-8"))
    guarded = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    seen = [
        (n.module, a.name, a.asname)
        for block in guarded
        for n in block.body
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    ]
    assert sorted(seen) == sorted((home, n, n) for home, names in forpass._HOMES.items() for n in names)


def test_a_name_is_written_in_two_places_of_the_package_at_most():
    """In the one list of what is public, and for type checkers; `__all__` is made of the list."""
    text = (ROOT / "src/forpass/__init__.py").read_text(encoding="utf-8")
    code = text.split("\nif TYPE_CHECKING", 1)[1]
    assert [name for name in forpass.__all__ if code.count(f'"{name}"') != 1] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = forpass.no_such_name


def test_types_are_shipped():
    assert (Path(forpass.__file__).parent / "py.typed").is_file()


# --- tests ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def naming() -> tuple[list[str], set[str]]:
    """Name the tests that `make quick` runs; return their names and the modules that this has loaded."""
    program = f"""
import json, os, sys, pytest
os.chdir({str(ROOT)!r})
class Names:
    def pytest_collection_finish(self, session):
        self.found = [item.nodeid for item in session.items]
names, told, sys.stdout = Names(), sys.stdout, open(os.devnull, "w")
assert pytest.main(["--collect-only", "--quick", "-p", "no:cacheprovider"], plugins=[names]) == 0
print(json.dumps([names.found, sorted(sys.modules)]), file=told)
"""
    names, modules = json.loads(python(program).stdout)
    return names, set(modules)


@pytest.mark.slow
def test_naming_all_tests_loads_nothing_heavy(naming):
    """It would be loaded for every run of any test; what is large is named by `later`."""
    assert naming[1] & ({*HEAVY, "pyarrow", "scipy.stats", "torch", "matplotlib"} - {"llvmlite"}) == set()


@pytest.mark.slow
def test_the_quick_tests_exercise_every_package(naming):
    folders = {path.parent.name for path in ROOT.glob("src/forpass/*/__init__.py")}
    assert {name.split("/")[1] for name in naming[0]} >= folders
    assert 500 < len(naming[0]) < 3500


def test_every_dependency_has_an_oldest_version():
    ran = subprocess.run(
        [sys.executable, ROOT / ".ci/oldest.py"], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(re.findall(r"^([\w-]+)==[\d.]+", ran.stdout, re.MULTILINE)) >= {"numpy", "click", "pytest"}
    assert all("==" in line for line in ran.stdout.splitlines())


# --- time ----------------------------------------------------------------------------------------


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import forpass")
    assert "forpass" in loaded
    assert loaded.isdisjoint(HEAVY)


SERVE = """
import json, sys
import forpass as fp
model = fp.load(sys.argv[1])
rows = [{"x": [1.0], "w": ["a"]}, [{"x": 1.0, "w": "a"}], {"x": [1.0, None], "w": ["b", "a"]}]
print(json.dumps([model.predict(row).tolist() for row in rows]))
print(json.dumps(sorted(sys.modules)))
"""

NOT_TO_SERVE = {"sklearn", "scipy", "pandas", "polars", "narwhals", "joblib", "click", "importlib.metadata"}


@pytest.mark.parametrize("together", [False, True], ids=["a model", "an ensemble"])
def test_serving_loads_neither_scikit_learn_nor_scipy(together, tmp_path):
    """Import, load, predict: nothing that takes longer to import than that takes."""
    table = {"x": [0.0, 1.0, 2.0, None] * 10, "w": ["a", "b", "a", "b"] * 10, "y": ["no", "yes"] * 20}
    model = forpass.train_table(table, "y", epochs=2, hidden=[4])
    served = forpass.Ensemble((model, model)) if together else model
    ran = python(SERVE, str(served.save(tmp_path / "served.forpass")))
    predictions, modules = map(json.loads, ran.stdout.splitlines())
    assert [len(of_table) for of_table in predictions] == [1, 1, 2]
    assert set(modules) & NOT_TO_SERVE == set()


@pytest.mark.slow
def test_a_row_of_numbers_loads_no_masked_arrays(tmp_path):
    """Which take as long to import as a hundred rows to predict; only `numpy.unique` wants them."""
    model = forpass.train_table({"x": [0.0, 1.0] * 20, "y": ["no", "yes"] * 20}, "y", epochs=1, hidden=[4])
    place = str(model.save(tmp_path / "served.forpass"))
    assert "numpy.ma" not in loaded_by(f"import forpass; forpass.load({place!r}).predict({{'x': [1.0]}})")


def test_training_on_a_file_loads_neither_scikit_learn_nor_scipy(tmp_path):
    rows = "".join(f"{i},{'ab'[i % 2]},{i % 3}\n" for i in range(40))
    (tmp_path / "few.csv").write_text("x,w,y\n" + rows)
    words = [
        "train",
        str(tmp_path / "few.csv"),
        "--target",
        "y",
        "--epochs",
        "2",
        "--out",
        str(tmp_path / "few"),
    ]
    ran = python(COMMAND, json.dumps(words))
    code, modules = json.loads(ran.stderr.splitlines()[-1])
    assert (
        code == 0
        and set(modules) & {"sklearn", "scipy", "pandas", "joblib", "matplotlib", "narwhals"} == set()
    )


@pytest.mark.slow
def test_import_adds_little_to_numpy():
    program = """
import time
import numpy
began = time.process_time()
import forpass
print(time.process_time() - began)
"""
    assert min(float(python(program).stdout) for _ in range(5)) <= 0.1


# --- help ----------------------------------------------------------------------------------------


def commands() -> list[list[str]]:
    """List the words that lead to each screen of help."""
    from forpass.cli.app import app

    return [[], *([name] for name in app.commands)]


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(["forpass", *words]))
def test_help_is_answered_without_numbers(words):
    ran = python(COMMAND, json.dumps([*words, "--help"]))
    code, loaded = json.loads(ran.stderr)
    assert code == 0
    assert "Usage: forpass" in ran.stdout
    assert set(loaded).isdisjoint(NUMERICAL)


# --- the frame -----------------------------------------------------------------------------------


def test_one_version():
    from importlib.metadata import version

    declared = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert declared is not None
    assert version("forpass") == declared[1], "installed from an older tree: pip install -e ."
    assert f"## [{declared[1]}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_test_that_asks_torch_is_marked():
    """`pytest -m oracle` must find them all: a test file that imports torch says so."""
    unmarked = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if re.search(r"""importorskip\(\s*["']torch""", text := path.read_text(encoding="utf-8"))
        and "mark.oracle" not in text
    ]
    assert unmarked == []


# --- size ----------------------------------------------------------------------------------------


def test_no_module_is_too_long_to_be_read_at_once():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / "src").rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long, f"more than 400 lines; give a part of it a module of its own: {long}"
