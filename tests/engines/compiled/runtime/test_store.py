"""Machine code on disk is believed only where nobody else can have written it."""

import logging
import os
import stat
import sys
from pathlib import Path

import pytest

from forpass.engines.compiled.runtime import compiler, store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are a matter of POSIX")
VERSION = "v"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch, caplog):
    """A folder for kernels of this test's own, in which three are kept; what is refused is said anew."""
    caplog.set_level(logging.INFO, logger="forpass")
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path / "kernels"))
    monkeypatch.setattr(store, "_told", set())
    for name in "abc":
        store.write(VERSION, name, name.encode() * 100)
    return tmp_path / "kernels" / f"{store.PREFIX}{VERSION}"


def refused(caplog, word):
    """Demand one line that says why; forget it."""
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1, lines
    assert lines[0].startswith("compiling anew instead of using kept machine code: ")
    assert word in lines[0]
    caplog.clear()
    return True


def test_what_was_written_is_found(place, caplog):
    assert [store.read(VERSION, name) for name in "abcd"] == [b"a" * 100, b"b" * 100, b"c" * 100, None]
    assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()} == {0o600}
    assert not caplog.records


def test_folders_are_private_whatever_the_umask(tmp_path, monkeypatch):
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path / "new" / "kernels"))
    before = os.umask(0)
    try:
        store.write(VERSION, "a", b"code")
    finally:
        os.umask(before)
    made = [tmp_path / "new", tmp_path / "new" / "kernels", tmp_path / "new" / "kernels" / place_of(VERSION)]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3


def place_of(version):
    return store.PREFIX + version


def test_a_file_under_anothers_name_is_refused(place, caplog):
    (place / "a").write_bytes((place / "b").read_bytes())
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "under another's name")
    os.rename(place, place.parent / place_of("w"))  # another version's folder
    assert store.read("w", "b") is None
    assert refused(caplog, "under another's name")


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: b"", lambda c: b"x" + c[1:]])
def test_what_is_cut_or_altered_is_refused(place, caplog, change):
    (place / "a").write_bytes(change((place / "a").read_bytes()))
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "cut off, altered")


def test_a_pipe_keeps_nobody_waiting(place, caplog):
    (place / "a").unlink()
    os.mkfifo(place / "a")
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "no plain file")


def test_a_link_and_a_folder_are_refused(place, caplog):
    (place / "a").unlink()
    (place / "a").symlink_to("b")
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "cannot be read")
    (place / "a").unlink()
    (place / "a").mkdir()
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "no plain file")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_to_which_others_may_write_is_refused(place, caplog, mode):
    (place / "a").chmod(mode)
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "may be written to by others")


def test_files_and_folders_of_others_are_refused(place, caplog, monkeypatch):
    real = os.fstat
    other = os.geteuid() + 1

    def of_another(handle):
        found = list(real(handle))
        found[stat.ST_UID] = other
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", of_another)
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "belongs to another user")
    monkeypatch.undo()
    monkeypatch.setenv("FORPASS_CACHE", str(place.parent))
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "belongs to another user; set FORPASS_CACHE")
    before = sorted(place.iterdir())
    store.write(VERSION, "d", b"code")
    assert sorted(place.iterdir()) == before


def test_a_folder_that_others_may_enter_is_closed(place, caplog):
    for mode in (0o777, 0o770, 0o755):
        place.chmod(mode)
        assert store.read(VERSION, "a") == b"a" * 100
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    place.chmod(0o777)
    store.write(VERSION, "d", b"code")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert not caplog.records


def test_a_folder_that_is_a_link_is_refused(place, caplog):
    real = place.rename(place.parent / "elsewhere")
    place.symlink_to(real)
    assert store.read(VERSION, "a") is None
    assert refused(caplog, "is no folder")
    store.write(VERSION, "d", b"code")
    assert not (real / "d").exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"FORPASS_CACHE": "kernels"}, True),
        ({"FORPASS_CACHE": "~/kernels"}, True),
        ({"FORPASS_CACHE": "./kernels"}, True),
        ({"HOME": ""}, False),
        ({"HOME": "home"}, False),
        ({"XDG_CACHE_HOME": "cache", "HOME": ""}, False),
    ],
)
def test_a_place_that_depends_on_the_working_directory_is_none(
    variables, said, tmp_path, monkeypatch, caplog
):
    for name in ("FORPASS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    for _ in range(2):
        store.write(VERSION, "a", b"code")
        assert store.folder() is store.read(VERSION, "a") is None
    assert sorted(tmp_path.iterdir()) == before
    assert refused(caplog, "FORPASS_CACHE is") if said else not caplog.records


def test_a_relative_cache_home_is_ignored(monkeypatch):
    monkeypatch.delenv("FORPASS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setattr(sys, "platform", "linux")
    assert store.folder() == Path("/h/.cache/forpass/kernels")


def kernel(name, number):
    return f"define i32 @{name}() {{ ret i32 {number} }}"


def test_code_without_a_kernel_is_compiled_anew(place, caplog, monkeypatch):
    monkeypatch.setattr(compiler, "engine_digest", lambda: VERSION)
    monkeypatch.setattr(compiler, "compiled_here", ["one before"])
    store.write(VERSION, "a", compiler._compile(kernel("other", 1)))
    assert compiler._found_or_made("a", lambda: kernel("kernel", 2))
    assert refused(caplog, "holds no kernel")
    assert compiler._found_or_made("a", lambda: pytest.fail("it is kept now"))


def test_where_no_network_left_its_kernels_the_first_takes_longer(place, monkeypatch):
    monkeypatch.setattr(compiler, "engine_digest", lambda: VERSION)
    monkeypatch.setattr(compiler, "_loaded", {})
    assert store.number_of_kept(VERSION) == 3 and store.number_of_kept("other") == 0
    assert compiler.seconds_to_begin() == compiler.COMPILATION > 1.0
    for number in range(compiler.OF_A_NETWORK):
        store.write(VERSION, str(number), b"code")
    assert compiler.seconds_to_begin() == 0.0
    monkeypatch.setenv("FORPASS_CACHE", "relative")
    assert store.number_of_kept(VERSION) == 0 and compiler.seconds_to_begin() > 0.0
    monkeypatch.setattr(compiler, "_loaded", dict.fromkeys(range(compiler.OF_A_NETWORK)))
    assert compiler.seconds_to_begin() == 0.0
