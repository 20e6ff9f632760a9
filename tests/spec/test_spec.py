"""Descriptions: they survive being stored, lie in memory without gaps, print well, and refuse nonsense."""

import dataclasses
import json

import numpy as np
import pytest
import scipy.sparse
import strategies
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from forpass.engines.compiled.program import operations as compiled
from forpass.engines.reference import operations as reference
from forpass.errors import DataError, SpecError, UnknownNameError
from forpass.spec.data import Data
from forpass.spec.initializer import Initializer
from forpass.spec.layers import (
    LAYERS,
    Activation,
    BatchNorm,
    Columnwise,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
)
from forpass.spec.layout import ParameterLayout
from forpass.spec.network import Head, NetworkSpec, Penalty, multilayer
from forpass.spec.optimizer import LBFGSSpec, OptimizerSpec, RoleFactors
from forpass.spec.plain import classes, from_plain, to_plain
from forpass.spec.program import lower
from forpass.spec.summary import summary
from forpass.spec.training import ScheduleSpec, StoppingSpec, TrainingSpec

# -- JSON ---------------------------------------------------------------------------------------------


def stored(value):
    return from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)))


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(strategies.network_specs())
def test_networks_survive_json(spec):
    assert stored(spec) == spec
    assert lower(stored(spec)) == lower(spec)


@settings(max_examples=examples(100))
@given(strategies.training_specs())
def test_trainings_survive_json(training):
    assert stored(training) == training


@given(strategies.any_initializers())
def test_initialisers_survive_json(initializer):
    assert stored(initializer) == initializer


def test_lbfgs_and_partial_settings_survive_json():
    for spec in (
        TrainingSpec(method="lbfgs", lbfgs=LBFGSSpec(evaluations=40)),
        TrainingSpec(
            optimizer=OptimizerSpec("adam", settings={"beta1": 0.5}), schedule=ScheduleSpec("cosine")
        ),
        StoppingSpec(max_seconds=2.5),
    ):
        assert stored(spec) == spec


def test_every_description_can_be_stored():
    assert set(classes()) == {
        *(layer.__name__ for layer in LAYERS),
        *("NetworkSpec", "FeatureGroup", "Head", "Penalty", "Initializer"),
        *("TrainingSpec", "OptimizerSpec", "RoleFactors", "LBFGSSpec", "ScheduleSpec", "StoppingSpec"),
    }
    for cls in classes().values():
        assert dataclasses.is_dataclass(cls)


def test_stored_form_is_fixed():
    # files are read for ever: this text may grow, but what stands here must keep its meaning
    assert json.dumps(to_plain(Dense(3))) == '{"is": "Dense", "units": 3}'
    assert json.dumps(to_plain(Dense(3, bias=False, weights="normal"))) == (
        '{"is": "Dense", "units": 3, "bias": false, '
        '"weights": {"is": "Initializer", "name": "normal", "settings": {"std": 0.05}}}'
    )
    network = NetworkSpec(2, (Dense(1), Activation("tanh")), Head("squared"), penalty=Penalty(l2=0.1))
    assert to_plain(network) == {
        "is": "NetworkSpec",
        "inputs": [{"is": "FeatureGroup", "name": "", "kind": "number", "width": 2}],
        "layers": [{"is": "Dense", "units": 1}, {"is": "Activation", "name": "tanh"}],
        "head": {"is": "Head", "loss": "squared"},
        "penalty": {"is": "Penalty", "l2": 0.1},
    }
    assert to_plain(StoppingSpec()) == {"is": "StoppingSpec"}


def test_what_stood_in_full_reads_the_same():
    in_full = (
        '{"is": "NetworkSpec", "n_features": 2, "layers": [{"is": "Embedding", "dimension": 3}, '
        '{"is": "Dense", "units": 1, "bias": true, '
        '"weights": {"is": "Initializer", "name": "glorot_uniform", "settings": {}}, '
        '"biases": {"is": "Initializer", "name": "zeros", "settings": {}}}], '
        '"head": {"is": "Head", "loss": "squared", "settings": {}, "over_outputs": "sum"}, "code_sizes": [4]}'
    )
    assert from_plain(json.loads(in_full)) == NetworkSpec(
        2, (Embedding(3), Dense(1)), Head("squared"), code_sizes=(4,)
    )


def test_a_file_can_name_nothing_else():
    with pytest.raises(UnknownNameError, match="unknown description 'Popen'"):
        from_plain({"is": "Popen", "args": ["ls"]})
    with pytest.raises(SpecError, match=r"stored description of Dense does not fit.*neurons"):
        from_plain({"is": "Dense", "neurons": 3})
    with pytest.raises(SpecError, match="units of Dense"):
        from_plain({"is": "Dense", "units": -3})


# -- layouts and programs -----------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(strategies.network_specs())
def test_blocks_fill_the_vector_without_gaps(spec):
    program = lower(spec)
    for layout in (program.parameters, program.buffers):
        end = 0
        for block in layout.blocks:
            assert block.offset == end
            end = block.slice.stop
            assert block.size == int(np.prod(block.shape)) > 0
        assert end == layout.size
        assert len(set(layout.names)) == len(layout.names)
        touched = np.zeros(layout.size, int)
        for view in layout.views(touched).values():
            view += 1  # views write to the vector, each entry once
        assert touched.tolist() == [1] * layout.size
        vector = np.random.default_rng(0).normal(size=layout.size)
        np.testing.assert_array_equal(layout.flatten(layout.views(vector)), vector)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(strategies.network_specs())
def test_programs_hang_together(spec):
    program = lower(spec)
    assert len(program.outputs) == len(set(program.outputs)) == len(program.operations) + 1
    for place, op in enumerate(program.operations):
        assert (op.number, op.target) == (place + 1, place + 1)
        assert op.sources and all(0 <= source < op.target for source in op.sources)
        assert op.d_ins == tuple(program.widths[source] for source in op.sources)
        assert op.d_out == program.widths[op.target]
        assert op.opcode in reference.OPERATIONS and op.opcode in compiled.OPERATIONS
        assert op.output == program.outputs[op.target]
        assert all(program.outputs[source] in op.formula for source in op.sources)
    owned = [name for op in program.operations for name in op.parameters]
    assert tuple(owned) == program.parameters.names
    assert tuple(name for op in program.operations for name in op.buffers) == program.buffers.names
    assert program.n_outputs == spec.n_outputs


def test_names_count_the_dense_layers():
    layers = (
        *(BatchNorm(), Dense(4), Activation("relu"), Activation("tanh"), BatchNorm(), LayerNorm()),
        *(Dropout(0.1), Dense(2, bias=False)),
    )
    program = lower(NetworkSpec(3, layers, Head("squared")))
    assert program.outputs == ("X", "N0", "Z1", "A1", "A1_2", "N1", "N1_2", "D1", "Z2")
    names = ("gamma0", "beta0", "W1", "b1", "gamma1", "beta1", "gamma1_2", "beta1_2", "W2")
    assert program.parameters.names == names
    assert program.buffers.names == ("mean0", "variance0", "mean1", "variance1")
    assert program.operations[3].label == "layer 4 (tanh, 4 -> 4)"
    assert program.uses("dropout") and not program.uses("embed")


def test_flatten_names_what_is_wrong():
    layout = lower(multilayer(2, [], 1, "squared")).parameters
    with pytest.raises(DataError, match="missing: b1; unknown: w1"):
        layout.flatten({"W1": np.zeros((2, 1)), "w1": 0.0})
    with pytest.raises(DataError, match=r"W1 must have shape \(2, 1\); got \(1, 2\)"):
        layout.flatten({"W1": np.zeros((1, 2)), "b1": np.zeros(1)})
    with pytest.raises(DataError, match=r"shape \(3,\) for W1, b1; got \(4,\)"):
        layout.views(np.zeros(4))
    assert ParameterLayout(()).size == 0


# -- the summary --------------------------------------------------------------------------------------


def test_summary_of_all_kinds_of_layers():
    layers = (
        Embedding(2),
        Dense(8),
        BatchNorm(),
        Activation("leaky_relu"),
        Dropout(0.5),
        LayerNorm(),
        Dense(1),
    )
    spec = NetworkSpec(1000, layers, Head("poisson"), code_sizes=(5,))
    *table, last = summary(lower(spec)).splitlines()
    assert [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table] == [
        ["#", "layer", "output", "shape", "parameters", "computes"],
        ["0", "input", "X", "(n, 1000)"],
        ["1", "embed", "X0", "(n, 1002)", "10", "[X, E1[codes]]"],
        ["2", "affine", "Z1", "(n, 8)", "8,024", "X0 W1 + b1"],
        ["3", "batch_norm", "N1", "(n, 8)", "16", "gamma1 batch_norm(Z1) + beta1"],
        ["4", "leaky_relu", "A1", "(n, 8)", "leaky_relu(N1, 0.01)"],
        ["5", "dropout", "D1", "(n, 8)", "dropout(A1)"],
        ["6", "layer_norm", "N1_2", "(n, 8)", "16", "gamma1_2 layer_norm(D1) + beta1_2"],
        ["7", "affine", "Z2", "(n, 1)", "9", "N1_2 W2 + b2"],
    ]
    assert last == "head: poisson, link exponential; 8,075 parameters"
    begins = {line.index(op.formula) for line, op in zip(table[2:], lower(spec).operations, strict=True)}
    assert begins == {table[0].index("computes")}  # columns stand below each other


# -- descriptions that make no sense --------------------------------------------------------------------

SQUARED = Head("squared")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0), SpecError, "units of Dense must be a whole number of at least 1; got 0"),
        (lambda: Dense(2.0), SpecError, "units of Dense.*got 2.0"),
        (lambda: Dense(True), SpecError, "units of Dense.*got True"),
        (lambda: Dense(2, weights="he"), UnknownNameError, "unknown initializer 'he'"),
        (lambda: Activation("rely"), UnknownNameError, "did you mean 'relu'"),
        (
            lambda: Activation("elu", {"alfa": 1.0}),
            UnknownNameError,
            "setting of the activation 'elu' 'alfa'",
        ),
        (
            lambda: Activation("elu", {"alpha": "1"}),
            SpecError,
            "alpha of the activation 'elu' must be a number",
        ),
        (lambda: Dropout(1.0), SpecError, "rate of Dropout must be at least 0 and below 1; got 1.0"),
        (lambda: Dropout(-0.1), SpecError, "rate of Dropout"),
        (lambda: BatchNorm(momentum=1.5), SpecError, "momentum of BatchNorm.*at most 1; got 1.5"),
        (lambda: LayerNorm(0.0), SpecError, "epsilon of LayerNorm must be a finite number above 0"),
        (lambda: Embedding(0), SpecError, "dimension of Embedding"),
        (lambda: Head("mse"), UnknownNameError, "unknown loss 'mse'"),
        (lambda: Head("squared", over_outputs="avg"), UnknownNameError, "over_outputs of Head 'avg'"),
        (lambda: Head("softmax_cross_entropy", over_outputs="mean"), SpecError, "already; leave it out"),
        (
            lambda: Penalty(l2=-1.0),
            SpecError,
            "l2 of Penalty must be a finite number of at least 0; got -1.0",
        ),
        (lambda: Penalty(l1=float("nan")), SpecError, "l1 of Penalty.*got nan"),
        (lambda: Penalty(roles=("",)), SpecError, "each of roles of Penalty must be a name; got ''"),
        (
            lambda: NetworkSpec(2, (Dense(1),), SQUARED, penalty=Penalty(roles=("weigth",))),
            UnknownNameError,
            "unknown role of parameters in the penalty 'weigth'; did you mean 'weight'",
        ),
        (lambda: Dense(2, multiplier=0.0), SpecError, "multiplier of Dense must be a finite number above 0"),
        (lambda: Dense(2, multiplier="neural"), UnknownNameError, "did you mean 'neural_tangent'"),
        (lambda: Dense(2, weights=3), SpecError, "weights of Dense must be a Initializer; got 3"),
        (
            lambda: Dense(2, biases="unit_variance"),
            SpecError,
            "biases of Dense cannot begin as 'unit_variance', which is for the weights of Dense",
        ),
        (
            lambda: Embedding(2, weights="through_rows"),
            SpecError,
            "weights of Embedding cannot begin as 'through_rows', which is for the biases of Dense",
        ),
        (lambda: Columnwise("scale", initializer="unit_variance"), SpecError, "initializer of Columnwise"),
        (lambda: Columnwise("scales"), UnknownNameError, "unknown columnwise function 'scales'"),
        (lambda: Columnwise("scale", role=""), SpecError, "role of Columnwise must be a name; got ''"),
        (lambda: Dense(2, bias="no"), SpecError, "bias of Dense must be a bool; got 'no'"),
        (lambda: StoppingSpec(restore_best="no"), SpecError, "restore_best of StoppingSpec must be a bool"),
        (
            lambda: NetworkSpec(0, [Residual([Embedding(2)]), Dense(1)], SQUARED, (3,)),
            SpecError,
            "layer 1 reads the numerical inputs, and there are none",
        ),
        (
            lambda: Residual(Dense(2)),
            SpecError,
            "layers of Residual must be a sequence, such as a list; got De",
        ),
        (lambda: Concatenate([Dense(2)]), SpecError, "each branch of Concatenate must be a sequence"),
        (lambda: Concatenate(3), SpecError, "branches of Concatenate must be a sequence.*got 3"),
        (lambda: Penalty(roles="bias"), SpecError, "roles of Penalty must be a sequence.*got 'bias'"),
        (lambda: NetworkSpec(2, Dense(1), SQUARED), SpecError, "layers of NetworkSpec must be a sequence"),
        (lambda: NetworkSpec(2, [Dense(1)], SQUARED, 3), SpecError, "code_sizes must be a sequence"),
        (
            lambda: NetworkSpec(layers=[Dense(1)], head=SQUARED, inputs=3),
            SpecError,
            "inputs of NetworkSpec must be a sequence",
        ),
        (lambda: TrainingSpec(schedule="cosine"), SpecError, "schedule of TrainingSpec must be a sequence"),
        (lambda: Activation("elu", 1.0), SpecError, "settings of the activation 'elu' must be a mapping"),
        (lambda: OptimizerSpec(by_role=["bias"]), SpecError, "by_role of OptimizerSpec must be a Mapping"),
        (lambda: Dropout(10**400), SpecError, "rate of Dropout must be a finite number"),
        (lambda: Activation("elu", {"alpha": 10**400}), SpecError, "alpha of the activation 'elu' must be"),
        (lambda: Dense(2, weight_role=""), SpecError, "weight_role of Dense must be a name; got ''"),
        (lambda: Dense(2, bias_role=None), SpecError, "bias_role of Dense must be a name; got None"),
        (lambda: NetworkSpec(0, (Dense(1),), SQUARED), SpecError, "no inputs"),
        (lambda: NetworkSpec(2, (Activation("relu"),), SQUARED), SpecError, "no Dense layer"),
        (lambda: NetworkSpec(2, (Dense(1), "relu"), SQUARED), SpecError, "layer 2 is 'relu'"),
        (
            lambda: NetworkSpec(2, (Dense(1), Embedding(1)), SQUARED, (3,)),
            SpecError,
            "layer 2 is an Embedding",
        ),
        (
            lambda: NetworkSpec(2, (Dense(1),), SQUARED, (3,)),
            SpecError,
            "no Embedding.*each needs the other",
        ),
        (lambda: NetworkSpec(2, (Embedding(1), Dense(1)), SQUARED), SpecError, "each needs the other"),
        (lambda: multilayer(2, [], 1, "softmax_cross_entropy"), SpecError, "use sigmoid_cross_entropy"),
        (lambda: OptimizerSpec("adm"), UnknownNameError, "did you mean 'adam'"),
        (
            lambda: OptimizerSpec(learning_rate=0.0),
            SpecError,
            "learning_rate of OptimizerSpec must be a finite number above 0",
        ),
        (
            lambda: OptimizerSpec("momentum", settings={"mu": 1.5}),
            SpecError,
            "mu of the optimizer 'momentum'",
        ),
        (lambda: OptimizerSpec("lbfgs"), SpecError, r'say TrainingSpec\(method="lbfgs"\)'),
        (lambda: TrainingSpec(method="newton"), UnknownNameError, "method of TrainingSpec 'newton'"),
        (lambda: TrainingSpec(lbfgs={"evaluations": 3}), SpecError, "lbfgs of TrainingSpec"),
        (
            lambda: TrainingSpec(method="lbfgs", optimizer=OptimizerSpec("adam", 0.1)),
            SpecError,
            r"lbfgs does not go with optimizer.learning_rate=0.1 \(it finds the length of each step",
        ),
        (
            lambda: TrainingSpec(method="lbfgs", schedule=ScheduleSpec("cosine"), replacement=True),
            SpecError,
            r"replacement=True \(it takes all examples at once\) and schedule=.*; leave them out, or train",
        ),
        (lambda: LBFGSSpec(evaluations=0), SpecError, "evaluations of LBFGSSpec"),
        (lambda: LBFGSSpec(gradient_tolerance=-1.0), SpecError, "gradient_tolerance of LBFGSSpec"),
        (lambda: LBFGSSpec(value_tolerance=np.nan), SpecError, "value_tolerance of LBFGSSpec"),
        (lambda: OptimizerSpec(clip_norm=0.0), SpecError, "clip_norm of OptimizerSpec"),
        (
            lambda: OptimizerSpec(by_role={"": RoleFactors()}),
            SpecError,
            "each of by_role of OptimizerSpec must be a name; got ''",
        ),
        (lambda: RoleFactors(learning_rate=-1.0), SpecError, "learning_rate of RoleFactors"),
        (lambda: ScheduleSpec("cosin"), UnknownNameError, "did you mean 'cosine'"),
        (lambda: ScheduleSpec(clock="batch"), UnknownNameError, "clock of ScheduleSpec"),
        (lambda: StoppingSpec(patience=-1), SpecError, "patience of StoppingSpec"),
        (lambda: StoppingSpec(max_seconds=0), SpecError, "max_seconds of StoppingSpec"),
        (lambda: TrainingSpec(epochs=0), SpecError, "epochs of TrainingSpec"),
        (lambda: TrainingSpec(batch_size="auto"), SpecError, "batch_size of TrainingSpec.*'auto'"),
        (lambda: TrainingSpec(dtype="float16"), UnknownNameError, "dtype of TrainingSpec 'float16'"),
        (lambda: TrainingSpec(seed=2**64), SpecError, r"seed of TrainingSpec must be below 2\*\*64"),
    ],
)
def test_nonsense_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_descriptions_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dense(2).units = 3


def test_defaults_that_belong_to_a_name():
    assert Head("squared").link == "identity" and Head("poisson").link == "exponential"
    assert OptimizerSpec("adamw").weight_decay == 0.01 and OptimizerSpec("adam").weight_decay == 0.0
    assert TrainingSpec().factors("weight") == RoleFactors()
    deviation = RoleFactors(0.1, 0.0)
    training = TrainingSpec(optimizer=OptimizerSpec(by_role={"bias": deviation}))
    assert training.factors("bias") == deviation and training.factors("weight") == RoleFactors()
    assert Dense(2, weights="he_normal").weights == Initializer("he_normal")
    assert Activation("leaky_relu").settings == {"slope": 0.01}
    assert TrainingSpec(schedule=ScheduleSpec("cosine")).schedules == (ScheduleSpec("cosine"),)
    starts = {
        a: multilayer(2, [3], 1, "squared", activation=a).layers[0].weights.name
        for a in ("relu", "tanh", "selu")
    }
    assert starts == {"relu": "he_normal", "tanh": "glorot_uniform", "selu": "lecun_normal"}


# -- data ---------------------------------------------------------------------------------------------


def test_data_keep_float_types_and_widen_all_others():
    for dtype in (np.float32, np.float64):
        numbers = np.zeros((2, 3), dtype)
        assert Data(numbers).numbers is numbers  # not copied
    assert Data([[1, 2]]).numbers.dtype == np.float64
    assert Data(np.zeros((2, 1)), targets=np.zeros(2, np.float32)).targets.shape == (2, 1)
    assert Data(np.zeros((2, 1)), targets=np.zeros(2, np.int8)).targets.dtype == np.int64
    assert Data(np.zeros((2, 1)), targets=np.array([True, False])).targets.tolist() == [[1.0], [0.0]]
    assert Data(np.zeros((2, 1)), codes=np.zeros((2, 1), np.int64)).codes.dtype == np.int32
    sparse = Data(scipy.sparse.coo_matrix(np.eye(3)))
    assert isinstance(sparse.numbers, scipy.sparse.csr_array) and sparse.n_features == 3


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(st.data())
def test_rows_are_those_examples(drawn):
    spec = drawn.draw(strategies.network_specs())
    data = drawn.draw(strategies.data_for(spec))
    index = np.array(drawn.draw(st.lists(st.integers(0, data.n_rows - 1), min_size=1, max_size=5)))
    some = data.rows(index)
    assert some.n_rows == len(index)
    for name in ("numbers", "codes", "targets", "weights"):
        whole, part = getattr(data, name), getattr(some, name)
        if whole is None:
            assert part is None
            continue
        whole, part = (a.toarray() if scipy.sparse.issparse(a) else a for a in (whole, part))
        np.testing.assert_array_equal(part, whole[index])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"numbers": np.zeros(3)}, r"for one feature use X\[:, None\]"),
        ({"numbers": [[1.0, np.nan]]}, r"numbers\[0, 1\] is nan; every value must be finite"),
        ({"numbers": scipy.sparse.csr_array([[0.0, np.inf]])}, "is inf; every value must be finite"),
        ({"numbers": [["a", "b"]]}, "numbers must be numbers"),
        ({"targets": [1.0]}, "targets has 1 rows but numbers has 2"),
        ({"targets": np.zeros((2, 1, 1))}, "one or two dimensions; got 3"),
        ({"targets": [0.0, np.inf]}, r"targets\[1, 0\] is inf"),
        ({"codes": np.zeros((2, 1))}, "codes must be whole numbers"),
        ({"codes": np.zeros(2, np.int32)}, r"shape \(examples, columns\)"),
        ({"codes": np.array([[0], [-1]])}, "the smallest is -1"),
        ({"codes": np.array([[0], [2**32 + 1]])}, "codes must be below"),
        ({"weights": [1.0, -2.0]}, "weights must not be negative; the smallest is -2"),
        ({"weights": [[1.0], [2.0]]}, "one dimension"),
        ({"weights": [1.0, 2.0, 3.0]}, "weights has 3 rows but numbers has 2"),
    ],
)
def test_data_that_make_no_sense(fields, message):
    with pytest.raises(DataError, match=f"(?i){message}"):
        Data(**{"numbers": np.zeros((2, 2)), **fields})


def test_large_finite_numbers_are_not_taken_for_infinite_ones():
    big = np.full((3, 2), 1.7e308)  # their sum overflows
    with np.errstate(over="ignore"):
        assert Data(big).n_rows == 3
