"""Where the command's tables come from: files of every kind, standard input, and what bounds them."""

import gzip
import json

import pytest
from later import later

pl = later("polars")

ROWS = [{"x": i / 8, "y": "ab"[i % 2]} for i in range(60)]
CSV = "x,y\n" + "".join(f"{row['x']},{row['y']}\n" for row in ROWS)
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
QUICK = ("-t", "y", "--epochs", 2, "--seed", 1, "--json")


@pytest.mark.slow
def test_one_table_from_everywhere_gives_one_model(forpass, tmp_path):
    (tmp_path / "t.csv").write_text(CSV)
    (tmp_path / "t.jsonl").write_text(LINES)
    (tmp_path / "t.json").write_text(json.dumps(ROWS))
    pl.DataFrame(ROWS).write_ipc(tmp_path / "t.arrow")
    prints = [
        json.loads(forpass("train", f"t.{ending}", *QUICK, "--out", f"{ending}.forpass")[1])["fingerprint"]
        for ending in ("csv", "jsonl", "json", "arrow")
    ]
    for text in (CSV, LINES):
        code, out, err = forpass("train", "-", *QUICK, "--force", stdin=text)
        assert code == 0 and (tmp_path / "stdin.forpass").exists(), err
        prints.append(json.loads(out)["fingerprint"])
    assert len(set(prints)) == 1
    told = [forpass("predict", "stdin.forpass", place, stdin=CSV)[1] for place in ("t.csv", "t.json", "-")]
    assert told[0].startswith("y\n") and told.count(told[0]) == 3
    code, out, _ = forpass("evaluate", "stdin.forpass", "-", "--json", stdin=LINES)
    assert code == 0 and json.loads(out)["rows"] == 60
    code, _, err = forpass("predict", "stdin.forpass", "-")
    assert code == 2 and err == "error: standard input is empty; give a file with a header line and rows\n"


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("long", [(), ("--max-memory", 100)])
def test_a_column_of_lists_is_left_out_when_asked_and_then_does_not_matter(forpass, tmp_path, ending, long):
    tagged = [{**row, "tags": ["a"] * (1 + i % 3)} for i, row in enumerate(ROWS)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tagged))
    pl.DataFrame(tagged).write_parquet(tmp_path / "t.parquet")
    (tmp_path / "plain.csv").write_text(CSV)
    saying = ("train", f"t.{ending}", *QUICK, *long, "--out", "m.forpass")
    code, _, err = forpass(*saying)
    assert code == 2 and "column 'tags' holds" in err and "leave it out" in err
    code, out, err = forpass(*saying, "--drop", "tags")
    assert code == 0, err
    assert forpass("train", "plain.csv", *QUICK, "--out", "plain.forpass")[0] == 0
    predicted = forpass("predict", "plain.forpass", "plain.csv")[1]
    for model in ("m.forpass", "plain.forpass"):
        assert forpass("predict", model, f"t.{ending}", *long)[:2] == (0, predicted)
    code, out, err = forpass("predict", "m.forpass", f"t.{ending}", "--keep", "tags", *long)
    assert code == 2 and out == "" and "column 'tags' holds" in err


@pytest.mark.slow
def test_what_a_packed_file_may_unpack_to_can_be_said(forpass, tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    assert forpass("train", "t.csv.gz", *QUICK, "--out", "m.forpass")[0] == 0
    for words in (
        ("train", "t.csv.gz", *QUICK),
        ("predict", "m.forpass", "t.csv.gz"),
        ("evaluate", "m.forpass", "t.csv.gz"),
    ):
        code, _, err = forpass(*words, "--max-bytes", 100)
        assert code == 2 and "decompresses to more than 100 bytes, and max_bytes (--max-bytes) is 100" in err
    code, _, err = forpass("evaluate", "m.forpass", "t.csv.gz", "--max-bytes", 0)
    assert code == 2 and "--max-bytes must be a whole number of at least 1" in err


@pytest.mark.slow
def test_predictions_have_sensible_digits_and_a_mark_where_excel_needs_one(forpass, tmp_path):
    rows = "".join(f"{i % 7},{i % 5},{100_000 + 1000 * (i % 7) + 300 * (i % 5)}\n" for i in range(90))
    (tmp_path / "t.csv").write_text("a,b,größe\n" + rows, encoding="utf-8")
    assert forpass("train", "t.csv", "-t", "größe", "--epochs", 5, "--out", "m.forpass")[0] == 0
    code, out, _ = forpass("predict", "m.forpass", "t.csv")
    values = out.splitlines()[1:]
    assert code == 0 and len(values) == 90 and all(len(value.partition(".")[2]) <= 4 for value in values)
    assert forpass("predict", "m.forpass", "t.csv", "--out", "p.csv")[0] == 0
    assert (tmp_path / "p.csv").read_text("utf-8") == out
    assert forpass("predict", "m.forpass", "t.csv", "--out", "e.csv", "--excel")[0] == 0
    assert (tmp_path / "e.csv").read_text("utf-8") == "\ufeff" + out
    assert forpass("predict", "m.forpass", "t.csv", "--excel")[1] == "\ufeff" + out
    assert json.loads(forpass("predict", "m.forpass", "t.csv", "--json")[1])["predictions"]["größe"] == [
        float(value) for value in values
    ]
