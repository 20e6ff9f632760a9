"""Folders for temporary files: gone at the end, and those of the dead with the next one."""

import os
import subprocess
import sys
import tempfile

import pytest

from forpass.datasets.temporary import temporary_folder

HOLDS = """
from forpass.datasets.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "rows").write_bytes(b"many")
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(place):
    """Another process with such a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(place)},
    )
    yield process, place / os.path.basename(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_it_is_gone_at_the_end_of_the_block_also_after_an_error(place):
    with pytest.raises(ZeroDivisionError), temporary_folder() as folder:
        (folder / "rows").write_bytes(b"%d" % (1 // 0))
    assert os.listdir(place) == []


def test_what_a_killed_process_has_left_is_taken_away_by_the_next(holder):
    process, left = holder
    with temporary_folder():
        assert (left / "rows").exists()  # it lives
    process.kill()
    process.wait()
    assert (left / "rows").exists()
    with temporary_folder():
        assert not left.exists()


def test_other_folders_stay(place):
    for name in ("forpass-without-a-lock", "forpass-not-locked-yet", "others"):
        (place / name).mkdir()
    (place / "forpass-not-locked-yet" / "held").touch()
    (place / "others" / "held").write_text("1")
    for name, content in (("forpass-my_notes", "notes"), ("forpass-project", "1")):  # of somebody else
        (place / name).mkdir()
        (place / name / "held").write_text(content)
    (place / "forpass-file").touch()
    with temporary_folder() as first, temporary_folder() as second:
        assert first.exists() and second.exists()
    assert len(os.listdir(place)) == 6


@pytest.mark.parametrize("given", [True, None])
def test_ones_own_folder_stays_whatever_a_drive_says_of_its_lock(place, monkeypatch, given):
    monkeypatch.setattr("forpass.datasets.temporary.try_lock", lambda file: given)
    with temporary_folder() as first, temporary_folder():
        assert first.exists()


def test_on_a_drive_without_locks_nothing_is_taken_away(holder, monkeypatch):
    process, left = holder
    process.kill()
    process.wait()
    monkeypatch.setattr("forpass.datasets.temporary.try_lock", lambda file: None)
    with temporary_folder():
        assert left.exists()
