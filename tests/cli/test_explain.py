"""forpass explain: what each column adds to the prediction for a row."""

import json
from dataclasses import replace

import pytest

import forpass as fp

ADDED = tuple(k / 10 for k in range(10))

ROWS = {
    "size": [20.0, 30.0, 40.0, 50.0, 60.0, 70.0],
    "city": ["a", "b", "c", "a", None, "c"],
    "kind": ["flat", "flat", "house", "house", "house", "flat"],
}


@pytest.fixture
def files(tmp_path):
    """A model and the table that it learnt from."""
    cells = zip(*ROWS.values(), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in cells]
    (tmp_path / "t.csv").write_text("\n".join([",".join(ROWS), *lines]) + "\n")
    (tmp_path / "others.csv").write_text("\n".join([",".join(ROWS), *lines[:2]]) + "\n")
    fp.train_table(ROWS, "kind", hidden=(3,), epochs=5, test=0, validation=0).save(tmp_path / "m.forpass")
    return "m.forpass", "t.csv"


def test_a_table_and_a_sentence(forpass, files):
    code, out, err = forpass("explain", *files, "--row", "4")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("Explanation of row 4: probability of ")
    assert "mean over 6 background rows" in lines[0]
    assert any(line.split()[:2] == ["city", "missing"] for line in lines)
    assert " ".join(out.split()).endswith(".") and "The model gives" in out


def test_as_json_of_a_class_against_another_table(forpass, files, tmp_path):
    said = ("--row", "3", "--of", "flat", "--background", "others.csv")
    found = json.loads(forpass("explain", *files, *said, "--json")[1])
    model, table = fp.load(tmp_path / files[0]), fp.read_table(tmp_path / "t.csv")
    expected = fp.explain(model, table, 3, of="flat", background=fp.read_table(tmp_path / "others.csv"))
    assert set(found.pop("read_as")) == {"t.csv", "others.csv"}
    assert found == {"model": "m.forpass", **json.loads(json.dumps(expected.to_json()))}
    assert found["background_rows"] == 2 and found["columns"] == list(expected.columns)
    fewer = json.loads(forpass("explain", *files, "--background-rows", "3", "--seed", "1", "--json")[1])
    assert fewer["background_rows"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--row", "6"), "row 6 of explain is not there: the table has 6 rows"),
        (("--row", "-1"), "row of explain must be"),
        (("--rows", "4:9", "--row", "1"), "leave one of them out"),
        (("--rows", "7"), "--rows 7 are no rows of a table of 6 rows"),
        (("--of", "hose"), "did you mean 'house'?"),
        (("--background", "none.csv"), "none.csv"),
        (("--background-rows", "0"), "background_rows of explain must be"),
    ],
)
def test_what_it_cannot_explain(forpass, files, words, message):
    code, out, err = forpass("explain", *files, *words)
    assert code == 2 and not out and message in err and "Traceback" not in err


def test_the_model_comes_first(forpass, files):
    code, _, err = forpass("explain", *reversed(files))
    assert code == 2 and "the model comes first" in err


def test_several_rows_in_a_table_and_as_json(forpass, files, tmp_path):
    code, out, err = forpass("explain", *files, "--rows", "1:4", "--of", "flat")
    assert code == 0, err
    _, head, *lines = out.splitlines()
    assert head.split()[:4] == ["row", "of", "prediction", "base"]
    assert sorted(head.split()[4:]) == ["city", "size"]
    assert [line.split()[:2] for line in lines] == [["1", "flat"], ["2", "flat"], ["3", "flat"]]
    for line in lines:
        prediction, base, *added = map(float, line.split()[2:])
        assert prediction == pytest.approx(base + sum(added), abs=3e-3)
    found = json.loads(forpass("explain", *files, "--rows", "3,1", "--json")[1])
    model, table = fp.load(tmp_path / files[0]), fp.read_table(tmp_path / "t.csv")
    expected = [fp.explain(model, table, row).to_json() for row in (1, 3)]
    assert found["rows"] == json.loads(json.dumps(expected))


def test_of_many_columns_the_weightiest_are_shown():
    from forpass.cli.explain import explained_table

    how = {"rounds": 0, "background_rows": 4, "evaluations": 9}
    one = fp.Explanation(
        0, "y", False, 0.0, -4.5, tuple("abcdefghij"), ("1",) * 10, ADDED, (0.0,) * 10, **how
    )
    turned = replace(one, row=1, columns=one.columns[::-1], contributions=ADDED[::-1])
    _, head, *lines = explained_table([one, turned]).splitlines()
    assert head.split()[4:] == [*"jihgfedc", "2", "others"]
    assert [line.split()[4:] for line in lines] == [
        [*(f"+{k / 10:.1g}" for k in range(9, 1, -1)), "+0.1"]
    ] * 2
