"""RealMLP: that it is what is published, and that a table comes to it."""

import numpy as np
import pytest

import forpass as fp
from forpass.recipes.realmlp import realmlp_network, realmlp_training
from forpass.spec.program import lower

SQUARED, TWO, MORE = (fp.Head(loss) for loss in ("squared", "sigmoid_cross_entropy", "softmax_cross_entropy"))
X = fp.FeatureGroup("x", "number", 2)
CODE = fp.FeatureGroup("c", "code", 0, codes=12)


@pytest.mark.parametrize(
    ("head", "outputs", "activation", "smoothing", "rate"),
    [
        (SQUARED, 1, "parametric_mish", None, 0.2),
        (TWO, 1, "parametric_selu", 0.1, 0.04),
        (TWO, 4, "parametric_selu", 0.1, 0.04),
        (MORE, 3, "parametric_selu", 0.1, 0.04),
    ],
)
def test_network_and_training_are_those_of_the_table_of_the_paper(head, outputs, activation, smoothing, rate):
    spec = realmlp_network([X, CODE], head, outputs)
    ops = lower(spec).operations
    assert [op.opcode for op in ops[:6]] == [
        *("embed", "periodic", "concatenate", "columnwise", "affine", "columnwise")
    ]
    # two numbers, eight of the code, and three waves of each number
    assert [op.d_in for op in ops if op.opcode == "affine"] == [16, 256, 256, 256]
    names = [layer.name for layer in spec.layers if isinstance(layer, fp.Columnwise)]
    assert names == ["scale", *[activation] * 3]
    assert {layer.rate for layer in spec.layers if isinstance(layer, fp.Dropout)} == {0.15}
    assert spec.head.settings.get("smoothing") == smoothing
    training = realmlp_training(spec, fp.TrainingSpec(seed=7, dtype="float64"), validated=True)
    steps = training.optimizer
    assert (steps.name, steps.learning_rate, steps.weight_decay) == ("adamw", rate, 0.02)
    assert (steps.settings["beta1"], steps.settings["beta2"]) == (0.9, 0.95)
    factors = {role: (found.learning_rate, found.decay) for role, found in steps.by_role.items()}
    slope = {"slope": (0.1, 0.1), "periodic": (0.1, 0.1)}
    assert factors == {"bias": (0.1, 0.0), "scale": (6.0, 6.0), **slope}
    assert (training.epochs, training.batch_size, training.last_batch) == (256, 256, "drop")
    schedules = training.schedule[0], training.decay_schedule, training.dropout_schedule
    assert [schedule.name for schedule in schedules] == ["coslog4", "flat_cosine", "flat_cosine"]
    assert (training.seed, training.dtype) == (7, "float64")
    assert training.stopping == fp.StoppingSpec("validation_metric", restore_best="last")
    assert realmlp_training(spec, fp.TrainingSpec(), validated=False).stopping.monitor == "auto"


def test_wide_tables_have_waves_and_sparse_ones_none():
    wide = fp.FeatureGroup("x", "number", 300)
    for waves in (True, False):
        found = lower(realmlp_network([wide], SQUARED, 1, waves)).operations
        assert ("periodic" in {op.opcode for op in found}) is waves


def test_a_table_comes_to_codes_and_to_values_within_the_range_of_its_training_rows():
    rng = np.random.default_rng(0)
    few, many = rng.integers(0, 8, 90), rng.integers(0, 9, 90)
    table = {"few": [f"a{i}" for i in few], "many": [f"b{i}" for i in many], "x": rng.normal(size=90)}
    table["y"] = 100.0 + 9.0 * table["x"] + many
    model = fp.train_table(table, "y", preset="realmlp", test=0, validation=0, time_limit=0.05)
    assert model.spec.code_sizes == (10,) and not model.provenance.rows.validation
    target = model.preprocessing.target
    least, most = min(table["y"]), max(table["y"])
    assert (*target.unit.low, *target.unit.high) == pytest.approx((least, most))
    far = model.predict({**table, "x": np.full(90, 1e6)})
    assert target.unit.low[0] <= far.min() and far.max() <= target.unit.high[0]
    one_hot = fp.train_table(table, "y", preset="realmlp", max_one_hot=20, time_limit=0.05)
    assert not one_hot.spec.code_sizes


@pytest.mark.slow
def test_it_learns_what_bends_and_ends_with_the_last_of_its_best_epochs():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 400))
    table = {"x": x, "z": z, "y": 3.0 * np.sin(2.0 * x) * z + 0.1 * rng.normal(size=400)}
    model = fp.train_table(table, "y", preset="realmlp", threads=1)
    figures = model.provenance.evaluation.figures
    assert figures["network"]["r2"] > 0.8 > figures["linear"]["r2"]
    looked = [record.validation_metric for record in model.history]
    assert len(looked) == 256
    assert model.provenance.ended.best_epoch == 256 - looked[::-1].index(max(looked))
