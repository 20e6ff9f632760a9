"""Keys: one for each thing that can be asked for, and the same whenever it is asked for again."""

import dataclasses
import functools
import subprocess
import sys

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.maths.activations import ACTIVATIONS, Activation, relu_vjp
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.metrics import METRICS, Metric
from forpass.training import keys
from forpass.training.job import Beginning
from forpass.training.keys import data_digest, keys_of

csr_array = later("scipy.sparse", "csr_array")

X = np.arange(24.0).reshape(8, 3)
DATA = fp.Data(X, targets=np.arange(8) % 2)
SPEC = fp.multilayer(3, [4], 2, "softmax_cross_entropy")
VALIDATED = {"validation_rows": np.arange(6, 8)}


def job(**changes):
    return fp.Job(**{"spec": SPEC, "training": fp.TrainingSpec(epochs=3), "data": DATA} | changes)


def key(**changes):
    return keys_of([job(**changes)])[0]


def changed(place, value=0.0):
    numbers = X.copy()
    numbers[place] = np.nextafter(numbers[place], np.inf) if value == 0.0 else value
    return fp.Data(numbers, targets=DATA.targets)


def first_half(epoch):
    return np.roll(np.arange(8), epoch)


def second_half(epoch):
    return np.roll(np.arange(8), 2 * epoch)


DIFFERENT = {
    "a bit of a number": {"data": changed((7, 2))},
    "a target": {"data": fp.Data(X, targets=1 - DATA.targets)},
    "weights": {"data": fp.Data(X, targets=DATA.targets, weights=np.ones(8))},
    "another type": {"data": fp.Data(X.astype(np.float32), targets=DATA.targets)},
    "rows": {"rows": np.arange(8)},
    "other rows": {"rows": np.arange(7)},
    "rows in another order": {"rows": np.arange(8)[::-1]},
    "validation rows": VALIDATED,
    "validation data": {"validation": DATA},
    "the same rows as training and validation data exchanged": {"validation": changed((0, 0))},
    "layers": {"spec": fp.multilayer(3, [5], 2, "softmax_cross_entropy")},
    "seed": {"training": fp.TrainingSpec(epochs=3, seed=1)},
    "epochs": {"training": fp.TrainingSpec(epochs=4)},
    "type": {"training": fp.TrainingSpec(epochs=3, dtype="float64")},
    "rate": {"training": fp.TrainingSpec(epochs=3, optimizer=fp.OptimizerSpec("adam", 0.01))},
    "steps": {"training": fp.TrainingSpec(epochs=3, stopping=fp.StoppingSpec(max_steps=2))},
    "engine": {"engine": "numpy"},
    "beginning": {"parameters": np.zeros(26)},
    "another beginning": {"parameters": np.ones(26)},
    "what was before": {"beginning": Beginning(3, 1, 8)},
    "metric": {"metric": "balanced_accuracy"},
    "threshold": {"threshold": 0.4},
    "order": {"order": first_half},
    "another order": {"order": second_half},
}
THE_SAME = {
    "threads": {"threads": 1},
    "name": {"name": "Anna"},
    "time limit": {"training": fp.TrainingSpec(epochs=3, stopping=fp.StoppingSpec(max_seconds=7.0))},
    "an equal array elsewhere": {"data": fp.Data(X.copy(), targets=DATA.targets.copy())},
    "an array of another order in memory": {"data": fp.Data(np.asfortranarray(X), targets=DATA.targets)},
    "the engine by its name": {"engine": "compiled"},
    "the metric by its name": {"metric": "accuracy"},
}


def test_whatever_decides_a_bit_makes_another_key():
    found = {name: key(**changes) for name, changes in {"nothing": {}, **DIFFERENT}.items()}
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("name", THE_SAME)
def test_what_decides_no_bit_makes_no_other_key(name):
    assert key(**THE_SAME[name]) == key()


def test_every_field_of_a_job_is_thought_of():
    """A new field of Job belongs into the key, or into THE_SAME."""
    fields = {field.name for field in dataclasses.fields(fp.Job) if field.init}
    varied = {name for changes in (*DIFFERENT.values(), *THE_SAME.values()) for name in changes}
    assert fields - varied == {"metric_weights"}
    metric = VALIDATED | {"metric": "accuracy"}
    assert key(**metric, metric_weights=[1, 2]) != key(**metric, metric_weights=[1, 1]) != key(**metric)


def test_versions_are_part_of_it(monkeypatch):
    before = key()
    monkeypatch.setattr(keys, "own_version", lambda: "99.0")
    assert key() != before


def test_another_process_has_the_same_keys():
    words = (
        "import numpy as np, forpass as fp\nfrom forpass.training.keys import keys_of\n"
        "X = np.arange(24.0).reshape(8, 3)\ndata = fp.Data(X, targets=np.arange(8) % 2)\n"
        "spec = fp.multilayer(3, [4], 2, 'softmax_cross_entropy')\n"
        "print(*keys_of([fp.Job(spec, fp.TrainingSpec(epochs=3), data)]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == key()


def test_a_digest_of_portions_is_that_of_the_whole(monkeypatch):
    sparse = fp.Data(csr_array(X), targets=DATA.targets)
    whole = [data_digest(one) for one in (DATA, sparse)]
    monkeypatch.setattr(keys, "AT_ONCE", 50)
    assert [data_digest(one) for one in (DATA, sparse)] == whole and whole[0] != whole[1]
    assert data_digest(fp.Data(np.zeros((0, 3)))) != data_digest(fp.Data(np.zeros((0, 2))))


def test_data_that_are_shared_are_read_once(monkeypatch):
    read = []
    monkeypatch.setattr(keys, "data_digest", lambda data: read.append(data) or "digest")
    keys_of([job(training=fp.TrainingSpec(seed=seed)) for seed in range(5)])
    assert len(read) == 1


# -- functions -----------------------------------------------------------------------------------
def metric_of(weight):
    def figure(truth, prediction, weights):
        return weight * float(np.mean(truth == prediction))

    return Metric("mine", figure, "", True, ("classification",), "decisions")


def test_a_function_is_known_by_what_it_does_and_holds():
    assert key(metric=metric_of(1.0)) == key(metric=metric_of(1.0)) != key(metric=metric_of(2.0))
    one, other = (Metric("mine", f, "", True, ("classification",), "decisions") for f in (
        lambda t, p, w: float(np.mean(t == p)), lambda t, p, w: float(np.mean(t != p))
    ))  # fmt: skip
    assert key(metric=one) != key(metric=other)
    bound = [functools.partial(lambda t, p, w, q: q, q=q) for q in (0.1, 0.2)]
    assert len({key(metric=METRICS["accuracy"]._replace(name="m", function=f)) for f in bound}) == 2


def test_a_metric_that_holds_itself_has_a_key():
    def figure(truth, prediction, weights):
        return 0.0 if figure is None else 1.0

    metric = Metric("mine", figure, "", True, ("classification",), "decisions")
    assert key(metric=metric) == key(metric=metric)


def test_a_formula_of_ones_own_that_changes_makes_another_key():
    def twice(z):
        return 2.0 * z

    def thrice(z):
        return 3.0 * z

    def of(formula):
        with ACTIVATIONS.extended(Activation("mine", formula, relu_vjp, "k z", "A", (0.0,))):
            return key(), key(spec=fp.multilayer(3, [4], 2, "softmax_cross_entropy", activation="mine"))

    (plain, with_twice), (again, with_thrice) = of(twice), of(thrice)
    assert plain == again == key() and with_twice != with_thrice


def test_a_formula_that_only_another_one_names_counts():
    """A loss names its link, which stands nowhere in the network."""

    def of(factor):
        def value(Z):
            return factor * Z

        with LINKS.extended(LINKS["identity"]._replace(name="my_link", function=value)):
            loss = LOSSES["squared"]._replace(name="my_loss", link="my_link")
            with LOSSES.extended(loss):
                return key(spec=fp.multilayer(3, [4], 1, "my_loss"), data=fp.Data(X, targets=X[:, 0]))

    assert of(1.0) == of(1.0) != of(2.0)


class Slotted:
    __slots__ = ("weight",)

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, truth, prediction, weights):
        return self.weight


def test_an_object_is_known_by_what_it_holds_wherever_it_holds_it():
    of = [METRICS["accuracy"]._replace(name="m", function=Slotted(weight)) for weight in (1.0, 1.0, 2.0)]
    first, again, other = (key(metric=metric) for metric in of)
    assert first == again != other


class Global:
    """Copied as what a module calls it: `__reduce__` may return a name in place of parts."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name

    def __call__(self, truth, prediction, weights):
        return 1.0


def test_an_object_that_is_copied_by_its_name_is_known_by_its_name():
    of = [METRICS["accuracy"]._replace(name="m", function=Global(f"orders_{one}")) for one in ("one", "two")]
    assert key(metric=of[0]) == key(metric=of[0]) != key(metric=of[1])


class Doubled(Slotted):
    __slots__ = ()

    def __call__(self, truth, prediction, weights):
        return 2.0 * self.weight


def test_an_object_is_known_by_what_its_class_does():
    of = [METRICS["accuracy"]._replace(name="m", function=kind(1.0)) for kind in (Slotted, Doubled)]
    assert key(metric=of[0]) != key(metric=of[1])


def test_an_order_by_blocks_is_known_by_its_seed():
    orders = [fp.block_order(8, 4, seed=seed) for seed in (0, 0, 1)]
    first, again, other = (key(order=order) for order in orders)
    assert first == again != other


def test_an_order_that_draws_other_numbers_each_time_has_no_key():
    rng, asked = np.random.default_rng(0), []

    def order(epoch):
        asked.append(epoch)
        return rng.permutation(8)

    with pytest.warns(fp.ForpassWarning, match=r"Generator draws other numbers each time; .* not remembered"):
        assert key(order=order) == ""
    assert asked == []  # nor was it asked, which would change what is trained
