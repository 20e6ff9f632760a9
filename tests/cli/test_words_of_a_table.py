"""Words of a table on the command line: missing ones, categories, numbers with separators."""

import json

import numpy as np
import pytest
from later import later

import forpass as fp

pd = later("pandas")


@pytest.fixture
def write(tmp_path):
    def write(name, **columns):
        pd.DataFrame(columns).to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write


QUICK = ("--epochs", 60, "--hidden", 8, "--learning-rate", 0.05, "--json")


@pytest.mark.slow
def test_a_class_called_none_is_kept_from_training_to_evaluation(forpass, write):
    t = write("t.csv", x=[0, 1] * 20, c=["NA", "1"] * 20, y=["None", "some"] * 20)
    code, _, err = forpass("train", t, "-t", "y", *QUICK)
    assert code == 2 and "'None' means something" in err and "missing=[]" in err
    code, out, err = forpass("train", t, "-t", "y", "--missing", "", *QUICK)
    assert code == 0, err
    model = fp.load(t.parent / "t.forpass")
    assert model.preprocessing.target.classes == ("None", "some")
    assert set(model.preprocessing.columns[1].values) == {"NA", "1"}  # no column of numbers
    code, out, err = forpass("predict", "t.forpass", t, "--json")
    assert json.loads(out)["predictions"]["y"] == ["None", "some"] * 20
    assert json.loads(forpass("evaluate", "t.forpass", t, "--json")[1])["rows"] == 40


@pytest.mark.slow
def test_a_number_can_be_a_word_for_a_missing_value(forpass, write):
    t = write("t.csv", x=[0, -999, 1, 2] * 20, y=[0, 1, 1, 0] * 20)
    code, _, err = forpass("train", t, "-t", "y", "--missing", "-999", *QUICK)
    assert code == 0, err
    assert fp.load(t.parent / "t.forpass").preprocessing.columns[0].share_missing == pytest.approx(
        0.25, abs=0.02
    )


@pytest.mark.slow
def test_a_model_learnt_from_categories_in_python_reads_files_so(forpass, tmp_path):
    frame = pd.DataFrame({"c": pd.Categorical(["01", "02", "A3", "02"] * 10), "y": [0, 1, 2, 1] * 10})
    model = fp.train_table(frame, "y", epochs=60, hidden=[8], learning_rate=0.05)
    model.save(tmp_path / "m.forpass")
    some = frame[frame["c"] != "A3"]
    some.to_csv(tmp_path / "some.csv", index=False)
    code, out, err = forpass("predict", "m.forpass", "some.csv", "--json")
    assert code == 0, err
    assert json.loads(out)["predictions"]["y"] == model.predict(some).tolist() == some["y"].tolist()


@pytest.mark.slow
def test_prices_with_separators_are_a_target(forpass, write):
    t = write("t.csv", x=np.arange(60), y=[f"{18_071 + 10 * i:,}" for i in range(60)])
    code, out, err = forpass(
        "train", t, "-t", "y", "--schema", "y=number", "--hidden", 0, "--epochs", 100, "--json"
    )
    assert code == 0, err
    code, out, err = forpass("predict", "t.forpass", t, "--json")
    assert 17_000 < json.loads(out)["predictions"]["y"][0] < 19_500
    code, out, err = forpass("evaluate", "t.forpass", t, "--json")
    assert code == 0 and json.loads(out)["rows"] == 60
