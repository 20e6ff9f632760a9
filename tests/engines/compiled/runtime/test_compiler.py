"""Compiled kernels on disk: found again, never outdated, and never in the way."""

import compileall
import os
import random
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import forpass
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer
from forpass.engines.compiled.program.instructions import kernel_address
from forpass.engines.compiled.runtime import store
from forpass.engines.compiled.runtime.identity import NAMED_IN_KERNELS

SOURCE = Path(forpass.__file__).parent

TRAIN = """
    import numpy as np
    import forpass as fp
    from forpass.engines.compiled.runtime.compiler import compiled_here

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


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path):
    compiled, fingerprint = python(TRAIN, tmp_path)
    assert int(compiled) > 5
    assert python(TRAIN, tmp_path) == ["0", fingerprint]


@pytest.mark.slow
def test_new_sizes_depths_and_settings_compile_nothing(tmp_path):
    python(TRAIN, tmp_path)
    other = TRAIN.replace("[8]", "[40, 7, 300]").replace("5)", "11)").replace("(5,", "(11,")
    other = other.replace("epochs=2", "epochs=3, batch_size=7, optimizer=fp.OptimizerSpec('adam', 0.02)")
    assert python(other, tmp_path)[0] == "0"
    assert int(python(TRAIN.replace("epochs=2", 'epochs=2, dtype="float64"'), tmp_path)[0]) > 5


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_edit_of_what_binds_formulas_is_noticed(tmp_path):
    edited = shutil.copytree(SOURCE, tmp_path / "edited" / "forpass")
    kernels, where = tmp_path / "kernels", {"PYTHONPATH": edited.parent}
    compiled, fingerprint = python(TRAIN, kernels, **where)
    path = edited / "engines" / "bind.py"
    path.write_text(path.read_text() + "# edited\n")
    assert python(TRAIN, kernels, **where) == [compiled, fingerprint]
    assert python(TRAIN, kernels, **where) == ["0", fingerprint]


DIGESTS = """
    from pathlib import Path
    import forpass.engines.compiled
    from forpass.engines import bind
    from forpass.engines.compiled.runtime.identity import engine_digest

    package = Path(forpass.engines.compiled.__file__).parent
    sources, before = [*sorted(package.rglob("*.py")), Path(bind.__file__)], engine_digest()
    for source in sources:
        text = source.read_text()
        source.write_text(text + "# edited\\n")
        engine_digest.cache_clear()
        if engine_digest() == before:
            print(source)
        source.write_text(text)
    engine_digest.cache_clear()
    assert engine_digest() == before
    print(len(sources))
"""


@pytest.mark.slow
def test_an_edit_of_any_source_of_the_engine_changes_its_digest(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "edited" / "forpass")
    (count,) = python(DIGESTS, tmp_path / "kernels", PYTHONPATH=tmp_path / "edited")
    assert int(count) > 30


SCORE = """
    import sys
    import numpy as np
    import forpass as fp
    from forpass.maths import activations, xp
    from forpass.maths.activations import ACTIVATIONS
    import forpass.spec.network

    {before}
    data = fp.Data(np.linspace(-1, 1, 40).reshape(10, 4), targets=np.ones(10))
    spec = fp.multilayer(4, [8], 1, "squared", activation="selu")
    for engine in ("compiled", "numpy"):
        model = fp.train(spec, fp.TrainingSpec(epochs=1, dtype="float64"), data, engine=engine)
        print(round(model.history[0].training_loss, 9))
"""


@pytest.mark.slow
def test_an_edit_after_the_import_misleads_no_later_process(tmp_path):
    edited = shutil.copytree(SOURCE, tmp_path / "edited" / "forpass")
    path = edited / "maths" / "activations.py"
    edit = f"""
    text = open({str(path)!r}).read()
    assert "SELU_SCALE = " in text
    open({str(path)!r}, "w").write(text.replace("SELU_SCALE = ", "SELU_SCALE = 1.0 + "))
    """
    where = {"PYTHONPATH": edited.parent, "PYTHONDONTWRITEBYTECODE": 1}
    first = python(SCORE.format(before=edit), tmp_path / "kernels", **where)
    second = python(SCORE.format(before=""), tmp_path / "kernels", **where)
    assert first[0] == first[1] != second[0] == second[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "replaced",
    [
        "activations.SELU_SCALE = 1.5",
        """
    import functools
    @functools.wraps(activations.selu)
    def other(Z): return xp.where(Z > 0, Z, 0.5 * Z)
    ACTIVATIONS._records["selu"] = ACTIVATIONS["selu"]._replace(function=other, with_slope=None)
    """,
    ],
    ids=["a constant", "a formula that says it is another"],
)
def test_what_is_replaced_in_one_process_is_not_found_by_another(replaced, tmp_path):
    right = python(SCORE.format(before=""), tmp_path / "kernels")
    other = python(SCORE.format(before=replaced), tmp_path / "kernels")
    assert right[0] == right[1] != other[0] == other[1]
    shutil.rmtree(tmp_path / "kernels")
    assert python(SCORE.format(before=replaced), tmp_path / "kernels") == other
    assert python(SCORE.format(before=""), tmp_path / "kernels") == right


def test_a_constant_that_changes_in_one_process_is_noticed(monkeypatch):
    data = forpass.Data([[-1.0, 0.5], [2.0, -3.0]], targets=[1.0, 0.0])
    spec = forpass.multilayer(2, [4], 1, "squared", activation="selu")
    found = {}
    for scale in (1.05, 2.0):
        monkeypatch.setattr("forpass.maths.activations.SELU_SCALE", scale)
        for engine in ("compiled", "numpy"):
            model = forpass.train(spec, forpass.TrainingSpec(epochs=1, dtype="float64"), data, engine=engine)
            found[scale, engine] = model.history[0].training_loss
    assert found[1.05, "compiled"] != pytest.approx(found[2.0, "compiled"])
    for scale in (1.05, 2.0):
        assert found[scale, "compiled"] == pytest.approx(found[scale, "numpy"], rel=1e-12)


@pytest.mark.slow
def test_without_sources_the_compiled_files_tell_versions_apart(tmp_path):
    for name, scale in (("one", "1.0 * "), ("two", "2.0 * ")):
        copy = shutil.copytree(SOURCE, tmp_path / name / "forpass")
        path = copy / "maths" / "activations.py"
        path.write_text(path.read_text().replace("SELU_SCALE = ", f"SELU_SCALE = {scale}"))
        compileall.compile_dir(copy, quiet=1, legacy=True)
        for source in copy.rglob("*.py"):
            source.unlink()
    found = [
        python(SCORE.format(before=""), tmp_path / "kernels", PYTHONPATH=tmp_path / name)
        for name in ("one", "two")
    ]
    assert found[0][0] == found[0][1] != found[1][0] == found[1][1]


HANDING_ON = (".links", ".recording", ".operations", ".passes", ".step")


def test_kernels_name_formulas_only_of_modules_whose_digest_counts():
    named = {module.__name__ for module in NAMED_IN_KERNELS}
    for name, module in list(sys.modules.items()):
        if not name.startswith("forpass.engines.compiled.") or name.endswith(HANDING_ON):
            continue  # those hand formulas to kernels, whose digests then count one by one
        for value in vars(module).values():
            home = getattr(value, "__module__", getattr(value, "__name__", ""))
            if callable(value) and str(home).startswith("forpass.maths."):
                assert home in named, f"{name} names {value}"


def broken(code: Code, rows: Integer) -> None:
    """A kernel with a fault of ours."""
    code.no_such_thing(rows)


def test_a_fault_of_a_kernel_without_formulas_is_said_as_it_is():
    with pytest.raises(AttributeError, match="no_such_thing"):
        kernel_address(broken, "float32", 0, (), "")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    compiled, fingerprint = python(TRAIN, blocked)
    assert int(compiled) > 5
    assert python(TRAIN, tmp_path / "elsewhere")[1] == fingerprint


@pytest.mark.slow
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


@pytest.mark.slow
def test_kernels_that_have_changed_places_compute_what_they_should(tmp_path):
    _, fingerprint = python(TRAIN, tmp_path)
    files = sorted(tmp_path.glob("*/*"))
    contents = [file.read_bytes() for file in files]
    random.Random(0).shuffle(contents)
    changed = 0
    for file, content in zip(files, contents, strict=True):
        changed += file.read_bytes() != content
        file.write_bytes(content)
    assert python(TRAIN, tmp_path) == [str(changed), fingerprint]
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
    foreign = tmp_path / ("f" * 64)
    foreign.mkdir()
    for version in ("old", "recent"):
        store.write(version, "digest", b"code")
    for folder in (tmp_path / "forpass-kernels-old", foreign):
        os.utime(folder, (0, 0))
    store.write("new", "digest", b"code")
    kept = {"forpass-kernels-recent", "forpass-kernels-new", foreign.name}
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.slow
def test_two_cold_processes_at_once(tmp_path):
    env = os.environ | {"FORPASS_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(TRAIN)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) for _ in range(2)]
    found = {process.communicate()[0].split()[1] for process in both}
    assert len(found) == 1
    assert python(TRAIN, tmp_path) == ["0", *found]


def test_without_a_home_folder_everything_is_compiled_in_memory(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("FORPASS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", homeless)
    assert store.folder() is None
    store.write("version", "digest", b"code")
    assert store.read("version", "digest") is None


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
