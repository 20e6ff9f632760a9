"""The log of a training: whole lines of JSON, one for each event."""

import json
import math

import pytest

import forpass as fp
from forpass.errors import ForpassWarning, InputError
from forpass.training.events import EpochEnded, NetworkEnded
from forpass.training.log import JsonLines


def lines(path):
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_tells_of_each_epoch_what_the_history_tells(blobs, spec, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"event": "of an earlier day"}\n')
    data, validation = blobs
    listener = JsonLines(path)
    model = fp.train(spec, fp.TrainingSpec(epochs=3), data, validation=validation, listener=listener)
    earlier, started, *epochs, ended = lines(path)
    assert earlier == {"event": "of an earlier day"}
    assert (started["event"], started["run"], started["epochs"]) == ("started", 1, 3)
    for line, record in zip(epochs, model.history, strict=True):
        assert line.pop("event") == "epoch" and line.pop("run") == 1
        assert isinstance(line.pop("is_best"), bool)
        assert line == record.to_json()
    assert (ended["event"], ended["reason"], ended["epoch"]) == ("ended", "epochs", 3)


def test_a_line_can_be_read_before_the_next_epoch(blobs, spec, tmp_path):
    path, seen = tmp_path / "log.jsonl", []
    log = JsonLines(path)

    def listener(event):
        log(event)
        if isinstance(event, EpochEnded):
            seen.append(lines(path)[-1]["epoch"])

    fp.train(spec, fp.TrainingSpec(epochs=3), blobs[0], listener=listener)
    assert seen == [1, 2, 3]


def test_lines_of_networks_side_by_side_can_be_told_apart(blobs, spec, tmp_path):
    path = tmp_path / "log.jsonl"
    jobs = [fp.Job(spec, fp.TrainingSpec(epochs=2, seed=i), blobs[0], name=f"망 {i}") for i in range(4)]
    fp.train_many(jobs, threads=2, listener=JsonLines(path))
    of_runs = [line for line in lines(path) if "run" in line]
    assert sorted({line["run"] for line in of_runs}) == [1, 2, 3, 4]
    for number in range(1, 5):
        mine = [line for line in of_runs if line["run"] == number]
        assert [line["event"] for line in mine] == ["started", "epoch", "epoch", "ended"]
        assert len({line["name"] for line in mine}) == 1
    assert sum(line["event"] == "network" for line in lines(path)) == 4


def test_figures_that_are_no_numbers_are_null(tmp_path):
    log = JsonLines(tmp_path / "log.jsonl")
    log(NetworkEnded(0, "one", "r2", math.nan, True, 1.0, math.inf))
    (line,) = lines(tmp_path / "log.jsonl")
    assert line["figure"] is None and line["work"] is None


@pytest.mark.parametrize("name", ["no folder/log.jsonl", "."])
def test_a_place_that_cannot_be_written_to_is_refused_at_once(tmp_path, name):
    with pytest.raises(InputError, match=r"cannot write the log .*; name another file"):
        JsonLines(tmp_path / name)


def test_a_log_that_fails_later_ends_with_a_warning_and_training_goes_on(blobs, spec, tmp_path):
    log = JsonLines(tmp_path / "log.jsonl")
    (tmp_path / "log.jsonl").unlink()
    (tmp_path / "log.jsonl").mkdir()
    with pytest.warns(ForpassWarning, match="ends here") as told:
        model = fp.train(spec, fp.TrainingSpec(epochs=3), blobs[0], listener=log)
    assert len(model.history) == 3 and len(told) == 1
