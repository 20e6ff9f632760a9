"""Tables whose rows come a portion at a time."""

import gzip
import io
from pathlib import Path

import pytest
from later import later

import forpass as fp
from forpass.datasets import long, portions
from forpass.datasets.long import OnDisk, bytes_in_memory

pl = later("polars")
ROWS = {"n": [1.5, None, -2.0] * 50, "code": ["07", "7", None] * 50, "yes": [True, False, True] * 50}


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(portions, "FIRST", 100)
    monkeypatch.setattr(portions, "SIZE", 150)
    monkeypatch.setattr(long, "ROWS_OF_A_PORTION", 40)


def written(path: Path, rows=ROWS) -> Path:
    frame = pl.DataFrame(rows)
    {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}[path.suffix](path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".arrow"])
def test_portions_are_the_rows_of_the_file(tmp_path, small_portions, ending):
    path = written(tmp_path / f"rows{ending}")
    whole = fp.read_table(path)
    with fp.open_long_table(path) as table:
        assert table.names == ("n", "code", "yes") and len(table) == 150
        found = list(table.portions())
        assert len(found) > 1 and pl.concat(found).equals(whole)
        assert pl.concat(table.portions(["yes", "n"])).equals(whole.select("yes", "n"))
        assert table.text_columns == tuple(name for name, dtype in whole.schema.items() if dtype == pl.String)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".arrow"])
@pytest.mark.parametrize("begin", [0, 1, 40, 77, 149, 150, 151])
def test_rows_may_be_passed_over(tmp_path, small_portions, ending, begin):
    path = written(tmp_path / f"rows{ending}")
    whole = fp.read_table(path)[begin:]
    with fp.open_long_table(path) as table:
        found = list(table.portions(["code", "n"], begin))
        assert all(portion.height for portion in found)
        assert (pl.concat(found) if found else whole[:0].select("code", "n")).equals(
            whole.select("code", "n")
        )


def test_a_late_word_makes_a_whole_column_text(tmp_path, small_portions):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "\n".join(f"{i:03d},{i}" for i in range(200)) + "\nA3,1\n")
    with fp.open_long_table(path) as table:
        found = list(table.portions())
        assert len(found) > 2 and table.text_columns == ("a",)
        assert pl.concat(found).equals(fp.read_table(path)) and found[0]["a"][0] == "000"


def test_what_was_written_for_it_is_gone_when_it_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    packed = gzip.compress(b"a,b\n1,2\n3,4\n")
    with fp.open_long_table(io.BytesIO(packed)) as table:
        assert next(table.portions()).shape == (2, 2) and len(list(tmp_path.iterdir())) > 1
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(fp.TableError, match=r"line 3"):
        fp.open_long_table(io.BytesIO(b"a,b\n1,2\n3\n"))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_in_portions_is_refused(tmp_path):
    (tmp_path / "rows.json").write_text('[{"a": 1}]')
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "text.parquet").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("a,b\n")
    for name, match in (
        ("rows.json", "cannot be read in portions"),
        ("rows.parquet", "no whole Parquet file"),
        ("text.parquet", "is no Parquet file; if it is separated text"),
        ("empty.csv", r"a header \(a, b\) and no rows"),
        ("none.csv", "no file 'none.csv'"),
    ):
        with pytest.raises(fp.TableError, match=match):
            fp.open_long_table(tmp_path / name)


def test_a_folder_that_takes_no_more_is_told_in_one_sentence(tmp_path):
    class Full:
        height = 1

        def write_ipc(self, path):
            raise OSError(28, "No space left on device")

    with pytest.raises(fp.TableError, match=r"no room in .* \(the disk is full\); make some, or name"):
        OnDisk(tmp_path).append(Full())


def test_how_much_a_file_takes_in_memory(tmp_path):
    assert bytes_in_memory(written(tmp_path / "rows.parquet")) == 150 * 3 * 8
    csv = written(tmp_path / "rows.csv")
    assert bytes_in_memory(csv) == csv.stat().st_size
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(csv.read_bytes()))
    assert bytes_in_memory(tmp_path / "rows.csv.gz") == 0
