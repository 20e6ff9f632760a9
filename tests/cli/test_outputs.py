"""What the command writes, and what of it may take the place of something else."""

import json
import os
import shlex

import pytest
from terminal import in_terminal

import forpass as fp
from forpass.datasets import without_ending

QUICK = ("-t", "y", "--epochs", 1, "--hidden", 0, "--test", 0)


def table(first):
    return "a,y\n" + "".join(f"{first + i},{'pq'[i % 2]}\n" for i in range(30))


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("sales.csv", "sales"),
        ("sales.2024.csv", "sales.2024"),
        ("sales.2024.CSV.gz", "sales.2024"),
        ("매출.2024.xlsx", "매출.2024"),
        ("v1.2.parquet", "v1.2"),
        ("v1.2", "v1.2"),
        ("table.gz", "table.gz"),
        (".csv", ".csv"),
        ("a.csv.csv", "a.csv"),
        ("iris", "iris"),
    ],
)
def test_only_the_ending_of_a_table_is_taken_off_its_name(name, called):
    assert without_ending(name) == called


@pytest.mark.slow
def test_each_table_has_a_model_file_of_its_own(forpass, tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"sales.{year}.csv").write_text(table(year))
        assert forpass("train", f"sales.{year}.csv", *QUICK)[0] == 0
    assert {name for name in os.listdir(tmp_path) if name.endswith(".forpass")} == {
        "sales.2023.forpass",
        "sales.2024.forpass",
    }


@pytest.mark.slow
def test_a_model_file_is_replaced_only_if_that_was_asked_for(forpass, tmp_path):
    (tmp_path / "t.csv").write_text(table(0))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "t.csv").write_text(table(50))
    assert forpass("train", "t.csv", *QUICK)[0] == 0
    first = (tmp_path / "t.forpass").read_bytes()
    code, out, err = forpass("train", "other/t.csv", *QUICK)
    assert code == 2 and out == ""
    assert "t.forpass is there already" in err and "--force" in err and "--out FILE" in err
    assert "epoch" not in err, "it is refused before anything is learnt"
    assert (tmp_path / "t.forpass").read_bytes() == first
    assert forpass("train", "other/t.csv", *QUICK, "--force")[0] == 0
    second = (tmp_path / "t.forpass").read_bytes()
    assert second != first
    assert forpass("train", "t.csv", *QUICK, "--out", "t.forpass")[0] == 0  # it was named
    assert (tmp_path / "t.forpass").read_bytes() != second


@pytest.mark.slow
def test_what_a_command_reads_is_not_written_over(forpass, tmp_path):
    (tmp_path / "t.csv").write_text(table(0))
    (tmp_path / "kinds.json").write_text('{"a": "number"}')
    for words in (("--schema", "kinds.json", "--out", "kinds.json"), ("--test", "t.csv", "--out", "t.csv")):
        code, _, err = forpass("train", "t.csv", *QUICK, *words)
        assert code == 2 and "would be lost" in err
    assert (tmp_path / "kinds.json").read_text() == '{"a": "number"}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("p.xlsx", "unknown ending of a table file '.xlsx'"),
        ("nowhere/p.csv", "there is no folder nowhere"),
        ("-", "is no file to write to"),
        ("folder.csv", "is a folder"),
    ],
)
def test_a_bad_place_for_a_table_is_known_before_anything_is_read(forpass, tmp_path, place, said):
    (tmp_path / "folder.csv").mkdir()
    for words in (("predict", "no.forpass", "no.csv"), ("data", "iris")):
        code, out, err = forpass(*words, "--out", place)
        assert code == 2 and out == "" and said in err
    assert os.listdir(tmp_path) == ["folder.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["-dash.csv", "two words.csv"])
def test_what_is_printed_to_be_typed_can_be_typed(forpass, tmp_path, name):
    (tmp_path / name).write_text("a,y\n" + "1,no\n2,yes\n4,no\n" * 20)
    out = forpass("train", "-t", "y", "--epochs", 1, "--hidden", 4, "--", name)[1]
    typed = shlex.split(out.partition("predict  forpass ")[2])
    code, out, err = forpass(*typed[:2], f"./{name}")
    assert code == 0 and out.count("\n") == 61, err
    if name.startswith("-"):
        code, _, err = forpass("predict", "-dash.forpass", "-dash.csv")
        assert (
            code == 2
            and err == "error: -dash.forpass is a file and begins as options do; write ./-dash.forpass\n"
        )


@pytest.mark.slow
@pytest.mark.parametrize("more", [("-o", "p.parquet"), ("--json",)])
def test_a_mark_for_excel_that_would_stand_nowhere_is_refused(forpass, tmp_path, more):
    (tmp_path / "t.csv").write_text("a,y\n" + "1,no\n2,yes\n4,no\n" * 20)
    assert forpass("train", "t.csv", "-t", "y", "--epochs", 1, "--hidden", 4)[0] == 0
    code, _, err = forpass("predict", "t.forpass", "t.csv", "--excel", *more)
    assert code == 2 and "--excel is a mark of text files" in err and not (tmp_path / "p.parquet").exists()


def test_a_title_that_was_taken_for_the_header(forpass, tmp_path):
    (tmp_path / "t.csv").write_text("Report,,\nregion,amount,y\n" + "N,lo,yes\nS,hi,no\n" * 20)
    code, _, err = forpass("train", "t.csv", "-t", "y")
    assert code == 2 and "if a title stands above the header, as it seems, take its line out" in err
    with pytest.raises(fp.TableError, match="take its line out of the file"):
        fp.train_table(fp.read_table(tmp_path / "t.csv"), "y")
    with pytest.raises(fp.TableError) as error:
        fp.train_table({"column 1": [1, 2], "b": [1, 2]}, "y")  # an index that has no name is no title
    assert "title" not in str(error.value)


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_the_log_has_a_line_for_each_epoch(forpass, tmp_path, more):
    (tmp_path / "t.csv").write_text(table(0))
    code, *_ = forpass("train", "t.csv", *QUICK, "--epochs", 3, "--log", "log.jsonl", *more)
    assert code == 0
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "epoch", "epoch", "epoch", "ended"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/log.jsonl", "there is no folder"),
        ("t.csv", "would be lost"),
        ("t.forpass", "both the model and the log"),
    ],
)
def test_a_log_that_cannot_be_written_is_refused_before_training(forpass, tmp_path, place, said):
    (tmp_path / "t.csv").write_text(table(0))
    code, out, err = forpass("train", "t.csv", *QUICK, "--log", place)
    assert code == 2 and out == "" and said in err
    assert "epoch" not in err and err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", [("--preset", "fast"), ("--epochs", 30, "--hidden", 4)])
def test_in_a_terminal_it_ends_with_a_picture_of_the_learning_curve(tmp_path, how):
    rows = "".join(f"{i % 17},{(i % 17) ** 2 + i % 3}\n" for i in range(120))
    (tmp_path / "t.csv").write_text("a,y\n" + rows)
    code, seen = in_terminal("train", "t.csv", "-t", "y", *how, folder=tmp_path)
    assert code == 0 and "\u2588" in seen.replace("━", "")
    assert (
        ("validation loss, 30 epochs" in seen)
        if "--epochs" in how
        else ("training loss of the network" in seen)
    )


@pytest.mark.slow
def test_where_it_is_no_terminal_there_is_no_picture(forpass, tmp_path):
    (tmp_path / "t.csv").write_text(table(0))
    code, out, _ = forpass("train", "t.csv", *QUICK)
    assert code == 0 and "\u2588" not in out
