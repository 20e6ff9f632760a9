"""A folder that remembers networks: what it knows is not trained, and no harm to it ends a run."""

import errno
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import forpass as fp
from forpass.training import folder as folders
from forpass.training import loop
from forpass.training.folder import counts_of, folder_here, read_about
from forpass.training.job import Job
from forpass.training.keys import keys_of
from forpass.training.loop import carried_out, fit

PLAIN = fp.multilayer(4, [6], 3, "softmax_cross_entropy", activation="tanh")
RICH = fp.NetworkSpec(
    4,
    (fp.Dense(8), fp.BatchNorm(), fp.Activation("relu"), fp.Dropout(0.3), fp.Dense(3)),
    fp.Head("softmax_cross_entropy"),
    penalty=fp.Penalty(l1=1e-4, l2=1e-3),
)


def training(rate=0.02, **settings):
    return fp.TrainingSpec(
        **{"epochs": 6, "batch_size": 16, "optimizer": fp.OptimizerSpec("adam", rate)} | settings
    )


KINDS = {
    "dropout, batch norm": (RICH, training()),
    "one cycle": (RICH, training(schedule=fp.ScheduleSpec("one_cycle"))),
    "early stopping": (RICH, training(0.1, epochs=30, stopping=fp.StoppingSpec(patience=2))),
    "max_steps": (PLAIN, training(stopping=fp.StoppingSpec(max_steps=18))),
    "replacement": (RICH, training(replacement=True)),
    "float64": (PLAIN, training(dtype="float64")),
}


@pytest.fixture
def job(blobs):
    return Job(RICH, training(), blobs[0], validation=blobs[1])


@pytest.fixture
def often(monkeypatch):
    """Write networks under way down after every stretch of steps."""
    monkeypatch.setattr(loop, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(loop, "SHARE_OF_WRITING", 1e9)


class Killed(BaseException):
    """What ends a run at once, as nothing would that training might catch."""


@pytest.fixture
def killed_after(spy):
    """Let the process be killed, as it were, after so many stretches of one step; count those since."""

    def on(last):
        taken = []

        def watch(session, plan, advance):
            if len(taken) == last:
                raise Killed
            taken.append(plan.first)
            return advance(plan)

        spy(watch)
        return taken

    return on


def bits(outcome):
    state, ended = outcome.state, outcome.ended
    arrays = state.parameters, state.buffers, state.engine.parameters, state.engine.slots
    numbers = [record.to_json() | {"seconds": 0.0} for record in outcome.history]
    return (
        [array.tobytes() for array in arrays],
        numbers,
        (ended.reason, ended.epoch, ended.step, ended.best_epoch),
        state.progress._replace(best_parameters=None, best_buffers=None),
        outcome.engine,
    )


# -- what is remembered --------------------------------------------------------------------------
def test_a_network_that_is_done_is_not_trained_again(job, tmp_path, killed_after):
    alone = fit(job)
    with fp.remembering(tmp_path / "run"):
        first = carried_out(job)
        killed_after(0)
        again = carried_out(job)
    with fp.remembering(tmp_path / "run"):
        later = carried_out(job)
    assert bits(alone) == bits(first) == bits(again) == bits(later)
    assert counts_of(tmp_path / "run") == (1, 0)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("name", KINDS)
def test_a_network_that_is_killed_anywhere_goes_on_to_the_same_bits(
    name, engine, blobs, tmp_path, killed_after, monkeypatch
):
    monkeypatch.setattr("forpass.training.run.SECONDS_PER_STRETCH", 0.0)  # a step each
    spec, how = KINDS[name]
    job = Job(spec, how, blobs[0], validation=blobs[1], engine=engine)
    whole, sittings = bits(fit(job)), 0
    for last in (1, 2, 5, 3, 4, 10**9):  # of 4 steps an epoch: in the middle of one, and at its end
        taken = killed_after(last)
        sittings += 1
        try:
            with fp.remembering(tmp_path):
                found = bits(carried_out(job))
        except Killed:
            assert counts_of(tmp_path) == (0, 1) and len(taken) == last
            continue
        break
    assert sittings == 6 and found == whole and counts_of(tmp_path) == (1, 0)
    assert taken[0] == 15  # steps that were taken before are not taken again


def test_between_two_writings_some_time_goes_by(job, tmp_path, killed_after, monkeypatch):
    monkeypatch.setattr("forpass.training.run.SECONDS_PER_STRETCH", 0.0)
    killed_after(5)
    with pytest.raises(Killed), fp.remembering(tmp_path):
        carried_out(job)
    assert counts_of(tmp_path) == (0, 0)


@pytest.mark.usefixtures("often")
def test_what_a_listener_ends_is_not_done_and_the_next_listener_is_asked_in_time(job, tmp_path, recorder):
    with fp.remembering(tmp_path):
        first = carried_out(job, recorder(3))
        second = carried_out(job, recorder(3))
        third = carried_out(job, recorder(5))
    assert [one.ended.epoch for one in (first, second, third)] == [3, 3, 5]
    assert bits(first) == bits(second) == bits(fit(job, listener=recorder(3)))
    assert counts_of(tmp_path) == (0, 1)


@pytest.mark.usefixtures("often")
def test_nor_is_what_a_listener_ends_with_a_reason_of_its_own(job, tmp_path):
    def good_enough(event):
        if isinstance(event, fp.EpochEnded) and event.record.epoch == 3:
            event.run.stop("good enough")

    with fp.remembering(tmp_path):
        first, again = carried_out(job, good_enough), carried_out(job, good_enough)
        assert bits(first) == bits(again) and first.ended.reason == "good enough"
        assert bits(carried_out(job)) == bits(fit(job))


def test_a_time_limit_is_no_end(blobs, tmp_path):
    limited = training(stopping=fp.StoppingSpec(max_seconds=1e-9))
    with fp.remembering(tmp_path):
        short = carried_out(Job(RICH, limited, blobs[0]))
        assert short.ended.reason == "max_seconds" and counts_of(tmp_path) == (0, 1)
        longer = carried_out(Job(RICH, limited, blobs[0]))
        whole = carried_out(Job(RICH, training(), blobs[0]))
    assert short.ended.step < longer.ended.step < whole.ended.step
    assert bits(whole) == bits(fit(Job(RICH, training(), blobs[0])))


@pytest.mark.parametrize(("tolerance", "epochs"), [(1e-3, 40), (0.0, 8)], ids=["converged", "epochs"])
@pytest.mark.usefixtures("often")
def test_lbfgs_is_done_or_begins_anew(blobs, tmp_path, recorder, tolerance, epochs):
    """At its end it would go on otherwise: SciPy has forgotten the curvature."""
    method = fp.LBFGSSpec(value_tolerance=tolerance, gradient_tolerance=0.0)
    job = Job(PLAIN, fp.TrainingSpec(method="lbfgs", lbfgs=method, epochs=epochs), blobs[0])
    with fp.remembering(tmp_path):
        carried_out(job, recorder(3))
        assert counts_of(tmp_path) == (0, 0)
        first, again = carried_out(job), carried_out(job)
    assert bits(first) == bits(again) == bits(fit(job))
    assert first.ended.reason == ("converged" if tolerance else "epochs")


def test_without_a_folder_nothing_is_remembered(job):
    assert folder_here() is None
    with fp.remembering(None):
        assert folder_here() is None
        carried_out(job)


def test_a_network_without_a_key_is_trained_each_time(blobs, tmp_path):
    rng = np.random.default_rng(0)
    job = Job(PLAIN, training(), blobs[0], order=lambda epoch: rng.permutation(50))
    with fp.remembering(tmp_path), pytest.warns(fp.ForpassWarning, match="not remembered"):
        first, second = carried_out(job), carried_out(job)
    assert bits(first) != bits(second) and counts_of(tmp_path) == (0, 0)


# -- files that are not what they were -----------------------------------------------------------
@pytest.mark.usefixtures("often")
def test_a_damaged_file_is_as_if_it_were_not_there(job, tmp_path, killed_after):
    key, whole = keys_of([job])[0], bits(fit(job))
    killed_after(2)
    with pytest.raises(Killed), fp.remembering(tmp_path):
        carried_out(job)
    killed_after(10**9)
    for file in (tmp_path / f"{key}.state", tmp_path / f"{key}.forpass"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with fp.remembering(tmp_path), pytest.warns(fp.ForpassWarning, match="that network is trained again"):
            assert bits(carried_out(job)) == whole
    with fp.remembering(tmp_path):
        assert bits(carried_out(job)) == whole


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"schema": "1", "about": {}, "with": {}}'])
def test_a_head_that_is_damaged_or_gone_is_written_anew(job, tmp_path, killed_after, content):
    with fp.remembering(tmp_path, {"table": "a.csv"}):
        carried_out(job)
    killed_after(0)
    head = tmp_path / "run.json"
    head.unlink()
    if content is not None:
        head.write_bytes(content)
    assert read_about(tmp_path) is None
    with (
        pytest.warns(fp.ForpassWarning, match=r"run.json is damaged or gone, and is written anew"),
        fp.remembering(tmp_path, {"table": "a.csv"}),
    ):
        carried_out(job)
    assert read_about(tmp_path) == {"table": "a.csv"}


def test_a_file_under_another_name_is_none(job, blobs, tmp_path):
    other = Job(RICH, training(seed=1), blobs[0])
    with fp.remembering(tmp_path):
        carried_out(other)
        (tmp_path / f"{keys_of([other])[0]}.forpass").rename(tmp_path / f"{keys_of([job])[0]}.forpass")
        with pytest.warns(fp.ForpassWarning, match="is of another network"):
            assert bits(carried_out(job)) == bits(fit(job))


# -- places that cannot be written to ------------------------------------------------------------
@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_is_full_ends_nothing_and_is_told_once(job, tmp_path, monkeypatch, reason):
    opening, full = os.open, []

    def open_(path, *how, **more):
        if full and str(path).endswith(".part"):
            full.append(path)
            raise OSError(reason, os.strerror(reason), path)
        return opening(path, *how, **more)

    monkeypatch.setattr(os, "open", open_)
    with fp.remembering(tmp_path):
        full.append("from now on")
        with pytest.warns(fp.ForpassWarning, match=f"{os.strerror(reason)}; training goes on") as told:
            found = carried_out(job)
        assert len(told) == 1 and len(full) > 3 and counts_of(tmp_path) == (0, 0)
        full.clear()
        again = carried_out(job)
    assert bits(found) == bits(again) == bits(fit(job)) and counts_of(tmp_path) == (1, 0)


def test_a_folder_that_is_taken_away_ends_nothing(job, tmp_path):
    place = tmp_path / "run"
    with fp.remembering(place):
        for name in os.listdir(place):
            (place / name).unlink()
        place.rmdir()
        with pytest.warns(fp.ForpassWarning, match="No such file"):
            assert bits(carried_out(job)) == bits(fit(job))
    assert not place.exists()


def test_who_cannot_write_at_all_learns_it_before_training(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(fp.InputError, match=r"is a file, .* name another place"):  # noqa: SIM117
        with fp.remembering(tmp_path / "file"):
            pass
    with pytest.raises(fp.InputError, match=r"cannot write into the folder .*: Not a directory"):  # noqa: SIM117
        with fp.remembering(tmp_path / "file" / "run"):
            pass

    def full(*given, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with fp.remembering(tmp_path / "run"):
        pass
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(fp.InputError, match="No space left"), fp.remembering(tmp_path / "run"):
        pass


# -- whose folder it is --------------------------------------------------------------------------
def test_two_runs_do_not_write_into_one_folder(tmp_path):
    words = "import forpass as fp\nwith fp.remembering('.'):\n    print('held', flush=True)\n    input()"
    other = subprocess.Popen(
        [sys.executable, "-c", words],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(fp.InputError, match="is being written into already"), fp.remembering(tmp_path):
        pass
    other.kill()  # its lock dies with it
    other.communicate()
    with fp.remembering(tmp_path):
        told = []

        def second():
            try:
                with fp.remembering(tmp_path):
                    pass
            except fp.InputError as error:
                told.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert "is being written into already" in told[0]
        refused = subprocess.run(  # who was refused has not let go of it for others
            [sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert "is being written into already" in refused.stderr
        with fp.remembering(tmp_path):  # a call within the block of the same folder
            assert folder_here().path == tmp_path
    with fp.remembering(tmp_path):
        pass


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(fp.InputError, match=r"holds other files \(thesis.tex\)"), fp.remembering(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["thesis.tex"]
    (tmp_path / "run.json").write_text('{"schema": 1, "as": "csv"}')  # of something else
    with pytest.raises(fp.InputError, match=r"holds other files \(thesis.tex\)"), fp.remembering(tmp_path):
        pass
    with fp.remembering(tmp_path / "run"):
        pass
    (tmp_path / "thesis.tex").rename(tmp_path / "run" / "thesis.tex")
    with fp.remembering(tmp_path / "run"):  # it is known to be one of a run
        pass


def test_what_a_run_is_stands_in_its_folder(tmp_path):
    with fp.remembering(tmp_path, {"table": "a.csv", "seed": 1}):
        assert read_about(tmp_path) == {"table": "a.csv", "seed": 1}
    with fp.remembering(tmp_path):  # who says nothing may share it
        pass
    assert read_about(tmp_path) == {"table": "a.csv", "seed": 1}
    with fp.remembering(tmp_path, {"table": "b.csv"}):
        assert read_about(tmp_path) == {"table": "b.csv"}


def test_what_is_no_folder_of_a_run_is_said_so(tmp_path):
    with pytest.raises(fp.InputError, match="is not there"):
        read_about(tmp_path / "nowhere")
    for content in (None, "{}", '{"schema": 1, "as": "csv"}'):
        if content is not None:
            (tmp_path / "run.json").write_text(content)
        with pytest.raises(fp.InputError, match="is no folder of a run; name one"):
            read_about(tmp_path)
    (tmp_path / "run.json").write_text('{"schema": 2, "about": null, "with": {"forpass": "9.0"}}')
    with pytest.raises(fp.InputError, match=r"begun by forpass 9\.0, a newer one"), fp.remembering(tmp_path):
        pass


def test_other_versions_are_told(tmp_path):
    with fp.remembering(tmp_path):
        pass
    place = tmp_path / "run.json"
    head = json.loads(place.read_text())
    head["with"]["numpy"] = "1.0"
    place.write_text(json.dumps(head))
    with pytest.warns(fp.ForpassWarning, match=r"begun with numpy 1.0 \(now"), fp.remembering(tmp_path):
        pass
    with fp.remembering(tmp_path):  # once
        pass


def test_what_killed_writers_have_left_is_taken_away(tmp_path):
    with fp.remembering(tmp_path):
        pass
    left = tmp_path / f".{40 * 'a'}.state.01234567.part"
    left.write_bytes(b"half of")
    with fp.remembering(tmp_path):
        assert not left.exists()


def test_a_folder_that_was_left_is_not_written_to(job, tmp_path):
    with fp.remembering(tmp_path):
        here = folder_here()
    here.keep(keys_of([job])[0], job, fit(job))
    assert counts_of(tmp_path) == (0, 0)


def test_a_state_never_stands_over_what_is_done(job, tmp_path):
    key = keys_of([job])[0]
    with fp.remembering(tmp_path):
        carried_out(job)
        folder_here().lay_aside(key, folders.Run(job))
    assert counts_of(tmp_path) == (1, 0) and not (tmp_path / f"{key}.state").exists()


@pytest.mark.parametrize("nothing", [5, "", "a\0b"])
def test_it_is_no_path(nothing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fp.SpecError, match="must be a path"), fp.remembering(nothing):
        pass
    assert os.listdir() == []


def test_where_there_are_no_locks_it_goes_on_without(tmp_path, monkeypatch):
    monkeypatch.setattr("forpass.model.folders.try_lock", lambda file: None)
    with fp.remembering(tmp_path / "run"), fp.remembering(tmp_path / "other"):
        assert folder_here().path == tmp_path / "other"
