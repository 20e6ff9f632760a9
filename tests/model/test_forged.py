"""Signed files with wrong content: refused as files, or models that work."""

import json

import numpy as np
import pytest
from forged import broken_by, forgeries, loaded, nested, of_content, use
from later import later
from safetensors import SafetensorError

import forpass as fp
from forpass.model.archive import digest, read_archive, write_archive

pd = later("pandas")

CASES = 60
"""So many of the thousands of forgeries of a file are tried, evenly spaced."""


def table():
    rng, n = np.random.default_rng(0), 60
    frame = pd.DataFrame(
        {
            "number": rng.standard_normal(n),
            "weight": [f"{x:.1f} kg" for x in rng.standard_normal(n)],
            "few": rng.choice(["a", "b", "c"], n),
            "two": rng.choice(["u", "v"], n),
            "many": rng.choice([f"w{i}" for i in range(9)], n),
            "flag": rng.random(n) > 0.5,
            "day": pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 800, n), unit="D"),
            "always": 1,
            "class": rng.choice(["no", "yes", "perhaps"], n),
            "value": rng.standard_normal(n),
        }
    )
    frame.loc[::7, "number"] = np.nan
    frame.loc[::9, "few"] = None
    return frame


SCHEMA = {"weight": "number", "always": "drop"}


def of_table(frame, target, seed=0):
    features = frame.drop(columns=[name for name in ("class", "value") if name != target])
    return fp.train_table(features, target, epochs=2, hidden=(4,), max_one_hot=5, seed=seed, schema=SCHEMA)


def arrays():
    rng = np.random.default_rng(0)
    codes, X = rng.integers(0, 3, (20, 1)), rng.standard_normal((20, 3))
    layers = [fp.Embedding(2), fp.Dense(4), fp.BatchNorm(), fp.Activation("relu"), fp.Dropout(0.2)]
    layers += [fp.Residual((fp.Dense(4), fp.LayerNorm())), fp.Dense(1)]
    spec = fp.NetworkSpec(
        3, layers, fp.Head("huber", {"delta": 0.5}), code_sizes=[3], penalty=fp.Penalty(l2=0.1)
    )
    return spec, fp.Data(X, codes=codes, targets=rng.standard_normal(20))


OPTIMIZER = fp.OptimizerSpec("adamw", by_role={"bias": fp.RoleFactors(0.5)})


def evenly(forged, count=CASES):
    forged = list(forged)
    return [forged[i * (len(forged) - 1) // (count - 1)] for i in range(count)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A good model of each kind, with what it can be used on."""
    frame, (spec, data) = table(), arrays()
    classes = of_table(frame, "class")
    training = fp.TrainingSpec(epochs=2, optimizer=OPTIMIZER, schedule=fp.ScheduleSpec("cosine"))
    return {
        "classes": (classes, "model", frame),
        "values": (of_table(frame, "value"), "model", frame),
        "arrays": (fp.train(spec, training, data, validation=data), "model", data),
        "ensemble": (fp.Ensemble([classes, of_table(frame, "class", seed=1)]), "ensemble", frame),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classes", "values", "arrays", "ensemble"])
def test_a_forged_model_is_refused_or_works(name, made, tmp_path):
    model, kind, given = made[name]
    for what, write in evenly(
        forgeries(model.save(tmp_path / "good"), kind), CASES // 3 if kind == "ensemble" else CASES
    ):
        write(tmp_path / "forged")

        def task():
            forged = loaded(tmp_path / "forged")
            if forged is not None:
                use(forged, tmp_path / "again", given, given)

        assert broken_by(task) is None, what


@pytest.mark.slow
def test_a_forged_checkpoint_is_refused_or_goes_on(tmp_path):
    spec, data = arrays()
    training, place = fp.TrainingSpec(epochs=4, optimizer=OPTIMIZER), tmp_path / "run"
    fp.train(spec, training, data, validation=data, checkpoint=place, listener=ends_after(2))
    for what, write in evenly(forgeries(place, "checkpoint"), 4 * CASES):
        write(tmp_path / "forged")

        def task():
            fp.resume(tmp_path / "forged", data, validation=data, listener=ends_after(2)).predict(data)

        assert broken_by(task) is None, what


def ends_after(epochs):
    """A listener that ends a run after so many epochs."""
    seen = []

    def listen(event):
        seen.append(event)
        return len(seen) > epochs

    return listen


# -- single faults -------------------------------------------------------------------------------
def refused(model, path, change, match):
    """Change content or arrays of a model's file in place, sign it, and demand that it is refused."""
    _, stored, content = read_archive(model.save(path), "model")
    change(content, stored)
    try:
        write_archive(path, "model", stored, content)
    except SafetensorError as error:
        pytest.skip(f"this safetensors writes no such file: {error}")
    with pytest.raises(fp.ModelFileError, match=match):
        fp.load(path)


def put(new, *path):
    """A change of content: the value at a path."""

    def change(content, arrays):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = new

    return change


def put_number(name, place, new):
    """A change of an array: one of its numbers."""
    return lambda content, arrays: arrays[name].__setitem__(place, new)


def retyped(name, kind):
    """A change of an array: its type."""
    return lambda content, arrays: arrays.update({name: arrays[name].astype(kind)})


HISTORY, ROWS = ("history", 0), ("provenance", "rows")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (put_number("parameters", 3, np.nan), r"\[.*\] of the model is nan; every number"),
        (put_number("parameters", -1, np.inf), r"b\d\[0\] of the model is inf; every number"),
        (put_number("buffers", -1, -0.5), r"variance1\[3\] of the model is -0.5; a variance"),
        (retyped("buffers", "complex64"), "buffers are complex64"),
        (retyped("buffers", "float16"), "buffers are float16"),
        (retyped("buffers", "float64"), "all of one type"),
        (put("low", *HISTORY, "training_loss"), "training_loss of EpochRecord must be float"),
        (put(10**400, *HISTORY, "epoch"), "epoch of EpochRecord must be int"),
        (put(10**400, *HISTORY, "seconds"), "seconds of EpochRecord must be float"),
        (put(True, *ROWS, "training"), "training of RowCounts must be int"),
        (put(10**400, "spec", "layers", 1, "units"), "units of Dense must be below"),
        (put(nested(250), "provenance", "created"), "lists in lists more than 200 deep"),
        (put(nested(190), "training", "epochs"), "epochs of TrainingSpec must be a whole"),
    ],
)
def test_what_no_model_of_arrays_is_like(made, tmp_path, change, match):
    refused(made["arrays"][0], tmp_path / "forged", change, match)


def put_column(new, name, key):
    """A change of content: a field of a column."""

    def change(content, arrays):
        columns = {column["name"]: column for column in content["preprocessing"]["columns"]}
        columns[name][key] = new

    return change


TARGET = ("preprocessing", "target")
FIGURES, CLASSES = (("provenance", "evaluation", name) for name in ("figures", "classes"))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (put_column(10**9, "number", "missing_indicator"), "missing_indicator of NumberColumn"),
        (put_column(False, "number", "missing_indicator"), "makes 1[0-9] features and codes"),
        (put_column(float("nan"), "number", "scale"), "scale of NumberColumn must be float and finite"),
        (put_column("0", "number", "centre"), "centre of NumberColumn must be float"),
        (put_column(["w0", "w1"], "many", "values"), r"codes of \(3,\), but the network"),
        (put_column(["a", 3, "c"], "few", "values"), r"values of CategoryColumn\[1\] must be str"),
        (put_column(["decade"], "day", "cycles"), "unknown cycle of the column 'day' 'decade'"),
        (put_column("%d.%d", "day", "format"), "names a part of the date twice"),
        (put_column("many", "few", "name"), "the column 'many' stands there twice"),
        (put("class", "preprocessing", "weight"), "the column 'class' stands there twice"),
        (put(["no", "yes"], *TARGET, "classes"), "needs 1 output"),
        (put(["no", "yes", "no"], *TARGET, "classes"), "the classes of the stored target"),
        (put("regression", *TARGET, "task"), "the classes of the stored target"),
        (put({"class": "no", "rows": 3}, *CLASSES, 0), "figures of the class no must be f1, precision"),
        (put({"dummy": {"accuracy": 0.5}}, *FIGURES), "figures of Evaluation need those of the network"),
        (put(1, "preprocessing", "reading", "decimal_comma"), "decimal_comma of Reading must be bool"),
    ],
)
def test_what_no_model_of_a_table_is_like(made, tmp_path, change, match):
    refused(made["classes"][0], tmp_path / "forged", change, match)


def test_layers_that_stand_too_deep_in_layers_are_refused_when_they_are_made():
    layer = fp.Dense(2)
    for _ in range(49):
        layer = fp.Residual((layer,))
    deep = fp.NetworkSpec(2, [layer, fp.Dense(1)], fp.Head("squared"))
    data = fp.Data(np.ones((4, 2)), targets=np.ones(4))
    model = fp.train(deep, fp.TrainingSpec(epochs=1), data)
    assert hash(model.spec) == hash(deep) and repr(deep)
    with pytest.raises(fp.SpecError, match="more than 50 deep"):
        fp.NetworkSpec(2, [fp.Residual((layer,)), fp.Dense(1)], fp.Head("squared"))


def test_the_deepest_network_can_be_read_back(tmp_path):
    layer = fp.Dense(2)
    for _ in range(49):
        layer = fp.Residual((layer,))
    deep = fp.NetworkSpec(2, [layer, fp.Dense(1)], fp.Head("squared"))
    model = fp.train(deep, fp.TrainingSpec(epochs=1), fp.Data(np.ones((4, 2)), targets=np.ones(4)))
    assert fp.load(model.save(tmp_path / "deep")).fingerprint() == model.fingerprint()


def test_a_checkpoint_that_asks_for_much_gets_nothing(tmp_path):
    """Its sizes are compared before anything is made: terabytes would be asked for otherwise."""
    spec, data = arrays()
    place = tmp_path / "run"
    fp.train(spec, fp.TrainingSpec(epochs=1), data, checkpoint=place)
    _, stored, content = read_archive(place, "checkpoint")
    content["spec"]["layers"][1]["units"] = 2**40
    del content["spec"]["layers"][2:-1]
    write_archive(place, "checkpoint", stored, content)
    assert place.stat().st_size < 10_000
    with pytest.raises(fp.ModelFileError, match="the model's parameters are float32"):
        fp.resume(place, data)


def test_parameters_in_the_other_byte_order_are_the_same_model(made, tmp_path):
    model = made["arrays"][0]
    other = fp.TrainedModel(
        model.spec, model.parameters.astype(">f4"), model.buffers.astype(">f4"), training=model.training
    )
    assert other.fingerprint() == model.fingerprint()
    again = fp.load(other.save(tmp_path / "net"))
    np.testing.assert_array_equal(again.raw_scores(made["arrays"][2]), model.raw_scores(made["arrays"][2]))
    given = {"a": np.arange(3.0), "b": np.arange(4, dtype=np.int32)}
    swapped = {name: array.astype(array.dtype.newbyteorder(">")) for name, array in given.items()}
    assert digest(given, {}) == digest(swapped, {})
    read = read_archive(write_archive(tmp_path / "file", "model", swapped, {}), "model").arrays
    for name, array in given.items():
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F8_E5M2", "C64", "BOOL", "U8", "F16", "X9"])
def test_arrays_of_types_that_numpy_does_not_know(made, tmp_path, kind):
    place = made["arrays"][0].save(tmp_path / "net")
    blob = place.read_bytes()
    size = int.from_bytes(blob[:8], "little")
    head = json.loads(blob[8 : 8 + size])
    head["parameters"]["dtype"] = kind
    packed = json.dumps(head).encode()
    packed += b" " * (-len(packed) % 8)
    place.write_bytes(len(packed).to_bytes(8, "little") + packed + blob[8 + size :])
    with pytest.raises(fp.ModelFileError):
        fp.load(place)


def test_forgeries_differ_from_what_they_forge():
    content = {"a": [1, {"b": "x"}], "c": None}
    found = list(of_content(content, (2, None)))
    assert len(found) == 4 * 4 + 4  # a, a.0, a.1, a.1.b, c: two values, deleted and doubled
    assert sum(forged != content for _, forged in found) == len(found) - 1  # c is None already
