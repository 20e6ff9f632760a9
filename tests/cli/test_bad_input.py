"""Bad input through the real command: tables, tables that do not fit a model, model files, places.

Bad files are in `test_reading`, wrong words in `test_usage` and `test_command`. All get one sentence that
says what, where and the remedy, exit code 2, and nothing is written.
"""

import json
import os
import re

import numpy as np
import pytest

import forpass as fp
from forpass.model.migrate import SCHEMA


def csv(columns, n=60):
    """A table of `n` rows; a column is a list, or a function of the row's number."""
    names = list(columns)
    rows = [[c(i) if callable(c) else c[i % len(c)] for c in columns.values()] for i in range(n)]
    return ",".join(names) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def x(i):
    return i * 7 % 23 / 4


def quoted(text):
    return f'"{text}"'


GOOD = {"x": x, "y": ["a", "b", "b"]}

# what is in the table, how many rows, further words, what is said
REFUSED = {
    "no such column": (GOOD, 60, ["-t", "yy"], r"there is no column 'yy'; did you mean 'y'\?"),
    "one class": (
        {"x": x, "y": ["a"]},
        60,
        [],
        "target 'y' holds one class only, 'a'; choose another column",
    ),
    "target all missing": ({"x": x, "y": [""]}, 60, [], "target 'y' has no value in any row; choose another"),
    "all columns missing or constant": (
        {"x": [""], "z": [1], "y": ["a", "b"]},
        60,
        [],
        r"no column is left to learn from \('x' no value in the training rows; 'z' always 1\)",
    ),
    "infinite": (
        {"x": lambda i: "inf" if i == 7 else x(i), "y": ["a", "b"]},
        60,
        [],
        "'x' holds inf in row 8",
    ),
    "absurdly large": (
        {"x": lambda i: "1e305" if i == 7 else x(i), "y": ["a", "b"]},
        60,
        [],
        r"'x' holds 1e\+305 in row 8 .*, which cannot be scaled; mend or empty the cell",
    ),
    "text for a number": (
        {"x": lambda i: "tall" if i == 7 else x(i), "y": ["a", "b"]},
        60,
        ["--schema", "x=number"],
        "'x' holds 'tall' in row 8 .*, where a number is meant, like '.*'; mend or empty the cell",
    ),
    "numbers written in two ways": (
        {"x": lambda i: quoted("1,5") if i == 7 else quoted("1,234.5"), "y": ["a", "b"]},
        60,
        ["--schema", "x=number"],
        "'x' holds '1,5' in row 8",
    ),
    "text for a value": (
        {"x": x, "y": ["1.5", "2.5", "many"]},
        60,
        ["--task", "regression"],
        "'many' in row 3",
    ),
    "one row": (GOOD, 1, [], "1 row has a target, and at least 5 are needed"),
    "dates for a target": ({"x": x, "y": lambda i: f"2024-01-{i % 28 + 1:02}"}, 60, [], "'y' holds dates"),
    "weights below zero": (
        {"x": x, "w": [1, -2], "y": ["a", "b"]},
        60,
        ["--weight", "w"],
        "weight column 'w' holds -2 in row .*, where a weight of at least 0 is meant",
    ),
    "epochs below zero": (
        GOOD,
        60,
        ["--epochs", "-3"],
        "--epochs must be .* at least 1; got -3",
    ),
    "a layer of no neurons": (GOOD, 60, ["--hidden", "8,0"], "each of --hidden must be .* at least 1; got 0"),
    "an unknown activation": (GOOD, 60, ["--activation", "rleu"], r"'rleu'; did you mean 'relu'.* Known: "),
    "an unknown optimiser": (GOOD, 60, ["--optimizer", "adma"], "'adma'; did you mean 'adam'"),
    "an unknown engine": (GOOD, 60, ["--engine", "gpu"], "unknown --engine 'gpu'. Known: auto"),
    "an unknown task": (GOOD, 60, ["--task", "classify"], "did you mean 'classification'"),
    "a rate of nothing": (GOOD, 60, ["--learning-rate", "0"], "--learning-rate must be .* above 0; got 0"),
    "dropout of all": (GOOD, 60, ["--dropout", "1"], "--dropout must be below 1; got 1"),
    "patience below zero": (GOOD, 60, ["--patience", "-1"], "--patience must be .* at least 0; got -1"),
    "a seed below zero": (GOOD, 60, ["--seed", "-1"], "--seed must be .* at least 0; got -1"),
}


def one_sentence(code, out, err):
    """Assert that a command was refused properly; return what it said."""
    said = [line for line in err.splitlines() if not line.startswith(("note: ", "epoch "))]
    assert code == 2 and out == "" and len(said) == 1 and said[0].startswith("error: "), (code, out, err)
    return said[0]


@pytest.mark.parametrize("name", REFUSED)
def test_tables_that_cannot_be_learnt_from(forpass, tmp_path, name):
    columns, n, words, wanted = REFUSED[name]
    (tmp_path / "t.csv").write_text(csv(columns, n))
    target = [] if "-t" in words else ["-t", "y"]
    assert re.search(wanted, one_sentence(*forpass("train", "t.csv", *target, *words, "--epochs", 1, *words)))
    assert os.listdir(tmp_path) == ["t.csv"]


# what is strange but can be learnt from: what is said of it
NOTED = {
    "thousands": (
        {"price": lambda i: quoted(f"{i + 1},234")},
        "'price' .*,234' look like numbers; .*kind number",
    ),
    "units": ({"weight": lambda i: f"{i % 9 + 1} kg"}, "'weight' .*values like '1 kg' look like numbers"),
    "other dates": ({"born": lambda i: f"{i % 28 + 1}.3.99"}, r"'born' .*date:%d\.%m\.%y"),
    "a slip": (
        {"size": lambda i: "tall" if i == 7 else i * 1.5},
        "'size' .*but 'tall' is not; mend or empty",
    ),
    "names": ({"who": lambda i: f"Jo{i}n"}, "'who' is left out: .* values are different, as in names"),
    "numbers of rows": ({"id": lambda i: i + 1}, "'id'"),
    "the target in other words": ({"code": ["k", "m", "m"]}, "'code' leaks the target 'y'"),
    "many words": (
        {"town": lambda i: f"town {i % 90}"},
        "'town' has .* different values; the 64 most frequent",
    ),
    "more columns than rows": (
        {f"c{j}": (lambda i, j=j: (i * 7 + j * j) % 13) for j in range(90)},
        "features are",
    ),
    "missing targets": (
        {"y": lambda i: "" if i == 7 else "ab"[i % 2]},
        "1 row left out, without a value of the",
    ),
}


@pytest.mark.parametrize("name", NOTED)
def test_tables_that_deserve_a_word(forpass, tmp_path, name):
    columns, wanted = NOTED[name]
    many = 600 if name == "many words" else 240 if name == "the target in other words" else 60
    (tmp_path / "t.csv").write_text(csv({**GOOD, **columns}, many))
    code, _, err = forpass("train", "t.csv", "-t", "y", "--epochs", 2)
    assert code == 0 and re.search(wanted, err), err
    assert re.search("^note: ", err, re.MULTILINE)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model that was trained on numbers and words; the path of its file."""
    rng = np.random.default_rng(0)
    size, floor = rng.normal(size=80), rng.choice(["low", "top"], 80)
    table = {"size": size, "floor": floor, "y": np.where((size > 0) ^ (floor == "top"), "a", "b")}
    trained = fp.train_table(table, "y", epochs=2)
    return trained.save(tmp_path_factory.mktemp("model") / "m.forpass")


UNFIT = {
    "a column is missing": ("size\n1\n", "the table lacks the column 'floor'; add or rename what is missing"),
    "a column is renamed": ("size,flor\n1,low\n", "lacks the column 'floor' .perhaps 'flor'."),
    "a number became text": ("size,floor\nsmall,low\n", "'size' holds 'small' in row 1"),
    "nothing in it": ("size,floor\n", "has a header .size, floor. and no rows"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_tables_that_do_not_fit_the_model(forpass, tmp_path, model, name):
    text, wanted = UNFIT[name]
    (tmp_path / "t.csv").write_text(text)
    assert re.search(wanted, one_sentence(*forpass("predict", model, "t.csv", "--out", "p.csv")))
    assert os.listdir(tmp_path) == ["t.csv"]


@pytest.mark.slow
def test_columns_may_be_reordered_and_added(forpass, tmp_path, model):
    (tmp_path / "a.csv").write_text("size,floor\n1,low\n-1,top\n")
    (tmp_path / "b.csv").write_text("colour,floor,size\nred,low,1\nblue,top,-1\n")
    a, b = (forpass("predict", model, name, "--json") for name in ("a.csv", "b.csv"))
    assert a[0] == b[0] == 0 and json.loads(a[1])["predictions"] == json.loads(b[1])["predictions"]


def test_a_word_never_seen_is_told(forpass, tmp_path, model):
    (tmp_path / "t.csv").write_text("size,floor\n1,low\n2,cellar\n3,cellar\n,top\n")
    code, out, err = forpass("predict", model, "t.csv")
    assert code == 0 and len(out.splitlines()) == 5
    assert re.search(r"note: .*'floor' \(2 rows, for instance 'cellar'\)", err) and "'size' (1 row)" in err


@pytest.mark.slow
def test_evaluating_needs_the_target(forpass, tmp_path, model):
    (tmp_path / "t.csv").write_text("size,floor\n1,low\n")
    assert "'y'" in one_sentence(*forpass("evaluate", model, "t.csv"))
    (tmp_path / "t.csv").write_text("size,floor,y\n1,low,c\n")
    assert "holds 'c' in row 1" in one_sentence(*forpass("evaluate", model, "t.csv"))


def newer(blob):
    size = int.from_bytes(blob[:8], "little")
    head = json.loads(blob[8 : 8 + size])
    stored = json.loads(head["__metadata__"]["forpass"])
    head["__metadata__"]["forpass"] = json.dumps(stored | {"schema": 99})
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + blob[8 + size :]


DAMAGED = {
    "cut off": (lambda blob: blob[:-40], "is cut off or damaged"),
    "cut at its beginning": (lambda blob: blob[:30], "is not a forpass model file, or it is damaged"),
    "altered": (
        lambda blob: blob[:-4] + bytes(255 - byte for byte in blob[-4:]),
        "was altered after it was written: its digest differs",
    ),
    "of a newer schema": (
        newer,
        f"has schema 99, but this forpass knows schemas up to {SCHEMA}; update forpass",
    ),
    "of something else": (lambda blob: b"x,y\n1,2\n", "is not a forpass model file"),
    "empty": (lambda blob: b"", "is not a forpass model file"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_model_files_that_cannot_be_read(forpass, tmp_path, model, name):
    damage, wanted = DAMAGED[name]
    (tmp_path / "m.forpass").write_bytes(damage(model.read_bytes()))
    (tmp_path / "t.csv").write_text("size,floor\n1,low\n")
    for words in (("predict", "m.forpass", "t.csv", "--out", "p.csv"), ("inspect", "m.forpass")):
        assert wanted in one_sentence(*forpass(*words))
    assert sorted(os.listdir(tmp_path)) == ["m.forpass", "t.csv"]


@pytest.mark.slow
def test_a_model_file_that_is_not_there(forpass, tmp_path, model):
    (tmp_path / "t.csv").write_text("size,floor\n1,low\n")
    assert "cannot read m.forpass: No such file" in one_sentence(*forpass("predict", "m.forpass", "t.csv"))


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a place that can be told to be full")
def test_a_place_that_cannot_be_written_to(forpass, tmp_path, model):
    (tmp_path / "t.csv").write_text("size,floor\n1,low\n")
    said = one_sentence(*forpass("predict", model, "t.csv", "--out", "/proc/p.csv"))
    assert "/proc/p.csv" in said and ("cannot" in said or "could not" in said)
    (tmp_path / "train.csv").write_text(csv(GOOD))
    said = one_sentence(*forpass("train", "train.csv", "-t", "y", "--out", "/proc/m.forpass", "--epochs", 1))
    kept = said.partition("The trained model is in ")[2]  # hours of work must not be lost
    assert "cannot write /proc/m.forpass" in said and fp.load(kept).history
