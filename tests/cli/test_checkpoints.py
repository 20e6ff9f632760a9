"""``forpass train --checkpoint`` and ``forpass resume``: killed, told to end, interrupted, refused."""

import json
import shutil
import signal
import sys
import time

import pytest
from terminal import ONE_SIGNAL, at_epoch, ended, started
from told_of import told

import forpass as fp
from forpass.training import loop
from forpass.training.folder import counts_of

QUICK = "train", "t.csv", "-t", "y", "--epochs", "8", "--checkpoint", "run"
ENDLESS = *QUICK[:5], "1000000", "--patience", "inf", *QUICK[6:]
NO_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to one process")


@pytest.fixture
def folder(tmp_path):
    rows = "".join(f"{i % 17},{i % 5},{i % 3 == 0}\n" for i in range(600))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    return tmp_path


def model(folder, name="t.forpass"):
    return told(fp.load(folder / name))


def whole(folder):
    """The model of a run that is never stopped, in a folder of its own."""
    other = folder / "whole"
    other.mkdir()
    shutil.copy(folder / "t.csv", other)
    assert ended(*QUICK, folder=other)[0] == 0
    return model(other)


def first_epoch(err):
    """The epoch that a run is told to begin with."""
    return next(int(line.split()[1].split("/")[0]) for line in err.splitlines() if line.startswith("epoch"))


OFTEN = """
from forpass.training import loop
loop.SECONDS_BETWEEN, loop.SHARE_OF_WRITING = 0.0, 1e9
"""


@pytest.mark.slow
@NO_SIGNALS
def test_what_was_killed_goes_on_to_the_same_model(folder):
    for began, epochs in ((1, 2), (3, 5)):
        code, _, err = ended(*QUICK, folder=folder, first=OFTEN + at_epoch(signal.SIGKILL, epochs=epochs))
        assert code == -signal.SIGKILL and counts_of(folder / "run") == (0, 1)
        assert first_epoch(err) == began
    assert not (folder / "t.forpass").exists()
    code, out, err = ended("resume", str(folder / "run"), folder=folder / "run")  # from wherever it is said
    assert code == 0 and "model    t.forpass" in out and first_epoch(err) == 6
    assert model(folder) == whole(folder)
    code, out, err = ended(*QUICK, "--json", folder=folder)
    assert code == 0 and json.loads(out)["fingerprint"] == model(folder)[0]
    assert "run: 1 network done" in err and "epoch" not in err


@pytest.mark.slow
@NO_SIGNALS
def test_what_is_told_to_end_leaves_no_model_and_says_how_to_go_on(folder):
    process = started(*ENDLESS, folder=folder, first=ONE_SIGNAL)
    next(line for line in process.stderr if line.startswith("epoch"))
    while process.poll() is None:  # to be told so again and again changes nothing
        process.send_signal(signal.SIGTERM)
        time.sleep(0.005)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM and not out and "Traceback" not in err
    assert "laid aside; go on with: forpass resume run" in err
    assert sorted(path.name for path in folder.iterdir()) == ["run", "t.csv"]


@pytest.mark.slow
@NO_SIGNALS
def test_ctrl_c_keeps_the_best_so_far_and_going_on_replaces_that(folder):
    code, out, _ = ended(*QUICK, folder=folder, first=at_epoch(signal.SIGINT, epochs=3))
    assert code == 0 and "go on    forpass resume run" in out
    assert fp.load(folder / "t.forpass").provenance.ended.reason == "interrupted"
    assert counts_of(folder / "run") == (0, 1)
    assert ended("resume", "run", folder=folder)[0] == 0 and model(folder) == whole(folder)


def test_going_on_from_the_middle(forpass, folder, monkeypatch):
    assert forpass(*QUICK)[0] == 0
    first = model(folder)
    (folder / "t.forpass").unlink()
    shutil.rmtree(folder / "run")
    monkeypatch.setattr(loop, "SECONDS_BETWEEN", 0.0)
    advance, taken = loop.Run.advance, []

    def ends(run):
        taken.append(run.progress.step)
        if len(taken) == 5:
            raise KeyboardInterrupt
        advance(run)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "advance", ends)
        code, out, err = forpass(*QUICK)
    assert (code, out) == (130, "") and "laid aside; go on with: forpass resume run" in err
    code, out, err = forpass("resume", "run", "--json")
    assert code == 0 and "run: 0 networks done, 1 under way" in err
    assert model(folder) == first and json.loads(out)["fingerprint"] == first[0]


def test_a_recipe_with_its_log_and_its_own_place(forpass, folder):
    words = *QUICK[:4], "--preset", "fast", "--checkpoint", "run", "--out", "m.forpass", "--log", "l.jsonl"
    assert forpass(*words)[0] == 0
    first = model(folder, "m.forpass")
    code, out, err = forpass("resume", "run")
    assert code == 0 and " networks done" in err and "m.forpass" in out
    assert model(folder, "m.forpass") == first


# -- what is refused -----------------------------------------------------------------------------
def refused(forpass, *words):
    code, out, err = forpass(*words)
    assert (code, out) == (2, "")
    return err


def test_another_command_or_another_table(forpass, folder):
    assert forpass(*QUICK)[0] == 0
    (folder / "t.forpass").unlink()
    said = refused(forpass, *QUICK, "--seed", "1")
    assert "is of another command, forpass train t.csv -t y --epochs 8 --checkpoint run" in said
    assert "which differs in --seed: go on" in said
    assert "forpass resume run" in said
    before = (folder / "t.csv").read_text()
    (folder / "t.csv").write_text(before + "1,2,True\n")
    for words in (QUICK, ("resume", "run")):
        assert "t.csv has changed since" in refused(forpass, *words)
    (folder / "t.csv").rename(folder / "u.csv")
    assert "t.csv is not there any more" in refused(forpass, "resume", "run")
    (folder / "u.csv").rename(folder / "t.csv")
    (folder / "t.csv").write_text(before)
    assert forpass("resume", "run")[0] == 0


def test_files_beside_the_table_count(forpass, folder):
    (folder / "kinds.json").write_text('{"a": "category"}')
    words = *QUICK, "--schema", "kinds.json"
    assert forpass(*words)[0] == 0
    (folder / "kinds.json").write_text('{"a": "number"}')
    assert "kinds.json has changed" in refused(forpass, "resume", "run")


def test_a_command_that_was_refused_may_be_put_right(forpass, folder):
    assert "there is no column" in refused(forpass, "train", "t.csv", "-t", "z", "--checkpoint", "run")
    assert forpass(*QUICK)[0] == 0


def test_a_model_that_somebody_else_has_put_there_is_not_replaced(forpass, folder):
    assert forpass(*QUICK)[0] == 0
    assert forpass("resume", "run")[0] == 0  # its own is
    (folder / "t.forpass").unlink()
    assert forpass(*QUICK[:6])[0] == 0
    assert "is there already" in refused(forpass, "resume", "run")

    assert forpass("resume", "run", "--force")[0] == 0
    assert "--checkpoint" in fp.load(folder / "t.forpass").provenance.origin.command
    assert forpass(*QUICK[:6], "--force")[0] == 0
    assert forpass("resume", "run", "--out", "other.forpass")[0] == 0
    assert forpass("resume", "run")[0] == 0  # the folder remembers where it goes now
    assert model(folder)[0] == model(folder, "other.forpass")[0]
    assert forpass(*QUICK, "--force")[0] == 0


def test_what_decides_no_network_may_be_said_otherwise(forpass, folder):
    assert forpass(*QUICK)[0] == 0
    (folder / "run").rename(folder / "moved")
    (folder / "t.csv").rename(folder / "u.csv")
    words = "train", "./u.csv", "--target=y", "--epochs=8", "--checkpoint", "moved", "--out", "m.forpass"
    code, _, err = forpass(*words, "--threads", "1", "--log", "l.jsonl", "--time-limit", "60")
    assert code == 0 and "moved: 1 network done" in err
    assert model(folder, "m.forpass")[0] == model(folder)[0]


def test_what_a_time_limit_cut_short_goes_on_to_its_end(forpass, folder):
    words = *QUICK[:4], "--preset", "fast", "--checkpoint", "run"
    assert "Cut short" in forpass(*words, "--time-limit", "0.02")[1]
    code, out, _ = forpass("resume", "run", "--time-limit", "0.02")
    assert code == 0 and "Cut short" in out and "go on    forpass resume " in out
    code, out, _ = forpass("resume", "run")
    assert code == 0 and "Cut short" not in out and "go on" not in out
    assert "--time-limit" not in fp.load(folder / "t.forpass").provenance.origin.command


def test_a_project_that_was_copied_goes_on_in_its_copy(forpass, folder):
    (folder / "a").mkdir()
    (folder / "t.csv").rename(folder / "a" / "t.csv")
    words = "train", "a/t.csv", *QUICK[2:6], "--checkpoint", "a/run", "--out", "a/m.forpass"
    assert forpass(*words)[0] == 0
    whole = model(folder, "a/m.forpass")
    shutil.copytree(folder / "a", folder / "elsewhere" / "a")
    (folder / "a" / "m.forpass").unlink()
    code, out, err = forpass("resume", "elsewhere/a/run")
    assert code == 0 and "model    a/m.forpass" in out
    assert f"working in {folder / 'elsewhere'}, from where elsewhere/a/run was begun" in err
    assert not (folder / "a" / "m.forpass").exists() and model(folder, "elsewhere/a/m.forpass") == whole
    code, _, err = forpass("resume", "a/run", "--out", "n.forpass")
    assert code == 0 and "working in" not in err and model(folder, "n.forpass")[0] == whole[0]


def test_what_is_to_stay_lies_outside_of_the_folder(forpass, folder):
    for option in ("--out", "--log", "--report"):
        said = refused(forpass, *QUICK, option, "run/x")
        assert "would lie in run, the folder for checkpoints, which you may delete" in said
        assert f"name another place: {option} FILE" in said
    assert "the model would lie in ." in refused(forpass, *QUICK[:6], "--checkpoint", ".")
    assert not (folder / "run").exists()


def test_standard_input_cannot_be_read_again(forpass):
    code, _, err = forpass("train", "-", "-t", "y", "--checkpoint", "run", stdin="a,y\n1,2\n")
    assert code == 2 and "cannot be read a second time" in err


def test_what_is_no_folder_of_a_command(forpass, folder):
    assert "is not there" in refused(forpass, "resume", "nowhere")
    assert "is a file" in refused(forpass, "resume", "t.csv")
    with fp.remembering(folder / "run"):
        pass
    assert "it was begun in Python" in refused(forpass, "resume", "run")


def test_a_head_that_is_damaged_is_written_anew_by_the_same_command(forpass, folder):
    assert forpass(*QUICK)[0] == 0
    (folder / "run" / "run.json").write_text("{}")
    said = refused(forpass, "resume", "run")
    assert "run the same forpass train --checkpoint run again; the networks in it are found" in said
    code, _, err = forpass(*QUICK)
    assert code == 0 and "is written anew" in err and "run: 1 network done" in err
    assert forpass("resume", "run")[0] == 0


@pytest.mark.parametrize(
    "about",
    [
        5,
        {"command": 5, "directory": "..", "asked": {}, "files": {}},
        {"command": ["train", "t.csv"], "directory": [], "asked": {}, "files": {}},
        {"command": ["train", "t.csv"], "directory": "..", "asked": 5, "files": {}},
        {"command": ["train", "t.csv"], "directory": "..", "asked": {}, "files": []},
        {"command": ["predict", "t.csv"], "directory": "..", "asked": {}, "files": {}},
        {"command": ["train", "--nonsense"], "directory": "..", "asked": {}, "files": {}},
    ],
)
def test_a_head_that_says_nonsense_of_its_command(forpass, folder, about):
    assert forpass(*QUICK)[0] == 0
    head = json.loads((folder / "run" / "run.json").read_text())
    (folder / "run" / "run.json").write_text(json.dumps(head | {"about": about}))
    assert "does not say which command it belongs to" in refused(forpass, "resume", "run")
    if "--nonsense" not in str(about):  # which would be another command
        assert forpass(*QUICK)[0] == 0


def test_a_folder_that_was_moved_without_its_project_goes_on_where_the_table_is(forpass, folder):
    assert forpass(*QUICK)[0] == 0
    (folder / "elsewhere").mkdir()
    (folder / "run").rename(folder / "elsewhere" / "run")
    code, _, err = forpass("resume", "elsewhere/run")
    assert code == 0 and "working in" not in err
    (folder / "t.csv").rename(folder / "u.csv")
    said = refused(forpass, "resume", "elsewhere/run")
    assert "t.csv is not there any more, neither in" in said and "nor here; put it back" in said


def test_what_is_refused_leaves_no_folder_to_go_on_with(forpass, tmp_path):
    (tmp_path / "broken.csv").write_text('a,b\n1,"x\n2,y')
    code, _, err = forpass("train", "broken.csv", "--target", "b", "--checkpoint", "new")
    assert code == 2
    assert "never closed" in err
    assert not (tmp_path / "new").exists()
    (tmp_path / "mine").mkdir()
    assert forpass("train", "broken.csv", "--target", "b", "--checkpoint", "mine")[0] == 2
    assert (tmp_path / "mine").exists()  # it was there before
