"""``forpass evaluate TABLE --folds``, ``--refit`` and ``--time-limit`` as one types them."""

import dataclasses
import json
import os
import signal
import sys

import numpy as np
import pytest
from terminal import at_epoch, ended

import forpass as fp
from forpass.cli import app, train_commands
from forpass.cli.folds import text_of

pytestmark = pytest.mark.slow

QUICK = ("--hidden", "8", "--epochs", "10")


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 90))
    y = np.where(x + 0.5 * z**2 + 0.5 * rng.normal(size=90) > 0.3, "yes", "no")
    lines = [f"{a:.4f},{b:.4f},{c},{i // 3}" for i, (a, b, c) in enumerate(zip(x, z, y, strict=True))]
    (tmp_path / "t.csv").write_text("\n".join(["x,z,y,who", *lines]) + "\n")
    return tmp_path / "t.csv"


def test_a_table_is_measured_in_folds(forpass, table, tmp_path):
    code, out, err = forpass("evaluate", table, "-t", "y", "--folds", 3, "--drop", "who", *QUICK)
    assert code == 0, err
    assert "90 rows, each a test row once: 3 folds of 30 test rows" in out
    assert out.count("±") == 3 * 7 and " in 3 folds: log loss" in out
    assert "networks 1/3" in err and "networks 3/3" in err
    assert os.listdir(tmp_path) == ["t.csv"]  # no model is kept
    code, out, err = forpass("evaluate", table, "-t", "y", "--folds", 3, "--drop", "who", *QUICK, "--json")
    told, here = (
        json.loads(out),
        fp.cross_validate(fp.read_table(table), "y", folds=3, schema={"who": "drop"}, hidden=8, epochs=10),
    )
    assert code == 0 and err == ""
    assert told["mean"]["network"] == pytest.approx(here.mean["network"])
    assert told["verdict"] == here.verdict and told["folds"] == told["planned"] == 3
    assert len(told["figures"]["linear"]["log_loss"]) == 3


def test_folds_by_time(forpass, table):
    code, out, err = forpass("evaluate", table, "-t", "y", "--folds", 2, "--time", "who", *QUICK)
    assert code == 0, err
    assert "60 rows, each a test row once, of a network of the past by who: 2 folds of 30 test rows" in out


def test_groups_and_repeats(forpass, table):
    words = ("-t", "y", "--folds", 3, "--repeats", 2, "--group", "who", *QUICK, "--json")
    told = json.loads(forpass("evaluate", table, *words)[1])
    assert told["planned"] == told["comparison"]["units"] == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("t.csv",), "say what t.csv is to be measured on"),
        (("t.csv", "t.csv", "--folds", "3", "-t", "y"), "from one table; got t.csv and t.csv"),
        (("m.forpass", "t.csv", "--hidden", "3"), "--hidden is for networks that are trained in folds"),
        (("m.forpass", "t.csv", "-t", "y"), "--target is for networks that are trained in folds"),
        (("t.csv", "--folds", "3"), "Say --target COLUMN"),
        (
            ("t.csv", "--folds", "1", "-t", "y"),
            "--folds must be a whole number of at least 2",
        ),
        (("t.csv", "--folds", "3", "-t", "y", "--validation", "t.csv"), "--validation takes a share"),
        (("t.csv", "--folds", "3", "-t", "y", "--repeats", "0"), "--repeats must be"),
        (("t.csv", "--folds", "3", "-t", "y", "--refit"), "unknown option '--refit'"),
        (("t.csv", "--folds", "3", "-t", "y", "--group", "whom"), "there is no column 'whom'"),
    ],
)
def test_what_is_wrong_is_said(forpass, table, words, said):
    code, out, err = forpass("evaluate", *words)
    assert code == 2 and said in err and out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize(("fold", "code"), [(1, 130), (3, 0)])
def test_ctrl_c_leaves_the_folds_that_are_done(table, tmp_path, fold, code):
    words = "evaluate", "t.csv", "-t", "y", "--folds", "3", *QUICK, "--threads", "1"
    first = at_epoch(signal.SIGINT, epochs=4, networks=fold - 1)
    found, out, err = ended(*words, folder=tmp_path, first=first)
    assert found == code, err
    if code == 0:
        assert "2 of 3 folds were done (interrupted)" in out
    else:
        assert out == "" and "interrupted" in err


def test_a_refit_is_told_of_and_kept(forpass, table):
    code, out, _ = forpass("train", table, "-t", "y", "--refit", *QUICK, "-o", "m.forpass")
    assert code == 0 and "has then learnt from all 90 rows" in " ".join(out.split())
    assert "has then learnt from all 90 rows" in " ".join(forpass("inspect", "m.forpass")[1].split())
    told = json.loads(forpass("inspect", "m.forpass", "--json")[1])["provenance"]
    assert told["refit"]["rows"] == 90 and told["rows"]["training"] < 90
    told = json.loads(forpass("train", table, "-t", "y", "--refit", *QUICK, "-o", "n.forpass", "--json")[1])
    assert told["refit"]["rows"] == 90 and len(told["remarks"]) == 1


def test_folds_without_time_to_learn_are_no_folds(forpass, table):
    words = ("-t", "y", "--folds", 3, "--hidden", "8", "--epochs", 10000, "--time-limit", "0.0001")
    code, out, err = forpass("evaluate", table, *words)
    assert (code, out) == (2, "") and "error: --time-limit of 0.0001 seconds was up before" in err


@pytest.fixture
def slowly_loaded(monkeypatch, an_hour_goes_by):
    """Let an hour go by before the module that trains is loaded: a command counts from when it starts."""
    for module in (app, train_commands):

        def slowly(said, options=module.without_options_of_training):
            an_hour_goes_by()
            return options(said)

        monkeypatch.setattr(module, "without_options_of_training", slowly)


@pytest.mark.usefixtures("slowly_loaded")
def test_the_time_of_loading_counts(forpass, table):
    words = ("-t", "y", "--folds", 3, *QUICK, "--time-limit", "1800")
    code, _, err = forpass("evaluate", table, *words)
    assert code == 2 and "was up before" in err


def test_the_interval_of_folds_asks_for_little_of_scipy(forpass_process, table, tmp_path):
    """Loading scipy.stats took longer than the folds."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['scipy.stats'] = None\n")
    words = ("-t", "y", "--folds", 3, *QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        code, out, err = forpass_process("evaluate", table, *words)
    assert code == 0 and "95 % interval" in out, err


def test_what_was_cut_short_is_counted_as_it_is(forpass, table):
    """A third of the rows has been test rows where one fold of three was done."""
    found = fp.cross_validate(fp.read_table(table), "y", folds=3, hidden=8, epochs=3)
    part = dataclasses.replace(
        found, models=found.models[:1], test_rows=found.test_rows[:1], rows=np.sort(found.test_rows[0])
    )
    text = " ".join(text_of("t.csv", part, 3, None).split())
    assert "30 rows were test rows: 1 of 3 folds, of 30 test rows 3 to 3 epochs" in text
    text = text_of("t.csv", dataclasses.replace(found, planned=3), 1, None)
    assert "90 rows, each a test row 3 times: 3 folds of 30 test rows" in text


@pytest.mark.usefixtures("slowly_loaded")
def test_a_limit_of_time_holds_for_the_whole_command(forpass, table):
    words = ("--time-limit", "30", "--epochs", "100000000", "--patience", "100000000", "--hidden", "8")
    code, out, _ = forpass("train", table, "-t", "y", *words, "-o", "m.forpass")
    assert code == 0 and "training ended before it was done." in out
    how = fp.load(table.parent / "m.forpass").provenance.ended
    assert (how.reason, how.step) == ("max_seconds", 1)
