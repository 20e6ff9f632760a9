"""A served model answers what the model itself answers by NumPy, to the bit, and in plain values."""

import json
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
from golden_files import GOLDEN, what_made
from later import later
from rows_of_people import rows

import forpass as fp
from forpass import serving
from forpass.maths.activations import ACTIVATIONS

sparse = later("scipy.sparse")

MAKE = what_made(2)
FILES = sorted(path for path in GOLDEN.glob("schema*/*.forpass") if path.stem != "checkpoint")


def by_numpy(model):
    """The same model with the engine of NumPy."""
    if isinstance(model, fp.TrainedModel):
        return replace(model, engine="numpy")
    return model.with_members([by_numpy(member) for member in model.members])


def rows_for(model, path):
    """Rows that a golden model can predict."""
    if model.preprocessing is None:
        data = MAKE.arrays() if path.stem in ("arrays", "undefined") else fp.Data(MAKE.X)
        member = getattr(model, "members", [model])[0]
        if member.spec.n_features != data.n_features or (data.codes is None) != (not member.spec.code_sizes):
            rng = np.random.default_rng(0)
            codes = rng.integers(0, 2, (9, len(member.spec.code_sizes))) if member.spec.code_sizes else None
            data = fp.Data(rng.standard_normal((9, member.spec.n_features)), codes)
        return fp.Data(data.numbers, data.codes)
    if path.stem == "comma":
        return fp.read_table(path.parent / "comma.csv", decimal_comma=True)
    return None


def same(found, wanted):
    found, wanted = np.asarray(found), np.asarray(wanted)
    if wanted.dtype.kind == "f":
        return found.dtype == wanted.dtype and found.tobytes() == wanted.tobytes()
    return found.tolist() == wanted.tolist()


# -- the same bits -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def people():
    return rows(400)


@pytest.fixture(scope="module")
def trained(people, tmp_path_factory):
    """Files of a model for each kind of answer, with rows for each."""
    folder = tmp_path_factory.mktemp("served")
    numbers = people.with_columns(other=people["z"] * 2.0 + people["x"].fill_nan(0.0))
    labels = people.select(
        "x", "z", "town", a=(people["x"].fill_nan(0.0) > 0).cast(int), b=(people["z"] > 0).cast(int)
    )
    three = people.with_columns(y=(people["z"].fill_nan(0.0) + 2.0).clip(0.5, 3.4).round().cast(str))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = {
            "classes": fp.train_table(people, "y", hidden=(8,), epochs=3),
            "fast": fp.train_table(people, "y", preset="fast"),
            "three": fp.train_table(three, "y", preset="fast"),
            "value": fp.train_table(people, "z", preset="default"),
            "values": fp.train_table(numbers, ["z", "other"], hidden=(8,), epochs=3),
            "labels": fp.train_table(labels, ["a", "b"], hidden=(8,), epochs=3),
            "codes": fp.train_table(people, "y", hidden=(8,), epochs=3, max_one_hot=2, threshold="f1"),
        }
    return {name: (model, model.save(folder / name)) for name, model in models.items()}


NAMES = ("classes", "fast", "three", "value", "values", "labels", "codes")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:columns")
def test_tables_and_rows_have_the_bits_of_the_model(name, trained, people):
    model, path = trained[name]
    model, served = by_numpy(model), serving.load(path)
    records = people.to_dicts()[:40]
    assert same(served.raw_scores(people), model.scores(people).raw)
    assert same(served.predict(people), model.predict(people))
    for record in records[:10]:
        assert same(served.raw_scores([record]), model.scores([record]).raw)
    if name not in ("value", "values"):
        assert same(served.predict_proba(people), model.predict_proba(people))
    if name == "value":
        assert same(served.predict_interval(people, 0.8), model.predict_interval(people, 0.8))
    if name in ("fast", "three"):
        assert served.predict_set(people, 0.8) == model.predict_set(people, 0.8)


@pytest.mark.slow
def test_many_rows_go_through_an_ensemble_in_blocks(trained, people, monkeypatch):
    model, path = trained["three"]
    monkeypatch.setattr("forpass.model.together.ROWS_OF_A_BLOCK", 150)
    assert same(serving.load(path).raw_scores(people), by_numpy(model).scores(people).raw)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:columns")
def test_an_answer_is_what_the_model_predicts_of_the_row(name, trained, people):
    model, path = trained[name]
    model, served = by_numpy(model), serving.load(path)
    names = model.preprocessing.target.names
    for record in people.to_dicts()[:10]:
        answer = served(record)
        assert json.loads(json.dumps(answer)) == answer
        predicted = model.predict([record])[0]
        if name == "value":
            assert answer == {"value": predicted}
            continue
        if name == "values":
            assert answer == {"values": dict(zip(names, predicted.tolist(), strict=True))}
            continue
        P = model.predict_proba([record])[0].tolist()
        if name == "labels":
            assert answer["labels"] == dict(zip(names, predicted.tolist(), strict=True))
            assert answer["probabilities"] == dict(zip(names, P, strict=True))
        else:
            assert answer["label"] == predicted
            classes = model.preprocessing.target.classes
            assert answer["probabilities"] == dict(zip(classes, P, strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.filterwarnings("ignore:columns")
def test_every_golden_file_is_served(path):
    with ACTIVATIONS.extended(MAKE.BENT):
        model, served = by_numpy(fp.load(path)), serving.load(path)
        given = rows_for(model, path)
        if given is None:
            given = MAKE.table() if "colour" in str(served.columns) else None
        if given is None:
            given = {column.name: [column.example] * 3 for column in served.columns}
        assert same(served.raw_scores(given), model.scores(given).raw)
        assert same(served.predict(given), model.predict(given))


def test_a_registered_part_is_named_where_it_is_missing():
    with pytest.raises(fp.ModelFileError, match="needs the activation 'bent'"):
        serving.load(GOLDEN / "schema2" / "own_part.forpass")


# -- rows ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A small model of every kind of column, its file."""
    n = 60
    rng = np.random.default_rng(0)
    table = {
        "x": rng.standard_normal(n).tolist(),
        "count": rng.integers(0, 9, n).tolist(),
        "town": rng.choice(["Ulm", "Bonn"], n).tolist(),
        "zip": rng.choice(["01234", "09999", "12345"], n).tolist(),
        "floor": rng.choice([1, 2, 3], n).tolist(),
        "free": (rng.random(n) > 0.5).tolist(),
        "open": rng.choice(["yes", "no"], n).tolist(),
        "full": rng.choice([0, 1], n).tolist(),
        "day": [f"{1 + i % 28}.{1 + i % 12}.2024" for i in range(n)],
        "price": [f"{x:.2f} EUR" for x in rng.random(n) * 100],
        "gap": [None if i % 5 == 0 else float(i) for i in range(n)],
        "y": (rng.random(n) > 0.5).tolist(),
    }
    said = dict.fromkeys(("open", "full"), "boolean")
    schema = {**said, "zip": "category", "floor": "category", "day": "date:%d.%m.%Y", "price": "number"}
    model = fp.train_table(table, "y", hidden=(4,), epochs=2, schema=schema)
    return model, model.save(tmp_path_factory.mktemp("fitted") / "model"), table


def test_columns_are_told_with_examples_that_can_be_predicted(fitted):
    model, path, table = fitted
    served = serving.load(path)
    told_of = [name for name in table if name != "y"]
    told = {column.name: column[1:] for column in served.columns}
    assert list(told) == list(told_of)
    assert told["town"][:2] == ("category", "text") and set(told["town"][2]) == {"Ulm", "Bonn"}
    assert told["floor"][:2] == ("category", "integer") and type(told["floor"][3]) is int
    assert told["count"][:2] == ("number", "integer") and type(told["count"][3]) is int
    assert told["free"] == ("boolean", "boolean", (), True, False)
    assert (told["open"][3], told["full"][3]) == ("true", 1)
    assert told["day"][:2] == ("date", "text") and told["day"][3].endswith("2024")
    assert told["price"][3].endswith(" EUR")
    assert [column.name for column in served.columns if column.had_gaps] == ["gap"]
    example = {column.name: column.example for column in served.columns}
    assert served(example)["label"] == model.predict([example])[0]


def test_records_are_answered_each_as_if_it_were_alone(fitted):
    _, path, table = fitted
    served = serving.load(path)
    records = [{name: values[i] for name, values in table.items() if name != "y"} for i in range(30)]
    answers = served.answers(records)
    assert len(answers) == 30 and served.answers([]) == []
    for record, answer in zip(records, answers, strict=True):
        alone = served(record)
        assert alone["label"] == answer["label"]
        each = (list(one["probabilities"].values()) for one in (alone, answer))
        np.testing.assert_allclose(*each, rtol=1e-6)  # products of one row and of several round otherwise


def test_each_bad_record_is_told_by_itself(fitted):
    _, path, table = fitted
    served = serving.load(path)
    good = {name: values[1] for name, values in table.items()}
    lacking = {name: value for name, value in good.items() if name != "town"}
    bad = [
        good,
        good | {"x": "wide"},
        lacking,
        good | {"zip": 1234},  # which no word of the column is, and beside others would pass for a new one
        good | {"free": "perhaps"},
        good | {"day": "yesterday"},
        good | {"x": [1.0]},
        good | {"x": float("inf")},
        {},
        [1, 2],
        good | {"more": {"deep": [1]}},
        good | {"gap": None},
    ]
    faults = served.faults(bad)
    assert sorted(faults) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for number, part in {1: "'wide'", 2: "'town'", 3: "'zip'", 4: "'perhaps'", 5: "yesterday"}.items():
        assert part in faults[number]
    with pytest.raises(fp.TableError, match="'town'"):
        served.answers(bad)
    assert len(served.answers([bad[0], bad[-1]])) == 2


def test_what_is_new_in_a_row_is_warned_of_once(fitted):
    _, path, table = fitted
    served = serving.load(path)
    new = {name: values[1] for name, values in table.items()} | {"town": "Kiel"}
    with pytest.warns(fp.ForpassWarning, match="never seen") as told:
        served.answers([new] * 5)
    assert len(told) == 1 and told[0].filename == __file__


def test_a_model_of_arrays_takes_arrays_and_no_records(tmp_path):
    data = fp.Data(np.random.default_rng(0).standard_normal((20, 3)), targets=[0, 1] * 10)
    model = fp.train(fp.multilayer(3, [4], 2, "softmax_cross_entropy"), fp.TrainingSpec(epochs=1), data)
    served = serving.load(model.save(tmp_path / "arrays"))
    assert served.columns == () and served.target is None
    assert same(served.predict(data), by_numpy(model).predict(data))
    for asked in (
        lambda: served({"a": 1.0}),
        lambda: served.answers([]),
        lambda: served.faults([{"a": 1.0}]),
    ):
        with pytest.raises(fp.DataError, match="takes arrays"):
            asked()


def test_a_model_of_sparse_matrices_takes_them(tmp_path):
    matrix = sparse.random_array((40, 6), density=0.4, rng=np.random.default_rng(0)).tocsr()
    model = fp.TableClassifier((4,), max_iter=2, random_state=0).fit(matrix, [0, 1] * 20).model_
    served = serving.load(model.save(tmp_path / "sparse"))
    assert same(served.predict_proba(matrix), by_numpy(model).predict_proba(matrix))
    with pytest.raises(fp.DataError, match="takes arrays"):
        served({"x0": 1.0})


def test_what_cannot_be_asked_of_a_model_is_said_as_the_model_says_it(fitted):
    for model in (fitted[0], serving.load(fitted[1])):
        with pytest.raises(fp.DataError, match="predict_interval is for values"):
            model.predict_interval(fitted[2])
        with pytest.raises(fp.DataError, match="needs out-of-fold predictions"):
            model.predict_set(fitted[2])


def test_several_threads_may_ask_at_once(fitted):
    _, path, table = fitted
    served = serving.load(path)
    records = [{name: values[i] for name, values in table.items()} for i in range(60)]
    wanted = [served(record) for record in records]
    found = {}

    def ask(number):
        found[number] = [served(record) for record in records] == wanted

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(4), True)


# -- files ---------------------------------------------------------------------------------------
def test_files_are_refused_as_load_refuses_them(fitted, tmp_path):
    whole = fitted[1].read_bytes()
    wrong = {
        "cut": whole[:-5],
        "altered": whole[:-1] + bytes([whole[-1] ^ 1]),
        "foreign": b"a,b\n1,2\n",
    }
    for name, content in wrong.items():
        path = tmp_path / name
        path.write_bytes(content)
        said = []
        for read in (fp.load, serving.load):
            with pytest.raises(fp.ModelFileError) as refused:
                read(path)
            said.append(str(refused.value))
        assert said[0] == said[1]
