"""The command on files that are read in portions."""

import os
import subprocess
import sys

import pytest
from later import later
from rows_of_people import rows

pl = later("polars")
LONG = "--max-memory", 1000


@pytest.fixture
def table(tmp_path):
    rows(200).write_csv(tmp_path / "t.csv")
    return "t.csv"


def test_a_long_file_is_told_of_and_gives_the_same_model(forpass, table):
    code, _, err = forpass("train", table, "--target", "y", "--epochs", 2, *LONG)
    assert code == 0 and "t.csv: 200 rows, read in portions" in err and "sample" not in err
    assert forpass("train", table, "--target", "y", "--epochs", 2, "--out", "whole.forpass")[0] == 0
    described = [forpass("inspect", name)[1].split()[1] for name in ("t.forpass", "whole.forpass")]
    assert described[0] == described[1]


def test_where_columns_are_learnt_from_a_sample_it_is_said(forpass, table, monkeypatch):
    monkeypatch.setattr("forpass.cli.train.SAMPLED_ROWS", 100)
    _, _, err = forpass("train", table, "--target", "y", "--epochs", 1, "--seed", 3, *LONG)
    assert "what its columns are is learnt from 100 of its rows, drawn by seed 3" in err


@pytest.mark.slow
def test_a_long_file_is_predicted_and_evaluated_like_a_short_one(forpass, table, tmp_path, monkeypatch):
    monkeypatch.setattr("forpass.datasets.portions.FIRST", 500)
    monkeypatch.setattr("forpass.datasets.portions.SIZE", 700)
    forpass("train", table, "--target", "y", "--preset", "fast", "--drop", "who")
    for more in ((), ("--proba", "--keep", "who"), ("--coverage", 0.9, "--excel")):
        whole = forpass("predict", "t.forpass", table, *more)[1]
        assert forpass("predict", "t.forpass", table, *more, *LONG)[:2] == (0, whole)
        assert forpass("predict", "t.forpass", table, "--out", "p.tsv", *more, *LONG)[0] == 0
        assert pl.read_csv(tmp_path / "p.tsv", separator="\t").shape == (
            200,
            len(whole.split("\n")[0].split(",")),
        )
    assert forpass("evaluate", "t.forpass", table, *LONG)[1] == forpass("evaluate", "t.forpass", table)[1]


@pytest.mark.slow
def test_json_and_parquet_of_a_long_file_are_those_of_a_short_one(forpass, table, tmp_path, monkeypatch):
    monkeypatch.setattr("forpass.datasets.portions.FIRST", 500)
    monkeypatch.setattr("forpass.datasets.portions.SIZE", 700)
    forpass("train", table, "--target", "y", "--preset", "fast", "--drop", "who")
    for more in ((), ("--proba", "--keep", "who,x,town"), ("--coverage", 0.9)):
        saying = ("--json", "--out", "whole.parquet", *more)
        code, whole, _ = forpass("predict", "t.forpass", table, *saying)
        saying = ("--json", "--out", "ours.parquet", *more, *LONG)
        ours = forpass("predict", "t.forpass", table, *saying)
        assert code == 0 and ours[:2] == (0, whole.replace("whole.parquet", "ours.parquet"))
        assert pl.read_parquet(tmp_path / "ours.parquet").equals(pl.read_parquet(tmp_path / "whole.parquet"))
        whole = forpass("predict", "t.forpass", table, "--json", *more)[1]
        assert forpass("predict", "t.forpass", table, "--json", *more, *LONG)[:2] == (0, whole)


def test_a_cell_that_cannot_be_predicted_is_named_by_its_row_in_the_file(
    forpass, table, tmp_path, monkeypatch
):
    monkeypatch.setattr("forpass.datasets.portions.FIRST", 500)
    monkeypatch.setattr("forpass.datasets.portions.SIZE", 700)
    forpass("train", table, "--target", "y", "--epochs", 1)
    far = pl.when(pl.int_range(200) == 150).then(float("inf")).otherwise(pl.col("z"))
    rows(200).with_columns(z=far).write_csv(tmp_path / "far.csv")
    said = [forpass("predict", "t.forpass", "far.csv", *more)[2] for more in ((), LONG)]
    assert all("'z'" in err and "row 151" in err for err in said)


@pytest.mark.slow
def test_a_disk_that_fills_ends_the_command_in_one_sentence(table, tmp_path):
    resource = pytest.importorskip("resource")  # not of Windows

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    words = [
        sys.executable,
        "-m",
        "forpass",
        "train",
        table,
        "--target",
        "y",
        "--epochs",
        "1",
        *map(str, LONG),
    ]
    folder = tmp_path / "temporary"
    folder.mkdir()
    ran = subprocess.run(
        words,
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(folder)},
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2 and "there is no room in" in ran.stderr and "Traceback" not in ran.stderr
    assert list(folder.iterdir()) == []
