"""TabM: that it is what is published, and that a table comes to it."""

import math

import numpy as np
import pytest

import forpass as fp
from forpass.engines.initial import fresh_state
from forpass.recipes import tabm
from forpass.recipes.tabm import tabm_network, tabm_training
from forpass.spec.program import lower

SQUARED, MORE = fp.Head("squared"), fp.Head("softmax_cross_entropy")
INPUTS = (
    fp.FeatureGroup("x", "number", 1),
    fp.FeatureGroup("city", "level", 4),
    fp.FeatureGroup("z", "number", 1),
)


def test_network_is_that_of_the_paper():
    program = lower(tabm_network(INPUTS, MORE, 3))
    block = ["memberwise", "affine", "memberwise", "memberwise", "activation", "dropout"]
    assert [op.opcode for op in program.operations] == [*block * 3, "member_affine"]
    assert [op.d_out for op in program.operations if op.opcode == "affine"] == [512] * 3
    assert {op.settings for op in program.operations if op.opcode == "dropout"} == {(0.1,)}
    # W of three layers; r, s and b of 32 members; 32 heads
    shared, own = 6 * 512 + 2 * 512 * 512, 32 * ((6 + 2 * 512) + 3 * 2 * 512 + 512 * 3 + 3)
    assert program.parameters.size == shared + own and program.members == 32


def test_mini_has_signs_and_heads_of_its_own_alone():
    program = lower(tabm_network(INPUTS, MORE, 3, mini=True))
    opcodes = [op.opcode for op in program.operations]
    assert opcodes == ["memberwise", *["affine", "activation", "dropout"] * 3, "member_affine"]
    assert program.parameters.size == 6 * 512 + 2 * 512 * 512 + 3 * 512 + 32 * (6 + 512 * 3 + 3)


def test_members_begin_as_published():
    program = lower(tabm_network(INPUTS, SQUARED, 2))
    own = program.parameters.views(fresh_state(program, fp.TrainingSpec(seed=4)).parameters)
    r = own["scale0"]
    assert set(r.ravel().tolist()) == {-1.0, 1.0}
    assert np.all(r[:, 1:5] == r[:, 1:2]), "columns of one feature have one sign"
    assert len({tuple(row) for row in r[:, [0, 1, 5]].tolist()}) == 8, "all of 2^3 among 32 members"
    for name, array in own.items():
        if name.startswith("scale") and name != "scale0":
            assert np.all(array == 1.0)
    limits = {"W1": 6, "shift1": 6, "W2": 512, "shift2": 512, "W3": 512, "shift3": 512, "W4": 512, "b4": 512}
    for name, d_in in limits.items():
        assert np.abs(own[name]).max() <= 1.0 / math.sqrt(d_in) < 1.2 * np.abs(own[name]).max(), name
    assert all(np.all(own[name] == own[name][0]) for name in ("shift1", "shift2", "shift3"))
    assert not np.any(own["W4"][0] == own["W4"][1]), "nothing is shared by the heads"


def test_training_is_that_of_the_paper():
    training = tabm_training(fp.TrainingSpec(seed=7, dtype="float64"), validated=True)
    steps = training.optimizer
    assert (steps.name, steps.learning_rate, steps.weight_decay, steps.clip_norm) == (
        "adamw",
        2e-3,
        3e-4,
        1.0,
    )
    assert steps.settings == fp.OptimizerSpec("adamw", 0.1).settings  # those of torch, too
    assert (training.batch_size, training.schedules, training.seed, training.dtype) == (256, (), 7, "float64")
    assert training.stopping == fp.StoppingSpec("validation_metric", patience=16)
    assert tabm_training(fp.TrainingSpec(), validated=False).stopping.monitor == "auto"


def test_codes_are_looked_up_where_somebody_asks_for_them():
    code = fp.FeatureGroup("c", "code", 0, codes=12)
    program = lower(tabm_network([*INPUTS, code], SQUARED, 1))
    r = program.parameters.views(fresh_state(program, fp.TrainingSpec()).parameters)["scale0"]
    assert r.shape == (32, 6 + 8) and np.all(r[:, 6:] == r[:, 6:7])


@pytest.mark.slow
def test_it_learns_what_bends_and_ends_with_its_best_epoch(monkeypatch):
    for name, number in (("MEMBERS", 8), ("UNITS", 64)):
        monkeypatch.setattr(tabm, name, number)
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 400))
    table = {"x": x, "z": z, "y": 3.0 * np.sin(2.0 * x) * z + 0.1 * rng.normal(size=400)}
    model = fp.train_table(table, "y", preset="tabm", threads=1)
    figures = model.provenance.evaluation.figures
    assert figures["network"]["r2"] > 0.8 > figures["linear"]["r2"]
    ended, looked = model.provenance.ended, [record.validation_metric for record in model.history]
    assert ended.reason == "plateau" and ended.epoch == ended.best_epoch + 17
    assert ended.best_epoch == 1 + int(np.argmax(looked))
