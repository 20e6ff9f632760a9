"""forpass trace: a step on rows of a table, number by number."""

import json

import pytest
from terminal import in_terminal

import forpass as fp

ROWS = {
    "size": [20.0, 30.0, 40.0, 50.0, 60.0, 70.0],
    "city": ["a", "b", "c", "a", None, "c"],
    "price": [1.0, 2.0, 3.0, 4.0, 5.0, None],
}

NO_CELLS = ("[", "[0]", "Z1[0", "Z1[0,,2]", "Z1[0 2]", "Z1[0][2]", "Z1[a]", "Z1[0.5]")


@pytest.fixture
def files(tmp_path):
    """A model and the table that it learnt from."""
    lines = [
        ",".join("" if cell is None else str(cell) for cell in row)
        for row in zip(*ROWS.values(), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join([",".join(ROWS), *lines]) + "\n")
    known = {name: cells[:-1] for name, cells in ROWS.items()}
    fp.train_table(known, "price", hidden=(3,), epochs=2, test=0, validation=0).save(tmp_path / "m.forpass")
    return "m.forpass", "t.csv"


def test_it_goes_from_cells_to_new_parameters(forpass, files):
    code, out, err = forpass("trace", *files, "--rows", "0:2")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("row 0: size 20 -> size -") and "city a -> city=a 1" in lines[0]
    phases = [line.split()[1] for line in lines if line.startswith("-- ")]
    assert phases == ["input", "parameters", "forward", "loss", "backward", "update"]
    assert any(line.startswith("Z1 = X W1 + b1") for line in lines)
    assert any(line.lstrip().startswith("W1.new[") for line in lines)


def test_a_missing_cell_is_said_to_be_missing(forpass, files):
    assert "city missing -> " in forpass("trace", *files, "--rows", "4")[1]


def test_each_row_is_told_in_a_line(forpass, files, tmp_path):
    city = "two\nlines" + "x" * 5000
    (tmp_path / "odd.csv").write_text(f'size,city,price\n20,"{city}",1\n30,b,2\n')
    lines = forpass("trace", files[0], "odd.csv")[1].splitlines()
    assert lines[0].startswith("row 0: size 20 -> ") and r"city two\nlinesxxx" in lines[0]
    assert len(lines[0]) < 200 and lines[1].startswith("row 1: ") and not lines[2]
    found = json.loads(forpass("trace", files[0], "odd.csv", "--json")[1])
    assert found["rows"][0]["columns"][1]["cell"] == city


def test_one_number(forpass, files):
    code, out, _ = forpass("trace", *files, "--at", "Z1[0,2]")
    assert code == 0 and "Z1[0, 2] = X[0, 0] W1[0, 2] + " in out and "read by: A1[0, 2]" in out
    assert forpass("trace", *files, "--at", " Z1 [ 0, 2 ]")[1] == out
    code, out, _ = forpass("trace", *files, "--at", "Z1[0,2]", "--json")
    found = json.loads(out)
    products = [term[0]["value"] * term[-1]["value"] for term in found["terms"] if len(term) == 2]
    bias = [term[0]["value"] for term in found["terms"] if len(term) == 1]
    assert found["number"] == pytest.approx(sum(products + bias), abs=1e-6)
    assert found["place"] == [0, 2] and found["shape"] == [4, 3]


def test_as_json_with_all_numbers(forpass, files):
    found = json.loads(forpass("trace", *files, "--rows", "3,1", "--json")[1])
    assert [row["row"] for row in found["rows"]] == [1, 3]
    by_name = {entry["name"]: entry for entry in found["entries"]}
    assert by_name["X"]["shape"][0] == 2 and len(by_name["X"]["value"]) == 2
    assert by_name["Z1"]["inputs"] == ["X", "W1", "b1"] and by_name["Z1"]["phase"] == "forward"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--rows", "9"), "--rows 9 are no rows of a table of 6 rows"),
        (("--rows", "x"), "--rows takes numbers such as 7, 3,1,4 or 0:4"),
        (("--rows", "3:3"), "are no rows"),
        (("--rows", "4:6"), "the rows 4:6 of t.csv hold 1 row without a target"),
        (("--member", "0"), "is a single network; leave --member out"),
        (("--at", "z1"), "did you mean 'Z1'?"),
        (("--at", "Z1[9,9]"), "Z1 has the shape (4, 3), and no cell at (9, 9)"),
        *((("--at", cell), "a cell is said by an entry and a place in it") for cell in NO_CELLS),
        (("--at", "Z1", "--html", "step.html"), "leave --at or --html out"),
        (("--step", "-1"), "step of trace must be a whole number of at least 0; got -1"),
        (("--step", 2**64), "step of trace must be below 2**64"),
    ],
)
def test_what_it_cannot_show(forpass, files, words, message):
    code, out, err = forpass("trace", *files, *words)
    assert code == 2 and not out and message in err and "Traceback" not in err


def test_of_an_ensemble_a_member(forpass, files, tmp_path):
    model = fp.load(tmp_path / "m.forpass")
    other = fp.train_table(
        {name: cells[:-1] for name, cells in ROWS.items()},
        "price",
        hidden=(2,),
        epochs=2,
        test=0,
        validation=0,
    )
    fp.Ensemble([model, other]).save(tmp_path / "e.forpass")
    first, second = (
        forpass("trace", "e.forpass", "t.csv", "--member", m, "--at", "W1", "--json")[1] for m in (0, 1)
    )
    assert json.loads(first)["shape"][1] == 3 and json.loads(second)["shape"][1] == 2
    assert "its networks are 0 .. 1" in forpass("trace", "e.forpass", "t.csv", "--member", 2)[2]


@pytest.mark.slow
def test_in_a_terminal_it_opens_the_explorer(files, tmp_path):
    pytest.importorskip("textual", reason="the explorer needs textual, an extra")
    code, seen = in_terminal("trace", *files, folder=tmp_path, wait_for="made of", then="q")
    assert code == 0 and "Z1" in seen


def test_as_a_page(forpass, files, tmp_path):
    code, out, _ = forpass("trace", *files, "--html", "step.html")
    assert code == 0 and "step.html" in out
    assert "row 0: size 20 -> size -" in (tmp_path / "step.html").read_text(encoding="utf-8")
    code, _, err = forpass("trace", *files, "--html", "m.forpass")
    assert code == 2 and "is read by this command and would be lost" in err
    code, _, err = forpass("trace", *files, "--html", "nowhere/step.html")
    assert code == 2 and "there is no folder" in err


def test_rows_of_a_named_data_set(forpass, tmp_path):
    iris = fp.load_dataset("iris")
    fp.train_table(iris.frame, iris.target, hidden=(3,), epochs=2, test=0, validation=0).save(
        tmp_path / "i.forpass"
    )
    code, out, err = forpass("trace", "i.forpass", "iris", "--rows", "149", "--at", "X", "--json")
    assert code == 0 and json.loads(out)["shape"] == [1, 4], err
