"""Sharpness, calibration and provenance of an ensemble: what they do, and how a file keeps them."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import forpass as fp
from forpass.maths.links import log_softmax
from forpass.model import Evaluation, Provenance, Scores, together
from forpass.model.archive import read_archive, write_archive
from forpass.model.calibration import Calibration

RNG = np.random.default_rng(5)
X = RNG.normal(size=(50, 3))
HEADS = {
    "classes": (3, "softmax_cross_entropy", RNG.integers(0, 3, 50)),
    "two classes": (1, "sigmoid_cross_entropy", (X[:, :1] > 0) * 1.0),
    "labels": (2, "sigmoid_cross_entropy", (X[:, :2] > 0) * 1.0),
    "values": (1, "squared", X[:, :1] ** 2),
}
SHARP = [0.5, 2.0, 1.25]
CALIBRATIONS = {
    "classes": Calibration((1.5,), (0.1, -0.2, 0.3), ((0.1, 0.0, 0.2), (0.0, 0.3, 0.0), (-0.1, 0.0, 0.0))),
    "two classes": Calibration((0.7,)),
    "labels": Calibration((0.7, 1.4)),
}
CANDIDATE = {
    "chain": "A",
    "network": "3 x 128",
    "rung": 1,
    "epochs": 12,
    "members": 5,
    "loss": 0.31,
    "variance": 0.02,
    "expected_loss": 0.3,
    "weight": 0.75,
    "seconds": 2.5,
}
ACCOUNT = {"recipe": {"name": "fast", "rungs": 1}, "candidates": [CANDIDATE], "omissions": []}


def members(task, n=3):
    outputs, loss, targets = HEADS[task]
    spec, data = fp.multilayer(3, [5], outputs, loss), fp.Data(X, targets=targets)
    return [fp.train(spec, fp.TrainingSpec(epochs=3, seed=seed), data) for seed in range(n)]


@pytest.mark.parametrize("task", CALIBRATIONS)
def test_scores_are_sharpened_before_the_mean_and_calibrated_behind_it(task):
    of, calibration = members(task), CALIBRATIONS[task]
    ensemble = fp.Ensemble(of, [1, 2, 1], sharpness=SHARP, calibration=calibration)
    each = [
        Scores(m.spec.head, t * m.raw_scores(X).astype(float)).predictions
        for m, t in zip(of, SHARP, strict=True)
    ]
    P = np.average(each, axis=0, weights=[1, 2, 1])
    if task == "classes":
        L = np.log(P)
        L = 1.5 * L + np.array(calibration.bias) + L @ np.array(calibration.matrix)
        expected = np.exp(log_softmax(L))
    else:
        odds = (P / (1 - P)) ** np.array(calibration.scale)
        expected = odds / (1 + odds)
    np.testing.assert_allclose(ensemble.scores(X).predictions, expected, rtol=1e-6)
    np.testing.assert_array_equal(ensemble.scores(X).raw, ensemble.raw_scores(X))


@pytest.mark.parametrize("task", CALIBRATIONS)
def test_saved_loaded_copied_and_pickled_it_is_the_same(task, tmp_path):
    provenance = Provenance(
        "2026-11-28T00:00:00Z", recipe=ACCOUNT, on_test=Evaluation(9, {"network": {"accuracy": 0.5}})
    )
    of = [dataclasses.replace(m, provenance=Provenance(fold=i)) for i, m in enumerate(members(task))]
    ensemble = fp.Ensemble(of, sharpness=SHARP, calibration=CALIBRATIONS[task], provenance=provenance)
    loaded = fp.load(ensemble.save(tmp_path / "e.forpass"))
    for again in (loaded, copy.deepcopy(ensemble), pickle.loads(pickle.dumps(ensemble))):
        assert again.fingerprint() == ensemble.fingerprint()
        assert (again.sharpness, again.calibration) == (ensemble.sharpness, ensemble.calibration)
        assert again.provenance == provenance and again.provenance.recipe == ACCOUNT
        assert [member.provenance.fold for member in again.members] == [0, 1, 2]
        np.testing.assert_array_equal(again.raw_scores(X), ensemble.raw_scores(X))
    file = loaded.save(tmp_path / "again.forpass")
    assert file.read_bytes() == (tmp_path / "e.forpass").read_bytes()


def test_what_is_not_used_is_absent_and_what_is_used_enters_the_fingerprint(tmp_path):
    of = members("two classes")
    plain, neutral = fp.Ensemble(of), fp.Ensemble(of, sharpness=[1, 1, 1], provenance=Provenance())
    assert plain.to_json() == neutral.to_json()
    assert set(plain.to_json()) == {"weights", "preprocessings", "members"}
    prints = [
        plain.fingerprint(),
        fp.Ensemble(of, sharpness=SHARP).fingerprint(),
        fp.Ensemble(of, calibration=Calibration((2.0,))).fingerprint(),
    ]
    assert len(set(prints)) == 3
    told = dataclasses.replace(plain, provenance=Provenance("2026-11-28T00:00:00Z"))
    assert told.fingerprint() == plain.fingerprint() and told.provenance.created
    assert (plain.provenance, plain.calibration, plain.sharpness) == (Provenance(), None, (1.0,) * 3)


def test_what_does_not_fit_is_refused():
    of, values = members("classes"), members("values")
    for more, what in (
        ({"sharpness": [1.0]}, "an ensemble of 3 members has 1 numbers of sharpness"),
        ({"decision_weights": [1.0, 2.0]}, "3 outputs has 2 decision weights; give one"),
        ({"sharpness": [1.0, 0.0, 1.0]}, "each sharpness of an ensemble must be a finite number above 0"),
        ({"sharpness": 2.0}, "sharpness of an ensemble must be a sequence"),
        ({"calibration": 2.0}, "calibration of an ensemble must be a Calibration"),
        ({"calibration": Calibration((1.0, 2.0))}, "2 scales and 0 classes does not fit 3 outputs"),
        ({"calibration": Calibration((1.0,), (0.0,) * 2, ((0.0,) * 2,) * 2)}, "2 classes does not fit"),
        ({"provenance": {}}, "provenance of an ensemble must be a Provenance"),
    ):
        with pytest.raises(fp.SpecError, match=what):
            fp.Ensemble(of, **more)
    for of in (values, members("two classes")):
        with pytest.raises(
            fp.SpecError, match="decision weights are of three classes and more, or of labels"
        ):
            fp.Ensemble(of, decision_weights=[1.0])
    for more in ({"sharpness": SHARP}, {"calibration": Calibration((1.0,))}):
        with pytest.raises(fp.SpecError, match="is of probabilities, and the loss squared gives none"):
            fp.Ensemble(values, **more)
    with pytest.raises(fp.SpecError, match="fold of Provenance must be"):
        Provenance(fold=-1)


@pytest.mark.parametrize(
    "changed",
    [
        {"sharpness": "abc"},
        {"sharpness": [1.0, 2.0]},
        {"sharpness": [1.0, 2.0, None]},
        {"calibration": 3},
        {"calibration": {}},
        {"calibration": {"scale": [1.0], "bias": [1.0]}},
        {"calibration": {"scale": [float("nan")]}},
        {"provenance": []},
        {"provenance": {"recipe": 3}},
    ],
)
def test_a_signed_file_of_nonsense(tmp_path, changed):
    file = fp.Ensemble(members("two classes"), sharpness=SHARP).save(tmp_path / "e.forpass")
    _, arrays, content = read_archive(file, "ensemble")
    write_archive(file, "ensemble", arrays, content | changed)
    with pytest.raises(fp.ModelFileError):
        fp.load(file)


@pytest.mark.parametrize(
    "account",
    [
        {"recipe": {"name": "fast"}},
        ACCOUNT | {"recipe": {}},
        ACCOUNT | {"recipe": "fast"},
        ACCOUNT | {"candidates": 3},
        ACCOUNT | {"candidates": [3]},
        ACCOUNT | {"candidates": [CANDIDATE | {"weight": "much"}]},
        ACCOUNT | {"candidates": [CANDIDATE | {"members": 0}]},
        ACCOUNT | {"omissions": "all"},
    ],
)
def test_an_account_of_nonsense_is_refused(account):
    with pytest.raises(fp.SpecError):
        Provenance(recipe=account)


# -- rows by rows ----------------------------------------------------------------------------------
def test_bits_depend_neither_on_blocks_nor_on_threads(monkeypatch):
    """Blocks of rows are taken by threads in turn; each row is computed as if it were alone."""
    rows = np.random.default_rng(1).normal(size=(1000, 3))
    for task in HEADS:
        ensemble = fp.Ensemble(members(task), [0.0, 1.0, 2.0], calibration=CALIBRATIONS.get(task))
        whole = ensemble.raw_scores(rows)
        np.testing.assert_array_equal(ensemble.raw_scores(rows[7:8]), whole[7:8])
        monkeypatch.setattr(together, "ROWS_OF_A_BLOCK", 90)
        for threads in (1, 2, 5):
            limited = [dataclasses.replace(member, threads=threads) for member in ensemble.members]
            again = dataclasses.replace(ensemble, members=limited)
            np.testing.assert_array_equal(again.raw_scores(rows), whole)
        monkeypatch.undo()


def test_the_reference_engine_scores_all_rows_at_once(monkeypatch):
    of = [dataclasses.replace(member, engine="numpy") for member in members("classes")]
    rows = np.random.default_rng(1).normal(size=(300, 3))
    whole = fp.Ensemble(of).raw_scores(rows)
    monkeypatch.setattr(together, "ROWS_OF_A_BLOCK", 90)
    np.testing.assert_array_equal(fp.Ensemble(of).raw_scores(rows), whole)


def test_what_goes_wrong_in_a_block_is_raised(monkeypatch):
    ensemble = fp.Ensemble(members("classes"))
    monkeypatch.setattr(together, "ROWS_OF_A_BLOCK", 90)
    with pytest.raises(fp.DataError, match="the network takes 3 numerical features; the data have 4"):
        ensemble.raw_scores(np.zeros((1000, 4)))


def test_members_of_several_engines_go_together():
    of = members("values")
    mixed = [of[0], dataclasses.replace(of[1], engine="numpy"), of[2]]
    np.testing.assert_allclose(fp.Ensemble(mixed).raw_scores(X), fp.Ensemble(of).raw_scores(X), rtol=1e-5)
