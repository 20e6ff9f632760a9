"""forpass export: a model in another form, from the command line."""

import json

import numpy as np
import pytest

import forpass as fp
from forpass.exports import FORMS

ROWS = {
    "size": [20.0, 30.0, 40.0, 50.0] * 5,
    "city": ["a", "b", None, "c"] * 5,
    "kind": ["flat", "house"] * 10,
}


@pytest.fixture
def model(tmp_path):
    fp.train_table(ROWS, "kind", hidden=(3,), epochs=2, test=0, validation=0).save(tmp_path / "m.forpass")
    lines = [
        ",".join("" if cell is None else str(cell) for cell in row)
        for row in zip(*ROWS.values(), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join([",".join(ROWS), *lines]) + "\n")
    return "m.forpass"


def test_beside_the_model(forpass, model, tmp_path):
    code, out, err = forpass("export", model, "--to", "numpy")
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == ["m.py", "m.npz"]
    assert "Compared with the model on" in out
    assert (tmp_path / "m.py").exists()


def test_the_help_names_all_forms(forpass):
    code, said, _ = forpass("export", "--help")
    told = " ".join(said.split())
    assert code == 0 and all(f"{form.name}: {form.needs}" in told for form in FORMS.values())
    listed = next(line for line in forpass("--help")[1].splitlines() if line.split()[:1] == ["export"])
    assert listed.endswith(f": {', '.join(FORMS)}.")


def test_as_json_compared_on_the_rows_of_a_table(forpass, model):
    code, out, _ = forpass("export", model, "--out", "other.py", "--rows", "t.csv", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["form"], found["files"], found["rows"]) == (
        "numpy",
        ["other.py", "other.npz"],
        found["rows"],
    )
    assert found["rows"] > 200 + 20
    assert [one["name"] for one in found["inputs"]] == ["size", "city"]
    assert found["outputs"][1]["columns"] == ["flat", "house"]
    assert 0 <= found["deviations"]["probabilities"] < 1e-6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "say in which form, --to numpy"),
        (["--to", "nump"], "did you mean 'numpy'?"),
        (["--out", "m.txt"], "give it one of the endings .py (numpy)"),
        (["--out", "m.forpass", "--to", "numpy"], "would be lost"),
        (
            ["--out", "m.py", "--coverage", "0.9"],
            "coverage is for models with prediction intervals or sets",
        ),
        (["--out", "m.py", "--rows", "none.csv"], "none.csv"),
    ],
)
def test_what_it_cannot_do(forpass, model, tmp_path, words, message):
    before = sorted(path.name for path in tmp_path.iterdir())
    code, _, err = forpass("export", model, *words)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_is_there_is_not_replaced_unless_it_is_named(forpass, model, tmp_path):
    (tmp_path / "m.py").write_text("mine")
    code, _, err = forpass("export", model, "--to", "numpy")
    assert (code, (tmp_path / "m.py").read_text()) == (2, "mine")
    assert "is there already" in err
    assert forpass("export", model, "--out", "m.py")[0] == 0
    assert (tmp_path / "m.py").read_text() != "mine"
    assert np.load(tmp_path / "m.npz").files
