"""Compiled kernels on disk: found again, never outdated, and never in the way."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import forpass
from forpass.engines.compiled import store

SOURCE = Path(forpass.__file__).parent

TRAIN = """
    import numpy as np
    import forpass as fp
    from forpass.engines.compiled.compiler import compiled_here

    rng = np.random.default_rng(0)
    data = fp.Data(rng.standard_normal((60, 5)), targets=rng.integers(0, 3, 60))
    spec = fp.multilayer(5, [8], 3, "softmax_cross_entropy")
    model = fp.train(spec, fp.TrainingSpec(epochs=2), data)
    print(len(compiled_here), model.fingerprint())
"""


def python(code, cache, **environment):
    """Run code in a process of its own, with a folder for kernels of its own; return the words it prints."""
    env = os.environ | {"FORPASS_CACHE": str(cache)} | {k: str(v) for k, v in environment.items()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_second_process_compiles_nothing(tmp_path):
    compiled, fingerprint = python(TRAIN, tmp_path)
    assert int(compiled) > 5
    assert python(TRAIN, tmp_path) == ["0", fingerprint]


def test_new_sizes_depths_and_settings_compile_nothing(tmp_path):
    python(TRAIN, tmp_path)
    other = TRAIN.replace("[8]", "[40, 7, 300]").replace("5)", "11)").replace("(5,", "(11,")
    other = other.replace("epochs=2", "epochs=3, batch_size=7, optimizer=fp.OptimizerSpec('adam', 0.02)")
    assert python(other, tmp_path)[0] == "0"
    assert int(python(TRAIN.replace("epochs=2", 'epochs=2, dtype="float64"'), tmp_path)[0]) > 5


def test_an_edited_formula_is_noticed(tmp_path):
    # the derivative of the loss calls softmax, which calls shifted: what is edited is two calls away
    kernels = tmp_path / "kernels"
    fingerprint = python(TRAIN, kernels)[1]
    edited = shutil.copytree(SOURCE, tmp_path / "edited" / "forpass")
    links = edited / "maths" / "links.py"
    text = links.read_text()
    assert text.count("return E / xp.row_sum(E)") == 1
    links.write_text(text.replace("return E / xp.row_sum(E)", "return (E + E) / xp.row_sum(E)"))
    compiled, other = python(TRAIN, kernels, PYTHONPATH=edited.parent)
    assert int(compiled) > 5
    assert other != fingerprint
    assert python(TRAIN, kernels) == ["0", fingerprint]


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    compiled, fingerprint = python(TRAIN, blocked)
    assert int(compiled) > 5
    assert python(TRAIN, tmp_path / "elsewhere")[1] == fingerprint


def test_files_that_are_cut_or_altered_are_made_anew(tmp_path):
    compiled, fingerprint = python(TRAIN, tmp_path)
    for number, path in enumerate(sorted(tmp_path.glob("*/*"))):
        content = path.read_bytes()
        if number % 3 == 0:
            path.write_bytes(content[: len(content) // 2])
        elif number % 3 == 1:
            path.write_bytes(b"")
        else:
            path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    assert python(TRAIN, tmp_path) == [compiled, fingerprint]
    assert python(TRAIN, tmp_path) == ["0", fingerprint]


def test_a_full_disk_does_no_harm(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "replace", full)
    store.write("version", "digest", b"code")
    assert list(tmp_path.glob("*/*")) == []
    assert store.read("version", "digest") is None


def test_kernels_of_sources_long_gone_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv("FORPASS_CACHE", str(tmp_path))
    old, recent, new = (letter * 64 for letter in "abc")
    foreign = tmp_path / "mine"
    foreign.mkdir()
    for version in (old, recent):
        store.write(version, "digest", b"code")
    for folder in (tmp_path / old, foreign):
        os.utime(folder, (0, 0))
    store.write(new, "digest", b"code")
    assert {path.name for path in tmp_path.iterdir()} == {recent, new, "mine"}


def test_two_cold_processes_at_once(tmp_path):
    env = os.environ | {"FORPASS_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(TRAIN)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) for _ in range(2)]
    found = {process.communicate()[0].split()[1] for process in both}
    assert len(found) == 1
    assert python(TRAIN, tmp_path) == ["0", *found]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/c"}, "/c/forpass/kernels"),
        ("linux", {"HOME": "/h"}, "/h/.cache/forpass/kernels"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Caches/forpass/kernels"),
        ("linux", {"FORPASS_CACHE": "/own"}, "/own"),
    ],
)
def test_where_kernels_are_kept(platform, variables, expected, monkeypatch):
    for name in ("FORPASS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert store.folder() == Path(expected)
