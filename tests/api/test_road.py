"""The road of a table: looked at once, split by group, time or class, encoded as the training rows teach."""

from collections import Counter

import numpy as np
import pytest
import scipy.sparse

import forpass as fp
from forpass.api import road
from forpass.api.presets import setup_for
from forpass.api.road import encode, look, split
from forpass.preprocessing import read_columns, words


@pytest.fixture
def visits():
    """Return 120 visits of 12 people; what they answer depends on who they are, not on what was measured."""
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(12), 10)
    return {
        "person": [f"p{i}" for i in person],
        "day": np.arange(120.0),
        "measured": rng.normal(size=120) + person,
        "answer": (person % 2).tolist(),
    }


@pytest.fixture
def rows_of(visits):
    """Return a function that says which rows of the visits are for what."""

    def rows(validation=0.1, test=0.2, seed=3, **how):
        return split(look(read_columns(visits), "answer", **how), validation, test, seed)

    return rows


def test_every_row_is_for_one_thing(rows_of):
    for how in ({}, {"group": "person"}, {"time": "day"}, {"validation": 0.0}, {"test": 0.0}):
        rows = rows_of(**how)
        assert sorted(np.concatenate(rows)) == list(range(120))
        for part, share in zip(rows[1:], ("validation", "test"), strict=True):
            assert bool(len(part)) == (how.get(share) != 0.0)


def test_shares(rows_of):
    assert list(map(len, rows_of())) == [86, 10, 24]
    assert list(map(len, rows_of(validation=0.25, test=0.5))) == [45, 15, 60]  # of those that are left


def test_groups_stay_together(rows_of, visits):
    people = np.array(visits["person"])
    for group in ("person", visits["person"]):  # a column, or a value for each row
        training, validation, test = (set(people[part]) for part in rows_of(group=group))
        assert not training & validation and not training & test and not validation & test
        assert len(validation) >= 1 and len(test) == 2
    model = fp.train_table(visits, "answer", group="person", schema={"day": "number"}, epochs=1, hidden=[4])
    assert all("person" not in name for name in model.preprocessing.feature_names)


def test_the_latest_rows_are_test_rows_and_those_before_validation_rows(rows_of):
    training, validation, test = rows_of(time="day")
    assert (training.max(), validation.min(), validation.max(), test.min()) == (85, 86, 95, 96)


def test_both_or_gaps_are_refused(visits):
    with pytest.raises(fp.TableError, match="different ways"):
        fp.train_table(visits, "answer", group="person", time="day")
    with pytest.raises(fp.TableError, match="groups has 3 values; give one for each of the 120 rows"):
        look(read_columns(visits), "answer", group=[1, 2, 3])
    visits["day"][3] = np.nan
    with pytest.raises(fp.TableError, match="missing values"):
        fp.train_table(visits, "answer", time="day")
    with pytest.raises(fp.TableError, match="'person'"):
        fp.train_table(visits, "answer", group="persn")


def test_no_validation_rows_and_no_test_rows(visits):
    settings = {"hidden": [4], "schema": {"person": "drop", "day": "number"}, "epochs": 30, "seed": 1}
    model = fp.train_table(visits, "answer", validation=0, test=0, **settings)
    assert (model.provenance.rows.training, model.provenance.rows.validation) == (120, 0)
    assert model.provenance.evaluation is None and model.history[-1].validation_loss is None
    assert model.training.stopping.patience is None and len(model.history) == 30
    waiting = fp.train_table(visits, "answer", validation=0, patience=2, **settings)
    assert waiting.training.stopping.patience == 2


def test_validation_rows_may_be_a_table_of_their_own(visits):
    rows = np.arange(120) % 3 == 0
    own = {name: np.array(values)[rows] for name, values in visits.items()}
    rest = {name: np.array(values)[~rows] for name, values in visits.items()}
    settings = {"hidden": [4], "schema": {"person": "drop", "day": "number"}, "epochs": 5}
    model = fp.train_table(rest, "answer", validation=own, test=0, **settings)
    assert (model.provenance.rows.training, model.provenance.rows.validation) == (80, 40)
    data = model.preprocessing.encode(own, with_targets=True)
    best = model.provenance.ended.best_epoch
    assert model.history[best - 1].validation_loss == pytest.approx(model.scores(data).loss(data.targets))


def test_a_row_of_weight_zero_is_as_if_it_were_not_there(visits):
    weight = np.where(np.arange(120) % 4 == 0, 0.0, 2.0)
    rows = split(look(read_columns(visits), "answer", weight=weight), 0.1, 0.2, 0)
    assert sorted(np.concatenate(rows)) == np.flatnonzero(weight).tolist()


def test_a_sparse_matrix_goes_the_same_way():
    rng = np.random.default_rng(0)
    X = scipy.sparse.random(60, 9, 0.3, format="csr", random_state=rng)
    y = read_columns({"y": np.tile(["a", "b"], 30)})
    examples = look(y, "y", matrix=X, weight=np.arange(60.0))
    parts = encode(examples, split(examples, 0.1, 0.2, 0), setup_for(60, {}))
    assert (parts.training.n_rows, parts.validation.n_rows, parts.test.n_rows) == (42, 5, 12)
    assert scipy.sparse.issparse(parts.test.numbers) and parts.test.numbers.dtype == np.float32
    assert parts.test.weights.min() > 0
    with pytest.raises(fp.TableError, match="no schema"):
        look(y, "y", matrix=X, schema={"x": "drop"})


# -- once ----------------------------------------------------------------------------------------
@pytest.fixture
def asked(monkeypatch):
    """Count how often a table is asked: for its target, for rows with one, for the words of a column."""
    count = Counter()

    def counted(module, name, key=lambda *arguments: ()):
        function = getattr(module, name)

        def counting(*arguments, **named):
            count[name, *key(*arguments)] += 1
            return function(*arguments, **named)

        monkeypatch.setattr(module, name, counting)

    counted(road, "learn_target")
    counted(road, "learn_target_again")
    counted(road, "rows_with_target")
    for name in ("_levels_of_text", "_levels_of_numbers"):  # of which column, and of which of its rows
        counted(words, name, lambda column, *_: (column.kind, str(column.rows), column.values.tobytes()))
    return count


TOWNS = {
    "town": [("ulm", "bonn", "kiel")[i % 3] for i in range(120)],
    "size": [float(i % 17) for i in range(120)],
    "y": [("cheap", "dear")[i * i % 7 % 2] for i in range(120)],
}


@pytest.mark.filterwarnings("ignore::forpass.ForpassWarning")
@pytest.mark.parametrize("door", ["train_table", "TableClassifier"])
def test_a_table_is_asked_once(asked, door):
    if door == "train_table":
        fp.train_table(TOWNS, "y", epochs=1, hidden=4)
    else:
        X = {name: TOWNS[name] for name in ("town", "size")}
        fp.TableClassifier((4,), max_iter=1).fit(X, TOWNS["y"])
    for name in ("learn_target", "learn_target_again", "rows_with_target"):
        assert asked[(name,)] == 1, name
    levels = {key: times for key, times in asked.items() if key[0].startswith("_levels")}
    assert levels and set(levels.values()) == {1}
