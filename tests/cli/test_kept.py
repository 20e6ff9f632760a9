"""``forpass predict --keep``: which columns stand beside the predictions, in which order, and how."""

import json

import pytest
from later import later

import forpass as fp
from forpass.cli.kept import cells
from forpass.preprocessing import read_columns

pl = later("polars")
np = later("numpy")

N = 60


@pytest.fixture
def model(tmp_path):
    """Write t.csv, with an identifier of digits and letters, one of zeros in front, and gaps; train on it."""
    lines = [
        f"K{i:04d}x,{i:05d},{i % 7 / 2},{'' if i % 9 == 0 else i % 5},2024-01-{i % 28 + 1:02d},{'np'[i % 2]}"
        for i in range(N)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["key,code,x,n,day,y", *lines]) + "\n")
    with pytest.warns(fp.ForpassWarning, match="'key' is left out"):
        model = fp.train_table(
            fp.read_table(tmp_path / "t.csv"), "y", schema={"code": "drop"}, epochs=2, hidden=4
        )
    model.save(tmp_path / "m.forpass")
    return model


@pytest.mark.slow
def test_an_identifier_is_kept_unasked_and_others_in_the_order_said(forpass, model, tmp_path):
    predicted = model.predict(fp.read_table(tmp_path / "t.csv"))
    rows = forpass("predict", "m.forpass", "t.csv")[1].splitlines()
    assert rows[0] == "key,y" and rows[1:] == [f"K{i:04d}x,{predicted[i]}" for i in range(N)]
    rows = forpass("predict", "m.forpass", "t.csv", "--keep", "")[1].splitlines()
    assert rows == ["y", *predicted]
    words = ("--keep", "day,code,n,x,key", "--proba")
    rows = forpass("predict", "m.forpass", "t.csv", *words)[1].splitlines()
    assert rows[0] == "day,code,n,x,key,y,probability of n,probability of p"
    assert rows[1].startswith("2024-01-01,00000,,0.0,K0000x,")
    assert rows[12].startswith("2024-01-12,00011,1,2.0,K0011x,")
    assert forpass("predict", "m.forpass", "t.csv", *words, "-o", "p.csv")[0] == 0
    written = (tmp_path / "p.csv").read_text().splitlines()
    assert [line.split(",")[:6] for line in written] == [line.split(",")[:6] for line in rows]
    assert forpass("predict", "m.forpass", "t.csv", *words, "-o", "p.parquet")[0] == 0
    frame = pl.read_parquet(tmp_path / "p.parquet")
    assert frame["code"][3] == "00003" and frame["n"].to_list()[:3] == [None, 1, 2]
    told = json.loads(forpass("predict", "m.forpass", "t.csv", "--keep", "n", "--json")[1])
    assert told["kept"]["n"][:3] == [None, 1, 2] and len(told["predictions"]["y"]) == N


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ("y", "column 'y' cannot be kept, for what is predicted is called so too"),
        ("keys", "there is no column 'keys'; did you mean 'key'?"),
    ],
)
def test_what_cannot_be_kept_is_named(forpass, model, keep, said):
    code, out, err = forpass("predict", "m.forpass", "t.csv", "--keep", keep)
    assert code == 2 and said in err and out == ""


def test_cells_are_written_as_they_were_read():
    table = read_columns(
        {
            "whole": [1, None, 3],
            "long": [2**60 + 1, 7, None],
            "real": np.array([0.1, np.nan, 2.0], np.float32),
            "flag": [True, None, False],
            "day": np.array(["2024-02-29", "NaT", "1969-12-31"], "datetime64[D]"),
            "word": ["a", None, " b "],
        }
    )
    found = {name: cells(column) for name, column in table.columns.items()}
    assert found == {
        "whole": [1, None, 3],
        "long": [2**60 + 1, 7, None],
        "real": [0.1, None, 2.0],
        "flag": [True, None, False],
        "day": ["2024-02-29", None, "1969-12-31"],
        "word": ["a", None, " b "],
    }
    assert type(found["whole"][0]) is int and type(found["flag"][0]) is bool
