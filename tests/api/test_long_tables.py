"""Training on tables whose rows come a portion at a time."""

import tracemalloc
import warnings

import numpy as np
import pytest
from later import later
from rows_of_people import rows

import forpass as fp
from forpass.api import long_tables
from forpass.datasets import long

pl = later("polars")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(long, "ROWS_OF_A_PORTION", 70)
    path = tmp_path / "rows.parquet"
    rows(300).write_parquet(path)
    return path


def trained(path, **options) -> fp.TrainedModel | fp.Ensemble:
    with fp.open_long_table(path) as table, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fp.train_table(table, **{"target": "y", **options})


def in_memory(path, **options) -> fp.TrainedModel | fp.Ensemble:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fp.train_table(fp.read_table(path), **{"target": "y", **options})


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 2, "refit": True},
        {"preset": "fast", "group": "who", "weight": "counts", "test": 0.2, "missing": ["?"]},
        {"preset": "fast", "time": "when", "schema": {"who": "drop", "y": "category"}},
        {"preset": "realmlp", "time_limit": 60.0},
        {"target": "z", "epochs": 2, "max_one_hot": 2, "class_weight": None},
    ],
)
def test_a_table_that_is_its_own_sample_gets_the_bits_it_gets_in_memory(file, options):
    whole = in_memory(file, **options)
    ours = trained(file, **options)
    assert ours.fingerprint() == whole.fingerprint()
    assert ours.provenance.evaluation == whole.provenance.evaluation
    assert ours.provenance.rows == whole.provenance.rows


def test_of_more_rows_columns_are_learnt_from_a_sample_that_the_seed_draws(file, monkeypatch):
    monkeypatch.setattr(long_tables, "SAMPLED_ROWS", 60)
    first, again, other = (trained(file, epochs=1, seed=seed) for seed in (1, 1, 2))
    assert first.fingerprint() == again.fingerprint()
    whole = in_memory(file, epochs=1, seed=1)
    of_z = [model.preprocessing.columns[1] for model in (first, other, whole)]
    assert [spec.name for spec in of_z] == ["z"] * 3
    assert of_z[0] != of_z[1] and of_z[0] != of_z[2]
    assert first.provenance.rows == whole.provenance.rows
    assert first.preprocessing.target == whole.preprocessing.target


def test_the_sample_is_spread_over_all_rows():
    places = long_tables._sample(np.arange(1_000_003), 0)
    assert 0.99 < len(places) / long_tables.SAMPLED_ROWS <= 1 and (np.diff(places) > 0).all()
    assert places[0] < 6 and places[-1] > 1_000_003 - 6 and len(set(np.diff(places))) > 2


def test_folders_for_temporary_files_are_gone_also_after_an_error(file, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    seen = []

    def listener(event):
        seen.append(list(folder.iterdir()))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trained(file, epochs=1, listener=listener)
    assert seen[0] and not list(folder.iterdir())


def test_a_disk_that_fills_is_told_in_one_sentence(file, monkeypatch):
    def full(file, array):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(long_tables, "_write", full)
    with pytest.raises(fp.TableError, match=r"no room in .* \(the disk is full\); make some"):
        trained(file, epochs=1)


def test_messages_name_rows_and_columns_of_the_file(file):
    rows(300).with_columns(
        z=pl.when(pl.int_range(300) == 222).then(float("inf")).otherwise(pl.col("z"))
    ).write_parquet(file)
    with pytest.raises(fp.TableError, match=r"'z'.*row 223 \(rows counted from 1\)"):
        trained(file, epochs=1)
    for options, match in (
        ({"target": "w"}, "no .*'w'"),
        ({"weight": "w"}, "weight column 'w'"),
        ({"group": 3}, "name of a column as text"),
        ({"schema": {"w": "drop"}}, "'w'"),
    ):
        with pytest.raises(fp.TableError, match=match):
            trained(file, **options)


def test_what_takes_tables_in_memory_refuses_one(file):
    model = trained(file, epochs=1)
    with fp.open_long_table(file) as table, pytest.raises(fp.TableError):
        fp.importance(model, table)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"epochs": 2, "group": "who", "repeats": 2}, {"preset": "fast", "time": "when"}]
)
def test_a_long_table_is_cross_validated_as_a_short_one(file, tmp_path, monkeypatch, options):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with warnings.catch_warnings(), fp.open_long_table(file) as table:
        warnings.simplefilter("ignore")
        ours = fp.cross_validate(table, "y", folds=2, **options)
        whole = fp.cross_validate(fp.read_table(file), "y", folds=2, **options)
    assert [m.fingerprint() for m in ours.models] == [m.fingerprint() for m in whole.models]
    assert str(ours) == str(whole) and np.array_equal(ours.probabilities, whole.probabilities)
    assert not list(folder.iterdir())


@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_measured_is_told_by_its_row_in_the_file(file, tmp_path):
    model, row = trained(file, epochs=1), pl.int_range(300)
    strange, nothing = tmp_path / "strange.parquet", tmp_path / "nothing.parquet"
    other = pl.when(row == 222).then(pl.lit("other")).otherwise(pl.col("y"))
    rows(300).with_columns(y=other).write_parquet(strange)
    rows(300).with_columns(y=pl.lit(None, pl.String)).write_parquet(nothing)
    for path, match in ((strange, "row 223"), (nothing, "no row of the table has a value of the target 'y'")):
        for opened in (fp.read_table(path), fp.open_long_table(path)):
            with pytest.raises(fp.TableError, match=match):
                fp.evaluate(model, opened)


@pytest.mark.slow
@pytest.mark.parametrize("weight", [None, "counts"])
def test_a_long_table_is_evaluated_as_a_short_one(file, weight):
    model = trained(file, preset="fast", weight=weight)
    with fp.open_long_table(file) as table:
        assert fp.evaluate(model, table) == fp.evaluate(model, fp.read_table(file))


@pytest.mark.slow
def test_memory_holds_a_portion_and_what_says_how_rows_are_used(tmp_path, monkeypatch):
    path, n = tmp_path / "rows.parquet", 300_000
    rng = np.random.default_rng(0)
    columns = {f"n{j}": rng.standard_normal(n) for j in range(40)}
    pl.DataFrame(columns | {"y": columns["n0"] + columns["n1"]}).write_parquet(path)
    del columns
    monkeypatch.setattr(long_tables, "SAMPLED_ROWS", 20_000)
    # a portion handed over by polars in several pieces is copied, which is counted: it must not weigh
    monkeypatch.setattr(long, "ROWS_OF_A_PORTION", 8_192)

    def peak(given) -> int:
        tracemalloc.start()
        fp.train_table(given(), "y", epochs=1, batch_size=4096)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    encoded = n * 40 * 4
    assert peak(lambda: fp.read_table(path)) > encoded
    with fp.open_long_table(path) as table:
        assert peak(lambda: table) < encoded
