"""From a table to a measured network: real tables, of several kinds and from several libraries."""

import warnings

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.api import judging
from forpass.model.provenance import RowCounts
from forpass.preprocessing import read_columns
from forpass.sampling.splits import split_off

pd = later("pandas")
polars = later("polars")
load_breast_cancer, load_diabetes, load_iris, load_wine = later(
    "sklearn.datasets", "load_breast_cancer", "load_diabetes", "load_iris", "load_wine"
)


def frame(load):
    return load(as_frame=True).frame


QUICK = {
    "hidden": (16,),
    "training": fp.TrainingSpec(epochs=30, batch_size=16, optimizer=fp.OptimizerSpec("adam", 0.01)),
}


@pytest.fixture
def parts(monkeypatch):
    """Return the list to which the data that reach training are written: training, validation."""
    seen = []
    train_job = judging.train_job

    def spy(job, *others, **named):
        seen.append((job.data, job.validation))
        return train_job(job, *others, **named)

    monkeypatch.setattr(judging, "train_job", spy)
    return seen


# -- real tables ---------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("library", [later("pandas", "DataFrame"), later("polars", "from_pandas")])
@pytest.mark.parametrize(
    "load", [load_iris, load_wine, load_breast_cancer], ids=["iris", "wine", "breast_cancer"]
)
def test_a_network_beats_the_commonest_class(load, library):
    table = library(frame(load))
    model = fp.train_table(table, "target", preset="fast")
    figures = model.provenance.evaluation.figures
    assert list(figures) == ["network", "dummy", "linear"]
    assert figures["network"]["accuracy"] >= 0.9 > 0.7 > figures["dummy"]["accuracy"]
    assert figures["network"]["log_loss"] < 0.5 * figures["dummy"]["log_loss"]
    classes = set(frame(load)["target"])
    # each row is guessed by the shares of the other folds, of which another class may be the commonest
    assert figures["dummy"]["balanced_accuracy"] == pytest.approx(1 / len(classes), abs=0.05)
    assert set(model.predict(table)) == classes


def test_pandas_polars_and_a_dict_of_columns_are_one_table():
    table = frame(load_iris)
    forms = (table, polars.from_pandas(table), {name: table[name].tolist() for name in table})
    prints = {fp.train_table(form, "target", hidden=(4,), epochs=2).fingerprint() for form in forms}
    assert len(prints) == 1


def test_regression_beats_the_mean_in_the_targets_own_unit():
    table = frame(load_diabetes)
    model = fp.train_table(table, "target", hidden=(32,), epochs=60)
    figures = model.provenance.evaluation.figures
    assert list(figures) == ["network", "dummy", "linear"]
    assert figures["network"]["r2"] > 0.3 > 0.05 > figures["dummy"]["r2"]
    assert figures["network"]["root_mean_squared_error"] < figures["dummy"]["root_mean_squared_error"]
    # as large as the target's own standard deviation, which is 77
    assert 60 < figures["dummy"]["root_mean_squared_error"] < 95
    assert 100 < np.mean(model.predict(table)) < 200  # as the target: 152


def test_text_missing_values_booleans_and_dates():
    table = frame(load_iris)
    table["kind"] = np.array(["setosa", "versicolor", "virginica"])[table.pop("target")]
    table["site"] = np.array(["north", "south", None, "east"], dtype=object)[np.arange(150) % 4]
    table["wet"] = np.arange(150) % 2 == 0
    table["seen"] = pd.date_range("2024-01-01", periods=150)[np.arange(150) * 7 % 150]
    table.loc[::7, "petal length (cm)"] = np.nan
    model = fp.train_table(table, "kind", **QUICK)
    assert model.provenance.evaluation.figures["network"]["accuracy"] > 0.8
    some = table.head(5).drop(columns="kind")
    assert model.predict(some).tolist() == ["setosa"] * 5
    some["site"] = "a place never seen"
    with pytest.warns(fp.ForpassWarning, match=r"'site' \(5 rows, for instance 'a place never seen'\)"):
        assert model.predict(some).tolist() == ["setosa"] * 5


def test_one_hot_columns_are_classes():
    table = frame(load_iris)
    y = table.pop("target").to_numpy()
    names = ["setosa", "versicolor", "virginica"]
    for i, name in enumerate(names):
        table[name] = (y == i).astype(int)
    model = fp.train_table(table, names, **QUICK)
    assert model.preprocessing.target.task == "classification"
    assert np.mean(model.predict(table) == np.array(names)[y]) > 0.85
    assert model.predict_proba(table).shape == (150, 3)
    # the same table with one column of words gives the same network
    words = table.drop(columns=names)
    words["kind"] = np.array(names)[y]
    assert fp.train_table(words, "kind", **QUICK).parameters.tobytes() == model.parameters.tobytes()


def test_several_labels_at_once():
    table = frame(load_wine)
    y = table.pop("target").to_numpy()
    table["red"] = (y > 0).astype(int)
    table["strong"] = (table["alcohol"] > 13).astype(int)
    with pytest.warns(fp.ForpassWarning, match="'alcohol' leaks the target 'strong'"):
        model = fp.train_table(table, ["red", "strong"], hidden=(32,), epochs=60)
    figures = model.provenance.evaluation.figures
    assert set(figures["network"]) == {"accuracy", "f1", "log_loss"}
    assert figures["network"]["accuracy"] > 0.8 > figures["dummy"]["accuracy"]
    assert model.predict(table).shape == (178, 2)
    assert model.spec.head.loss == "sigmoid_cross_entropy"


def test_several_numbers_at_once():
    table = frame(load_diabetes)
    model = fp.train_table(table, ["target", "bp"], **QUICK)
    assert model.predict(table).shape == (442, 2)
    assert model.provenance.evaluation.figures["network"]["r2"] > 0.1


def test_rows_without_a_target_are_left_out(parts):
    table = frame(load_iris).astype({"target": float})
    table.loc[:9, "target"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        model = fp.train_table(table, "target", **QUICK)
    rows = model.provenance.rows
    assert rows.training + rows.validation + rows.test == 140
    assert parts[0][0].n_rows == rows.training


# -- training, validation and test rows ----------------------------------------------------------
def apart_of(n, seed, labels=None):
    return split_off(n, 0.2, seed, labels=labels)[1]


def test_features_of_test_rows_do_not_matter():
    table = frame(load_wine)
    apart = apart_of(len(table), 3, table["target"].to_numpy())
    changed = table.copy()
    rng = np.random.default_rng(0)
    changed.iloc[apart, :-1] = rng.normal(1e6, 1e6, (len(apart), 13))
    one, other = (fp.train_table(t, "target", seed=3, **QUICK) for t in (table, changed))
    assert one.fingerprint() == other.fingerprint()
    assert one.provenance.evaluation != other.provenance.evaluation
    # and the others do
    others = np.setdiff1d(np.arange(len(table)), apart)
    changed = table.copy()
    changed.iloc[others[0], 0] += 1.0
    assert fp.train_table(changed, "target", seed=3, **QUICK).fingerprint() != one.fingerprint()


def test_targets_of_test_rows_do_not_matter():
    table = frame(load_diabetes)
    apart = apart_of(len(table), 3)
    changed = table.copy()
    changed.loc[apart, "target"] = np.arange(len(apart)) + 5000.0
    changed.loc[apart, "age"] = -77.0
    one, other = (fp.train_table(t, "target", seed=3, **QUICK) for t in (table, changed))
    assert one.fingerprint() == other.fingerprint()


def test_rows_are_split_in_equal_shares_of_classes(parts):
    table = frame(load_iris)
    model = fp.train_table(table, "target", **QUICK)
    assert model.provenance.rows == RowCounts(108, 12, 30)
    training, validation = parts[0]
    assert np.bincount(training.targets).tolist() == [36, 36, 36]
    assert np.bincount(validation.targets).tolist() == [4, 4, 4]


def test_a_table_of_its_own_to_measure_on(parts):
    table = frame(load_iris).sample(frac=1, random_state=0, ignore_index=True)
    model = fp.train_table(table.iloc[:100], "target", test=table.iloc[100:], **QUICK)
    assert model.provenance.rows == RowCounts(90, 10, 50)
    network = model.provenance.evaluation.figures["network"]
    expected = np.mean(model.predict(table.iloc[100:]) == table["target"].iloc[100:])
    assert network["accuracy"] == pytest.approx(expected, rel=1e-12)


def test_standardisation_is_learnt_from_the_training_rows_alone(parts):
    fp.train_table(frame(load_diabetes), "target", **QUICK)
    training, validation = parts[0]
    # float32 targets: mean 0 and standard deviation 1 on the training rows, not quite so on others
    assert abs(training.targets.mean(dtype=np.float64)) < 1e-6
    assert abs(training.targets.std(dtype=np.float64) - 1) < 1e-6
    assert abs(validation.targets.mean(dtype=np.float64)) > 1e-3


# -- seeds and settings --------------------------------------------------------------------------
def test_the_same_seed_twice_and_another():
    table = frame(load_iris)
    prints = [fp.train_table(table, "target", hidden=(4,), epochs=2, seed=s).fingerprint() for s in (1, 1, 2)]
    assert prints[0] == prints[1] != prints[2]


def test_a_training_of_ones_own_keeps_its_seed_and_epochs():
    table = frame(load_iris)
    training = fp.TrainingSpec(epochs=3, seed=7, optimizer=fp.OptimizerSpec("rmsprop", 0.01))
    model = fp.train_table(table, "target", hidden=(4,), training=training)
    assert model.training == training
    again = fp.train_table(table, "target", hidden=(4,), training=training, seed=7)
    assert again.fingerprint() == model.fingerprint()
    other = fp.train_table(table, "target", hidden=(4,), training=training, seed=8, epochs=2)
    assert (other.training.seed, other.training.epochs) == (8, 2)


def test_the_table_is_not_changed():
    table = frame(load_iris)
    copy = table.copy(deep=True)
    fp.train_table(table, "target", **QUICK)
    pd.testing.assert_frame_equal(table, copy)


def test_what_cannot_be_used_is_named():
    table = frame(load_iris)
    with pytest.raises(fp.TableError, match="targett"):
        fp.train_table(table, "targett")
    for name in ("test", "validation"):
        with pytest.raises(fp.SpecError, match=f"{name} of train_table is a share from 0 to below 1"):
            fp.train_table(table, "target", **{name: 1.5})
    with pytest.raises(fp.UnknownNameError, match="task"):
        fp.train_table(table, "target", task="clasification")
    with pytest.raises(fp.TableError):
        fp.train_table(table.assign(target=1), "target")


def test_a_schema_can_be_said(parts):
    table = frame(load_iris)
    fp.train_table(table, "target", schema={table.columns[0]: "drop"}, **QUICK)
    assert parts[0][0].n_features == 3
    assert len(read_columns(table).names) == 5


@pytest.mark.parametrize("use", ["weight", "group", "time"])
def test_a_column_is_named_by_text_even_where_names_are_numbers(use):
    table = pd.DataFrame(np.random.default_rng(0).random((60, 4)))
    with pytest.raises(
        fp.TableError, match=f"{use} takes the name of a column as text, for instance '0'; got 0"
    ):
        fp.train_table(table, "3", **{use: 0}, epochs=1)
    assert fp.train_table(table, "3", **{use: "0"}, epochs=1, patience=0).preprocessing.n_features in (2, 3)
