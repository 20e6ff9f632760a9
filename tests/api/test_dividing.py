"""Which rows are held back where they belong together, or follow each other in time."""

import dataclasses

import numpy as np
import pytest

import forpass as fp


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


def held_back(table, monkeypatch, **how):
    """Return the row numbers learnt from, by what the preprocessing was handed."""
    seen = []
    learn = fp.Preprocessing.learn.__func__

    def spy(cls, whole, *args, rows=None, **kwargs):
        seen.append(np.asarray(rows))
        return learn(cls, whole, *args, rows=rows, **kwargs)

    monkeypatch.setattr(fp.Preprocessing, "learn", classmethod(spy))
    model = fp.train_table(table, "answer", epochs=1, hidden=[4], **how)
    return model, seen[-1]


@pytest.mark.slow
def test_groups_stay_together(visits, monkeypatch):
    model, learnt = held_back(visits, monkeypatch, group="person", seed=3, schema={"day": "number"})
    people = np.array(visits["person"])
    assert not set(people[learnt]) & set(np.delete(people, learnt))
    assert [count % 10 for count in dataclasses.astuple(model.provenance.rows)] == [0, 0, 0]
    assert all("person" not in name for name in model.preprocessing.feature_names)


def test_the_latest_are_held_back(visits, monkeypatch):
    model, learnt = held_back(visits, monkeypatch, time="day", schema={"person": "drop"})
    assert learnt.max() == len(learnt) - 1
    assert model.provenance.rows.test == 24


def test_both_or_gaps_are_refused(visits):
    with pytest.raises(fp.TableError, match="different ways"):
        fp.train_table(visits, "answer", group="person", time="day")
    visits["day"][3] = np.nan
    with pytest.raises(fp.TableError, match="missing values"):
        fp.train_table(visits, "answer", time="day")
    with pytest.raises(fp.TableError, match="'person'"):
        fp.train_table(visits, "answer", group="persn")
