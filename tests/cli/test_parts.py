"""Predictions in parts: the same rows as in one file, and a run that was interrupted goes on."""

import json
import os
import re
import signal

import pytest
from later import later
from rows_of_people import rows

from forpass.model.folders import held_folder

pl = later("polars")


@pytest.fixture
def table(tmp_path, monkeypatch, forpass):
    """A table of 200 rows and a model of it; parts have 64 rows, and portions of text some 30."""
    monkeypatch.setattr("forpass.cli.parts.ROWS_OF_A_PART", 64)
    monkeypatch.setattr("forpass.datasets.portions.FIRST", 500)
    monkeypatch.setattr("forpass.datasets.portions.SIZE", 700)
    monkeypatch.setattr("forpass.datasets.long.ROWS_OF_A_PORTION", 50)
    frame = rows(200).with_columns(note=pl.when(pl.int_range(200) > 150).then(pl.lit("late")))
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    assert (
        forpass("train", "t.csv", "-t", "y", "--epochs", 2, "--drop", "who,note", "--out", "m.forpass")[0]
        == 0
    )
    return frame


def parts_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("part-"))


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize(("ending", "separator"), [("parquet", ""), ("csv", ","), ("tsv", "\t")])
def test_parts_have_the_rows_of_the_whole(forpass, table, tmp_path, name, ending, separator):
    keep = "--keep", "who,note", "--proba"
    assert forpass("predict", "m.forpass", name, "--out", "whole.csv", *keep)[0] == 0
    code, out, err = forpass("predict", "m.forpass", name, "--parts", "parts", "--as", ending, *keep)
    assert (code, out) == (0, "") and "200 predictions in parts, 4 parts" in err
    assert parts_in(tmp_path / "parts") == [f"part-0000{i}.{ending}" for i in range(4)]
    if ending == "parquet":
        found = pl.scan_parquet(tmp_path / "parts" / "*.parquet").collect()  # all parts have the same types
    else:
        files = [tmp_path / "parts" / one for one in parts_in(tmp_path / "parts")]
        read = [
            pl.read_csv(file, separator=separator, schema_overrides={"note": pl.String}) for file in files
        ]
        assert [one.height for one in read] == [64, 64, 64, 8]
        found = pl.concat(read)
    as_text = pl.col("who").cast(pl.String)  # what is kept of a text file is left as it stands there
    assert found.with_columns(as_text).equals(pl.read_csv(tmp_path / "whole.csv").with_columns(as_text))


def interrupted_at(number, told=None):
    """Let Ctrl-C come while a part is written, or a signal."""
    import forpass.cli.parts as module

    write = module.write_table

    def writing(path, *said):
        if f"{number:05}" in path:
            if told is not None:
                signal.raise_signal(told)
            raise KeyboardInterrupt
        write(path, *said)

    patch = pytest.MonkeyPatch()
    patch.setattr(module, "write_table", writing)
    return patch


@pytest.mark.parametrize(("name", "told"), [("t.csv", None), ("t.parquet", None), ("t.csv", signal.SIGTERM)])
def test_a_run_that_was_interrupted_goes_on(forpass, table, tmp_path, name, told):
    said = "predict", "m.forpass", name, "--parts", "parts"
    patch = interrupted_at(2, told)
    code, _, err = forpass(*said)
    patch.undo()
    assert code == 130 and "parts: 2 of 4 parts written; the same command goes on" in err
    folder = tmp_path / "parts"
    assert parts_in(folder) == ["part-00000.parquet", "part-00001.parquet"]
    before = {one: (folder / one).stat().st_mtime_ns for one in parts_in(folder)}
    code, _, err = forpass(*said)
    assert code == 0 and "parts: 2 of 4 parts there already" in err
    assert {one: (folder / one).stat().st_mtime_ns for one in before} == before
    assert forpass("predict", "m.forpass", name, "--out", "whole.parquet")[0] == 0
    assert pl.read_parquet(folder / "*.parquet").equals(pl.read_parquet(tmp_path / "whole.parquet"))


def test_a_part_that_is_gone_is_written_again_and_no_other(forpass, table, tmp_path):
    said = "predict", "m.forpass", "t.parquet", "--parts", "parts"
    assert forpass(*said)[0] == 0
    folder = tmp_path / "parts"
    before = {one: (folder / one).read_bytes() for one in parts_in(folder)}
    for gone in ("part-00001.parquet", "part-00003.parquet"):
        (folder / gone).unlink()
        kept = {one: (folder / one).stat().st_mtime_ns for one in parts_in(folder)}
        assert forpass(*said)[0] == 0
        assert {one: (folder / one).stat().st_mtime_ns for one in kept} == kept
        assert {one: (folder / one).read_bytes() for one in parts_in(folder)} == before
    code, out, err = forpass(*said, "--json")
    assert code == 0 and json.loads(out)["rows"] == 200 and len(json.loads(out)["parts"]) == 4
    assert "parts: 4 of 4 parts there already" in err


def test_parts_of_something_else_are_not_mixed(forpass, table, tmp_path):
    said = "predict", "m.forpass", "t.csv", "--parts", "parts"
    assert forpass(*said)[0] == 0

    def refused(*words):
        code, _, err = forpass(*words)
        assert code == 2 and "choose another folder" in err
        return err

    assert "another run, which differs in --as; choose" in refused(*said, "--as", "csv")
    assert "which differs in --proba, --keep; choose" in refused(*said, "--proba", "--keep", "all")
    assert "which differs in the table; choose" in refused(
        "predict", "m.forpass", "t.parquet", "--parts", "parts"
    )
    assert (
        forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--drop", "who,note", "--out", "n.forpass")[0]
        == 0
    )
    assert "which differs in the model; choose" in refused(
        "predict", "n.forpass", "t.csv", "--parts", "parts"
    )
    os.utime(tmp_path / "t.csv", (1, 1))
    assert "which differs in the table; choose" in refused(*said)
    (tmp_path / "parts" / "run.json").unlink()
    assert "has parts, and no run.json" in refused(*said)
    for content in (b"\xff", b"[]", b"{}", 200_000 * b"["):
        (tmp_path / "parts" / "run.json").write_bytes(content)
        assert "has parts, and no run.json" in refused(*said)


def test_a_folder_of_something_else_is_left_alone(forpass, table, tmp_path):
    said = "predict", "m.forpass", "t.csv", "--parts", "parts"
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "run.json").write_text('{"schema": 1, "about": null, "with": {}}')
    code, _, err = forpass(*said)
    assert code == 2 and "parts has a run.json that is not of parts; choose another folder" in err
    assert "about" in (tmp_path / "parts" / "run.json").read_text()


def test_the_mark_of_excel_begins_each_part_that_is_text(forpass, table, tmp_path):
    said = "predict", "m.forpass", "t.csv", "--parts", "parts", "--excel"
    code, _, err = forpass(*said)
    assert code == 2 and "--parts are Parquet files unless --as says csv or tsv" in err
    assert forpass(*said, "--as", "csv", "--json")[0] == 0
    written = [(tmp_path / "parts" / name).read_text() for name in parts_in(tmp_path / "parts")]
    assert len(written) == 4 and all(text.startswith("\ufeff") for text in written)


def test_one_process_at_a_time_holds_a_folder_of_parts_which_holds_nothing_else(forpass, table, tmp_path):
    said = "predict", "m.forpass", "t.csv", "--parts", "parts"
    with held_folder(tmp_path / "parts", re.compile("nothing"), begun=False):
        code, _, err = forpass(*said)
        assert code == 2 and "is being written into already" in err
    code, _, err = forpass(*said[:4], ".")
    assert code == 2 and "holds other files (m.forpass) and is no folder of a run" in err
    code, _, err = forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--force", "--checkpoint", "parts")
    assert code == 0  # nothing was in it
    code, _, err = forpass(*said)
    assert code == 2 and "holds other files" in err
    assert forpass(*said[:4], "predictions")[0] == 0
    code, _, err = forpass("train", "t.csv", "-t", "y", "--checkpoint", "predictions")
    assert code == 2 and "holds other files (part-00000.parquet) and is no folder of a run" in err
    assert "is no folder of a run" in forpass("resume", "predictions")[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("t.csv", "--parts", "p", "--out", "x.csv"), "leave one of them out"),
        (("t.csv", "--as", "csv"), "--as says how --parts are written"),
        (("t.csv", "--parts", "m.forpass"), "m.forpass is a file, and a folder is needed"),
        (("t.csv", "--parts", "m.forpass/p"), "cannot write into the folder m.forpass/p"),
        (("t.json", "--parts", "p"), "t.json cannot be read in portions, as Parquet, Arrow"),
        (("t.csv", "--parts", "p", "--coverage", "0.9"), "--coverage needs a model that knows"),
        (("t.csv", "--parts", "p", "--as", "xlsx"), "'xlsx' is not one of"),
        (("iris", "--parts", "p"), "--parts needs the table as a file, so that it can go on"),
        (("-", "--parts", "p"), "and - is none; write it to one, or use --out"),
        (("none.csv", "--parts", "p"), "and none.csv is none"),
    ],
)
def test_what_cannot_be_is_refused(forpass, table, tmp_path, words, said):
    table.write_json(tmp_path / "t.json")
    code, _, err = forpass("predict", "m.forpass", *words)
    assert code == 2 and said in err
    assert not (tmp_path / "p").exists()
