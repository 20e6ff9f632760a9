"""The file: whole or refused, and never anything else."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import safetensors.numpy
from examples import examples
from later import later

import forpass as fp
from forpass.model import archive
from forpass.model.archive import read_archive, write_archive

load_iris = later("sklearn.datasets", "load_iris")


@pytest.fixture(scope="module")
def table_model():
    table = load_iris(as_frame=True).frame
    table["colour"] = np.where(np.arange(150) % 3 == 0, "röd", "grøn")
    table.loc[::10, "sepal length (cm)"] = np.nan
    return fp.train_table(table, "target", hidden=(6,), epochs=3), table


@pytest.fixture(scope="module")
def whole(table_model, tmp_path_factory):
    return table_model[0].save(tmp_path_factory.mktemp("whole") / "net.forpass").read_bytes()


# -- damage --------------------------------------------------------------------------------------
def test_every_truncation_is_refused(whole, tmp_path):
    file = tmp_path / "net.forpass"
    header = 8 + int.from_bytes(whole[:8], "little")
    rng = np.random.default_rng(1)
    lengths = {*range(20), *range(header - 5, header + 6), *range(len(whole) - 20, len(whole))}
    for length in sorted(lengths | set(rng.integers(0, len(whole), 100).tolist())):
        file.write_bytes(whole[:length])
        with pytest.raises(fp.ModelFileError):
            fp.load(file)


def test_every_flipped_bit_is_refused(whole, tmp_path):
    file = tmp_path / "net.forpass"
    rng = np.random.default_rng(2)
    places = [*range(64), *range(len(whole) - 16, len(whole)), *rng.integers(0, len(whole), examples(400))]
    for place in places:
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(broken)
        with pytest.raises(fp.ModelFileError):
            fp.load(file)


def test_what_is_added_cut_out_or_exchanged_is_refused(whole, tmp_path):
    file = tmp_path / "net.forpass"
    rng = np.random.default_rng(3)
    for _ in range(100):
        a, b = sorted(rng.integers(0, len(whole), 2).tolist())
        for broken in (whole[:a] + whole[b:], whole[:b] + whole[a:], whole[:a] + bytes(b - a) + whole[b:]):
            if broken == whole:
                continue
            file.write_bytes(broken)
            with pytest.raises(fp.ModelFileError):
                fp.load(file)


# -- foreign files -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"hello",
        b"a,b,c\n1,2,3\n" * 50,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        (2**63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (24).to_bytes(8, "little") + b'{"__metadata__":"forpa"}',
        (5000).to_bytes(8, "little") + b"[" * 5000,
    ],
)
def test_foreign_files(content, tmp_path):
    file = tmp_path / "net.forpass"
    file.write_bytes(content)
    with pytest.raises(fp.ModelFileError, match="is not a forpass model file"):
        fp.load(file)


def test_a_safetensors_file_of_somebody_else(tmp_path):
    file = tmp_path / "net.forpass"
    for metadata in (None, {"format": "pt"}, {"forpass": "3"}, {"forpass": "{}"}, {"forpass": "no JSON"}):
        safetensors.numpy.save_file({"W1": np.zeros((2, 2), np.float32)}, file, metadata=metadata)
        with pytest.raises(fp.ModelFileError, match="is not a forpass model file"):
            fp.load(file)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(fp.ModelFileError, match=r"cannot read .*No such file"):
        fp.load(tmp_path / "nowhere.forpass")
    with pytest.raises(fp.ModelFileError, match="cannot read"):
        fp.load(tmp_path)


def test_a_checkpoint_is_no_model(tmp_path):
    file = tmp_path / "run.checkpoint"
    fp.train(
        fp.multilayer(2, [], 1, "squared"),
        fp.TrainingSpec(epochs=1),
        fp.Data(np.ones((4, 2)), targets=np.ones(4)),
        checkpoint=file,
    )
    with pytest.raises(fp.ModelFileError, match="is a forpass checkpoint file; a model file is wanted here"):
        fp.load(file)


def test_a_newer_schema_is_refused_by_name(table_model, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "SCHEMA", 4)
    file = table_model[0].save(tmp_path / "net.forpass")
    monkeypatch.undo()
    with pytest.raises(
        fp.ModelFileError, match="has schema 4, but this forpass knows schemas up to 3; update"
    ):
        fp.load(file)


NUMBERS = [0.1, -0.0, float("nan"), float("inf"), float("-inf"), None, "nan", 10**400]


def test_numbers_that_json_lacks_come_back_as_they_were(tmp_path):
    content = {"figures": {"float": 0.5, "r2": NUMBERS}, "float": {"float": "text"}}
    read = read_archive(write_archive(tmp_path / "f", "model", {}, content), "model").content
    assert repr(read) == repr(content)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_file_that_holds_them_otherwise_is_refused(tmp_path, monkeypatch, word):
    """Other readers would not read it."""
    monkeypatch.setattr(archive, "_without_nan", lambda value: value)
    file = write_archive(tmp_path / "f", "model", {}, {"figure": float(word.replace("Infinity", "inf"))})
    assert word.encode() in file.read_bytes()
    with pytest.raises(fp.ModelFileError, match="was altered"):
        read_archive(file, "model")


@pytest.mark.parametrize("wrong", [None, "1", 1.5, True, -1, 0, [1]])
def test_a_schema_that_is_no_number(table_model, tmp_path, monkeypatch, wrong):
    monkeypatch.setattr(archive, "SCHEMA", wrong)
    file = table_model[0].save(tmp_path / "net.forpass")
    monkeypatch.undo()
    with pytest.raises(fp.ModelFileError, match="schema"):
        fp.load(file)


def forge(file, **changed):
    """Change the content of a file and sign it anew."""
    _, arrays, content = read_archive(file, "model")
    write_archive(file, "model", changed.pop("arrays", arrays), content | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"spec": None},
        {"spec": {"is": "os.system", "command": "true"}},
        {"spec": {"is": "NetworkSpec", "n_features": 4}},
        {"spec": {"is": "Dense", "units": 3}},
        {"spec": 7},
        {"training": {"is": "TrainingSpec", "epochs": -1}},
        {"training": {"is": "Dense", "units": 3}},
        {"training": [1, 2]},
        {"preprocessing": 5},
        {"preprocessing": {}},
        {"preprocessing": {"schema": 99, "columns": [], "target": None}},
        {"preprocessing": {"schema": "1", "columns": [], "target": None}},
        {"arrays": {}},
        {"arrays": {"parameters": np.zeros(3, np.float32), "buffers": np.zeros(0, np.float32)}},
        {"arrays": {"parameters": np.zeros(0, np.int64), "buffers": np.zeros((2, 2))}},
    ],
)
def test_a_signed_file_of_nonsense(table_model, tmp_path, changed):
    file = table_model[0].save(tmp_path / "net.forpass")
    forge(file, **changed)
    with pytest.raises(fp.ModelFileError):
        fp.load(file)


def test_arrays_of_a_type_that_is_none_of_ours(table_model, tmp_path):
    model = table_model[0]
    file = model.save(tmp_path / "net.forpass")
    forge(file, arrays={"parameters": model.parameters.astype(np.int64), "buffers": model.buffers})
    with pytest.raises(fp.ModelFileError):
        fp.load(file)


def test_text_that_cannot_be_written_again(table_model, tmp_path):
    """A lone surrogate can stand in JSON, but not in a file."""
    file = table_model[0].save(tmp_path / "net.forpass")
    blob = file.read_bytes()
    size = int.from_bytes(blob[:8], "little")
    outer = json.loads(blob[8 : 8 + size])
    head = json.loads(outer["__metadata__"]["forpass"])
    head["content"]["provenance"]["note"] = "\ud800"
    outer["__metadata__"]["forpass"] = json.dumps(head)
    packed = json.dumps(outer).encode()
    packed += b" " * (-len(packed) % 8)
    file.write_bytes(len(packed).to_bytes(8, "little") + packed + blob[8 + size :])
    with pytest.raises(fp.ModelFileError, match="altered"):
        fp.load(file)


# -- writing -------------------------------------------------------------------------------------
def test_the_same_content_is_the_same_file(tmp_path):
    arrays = {"b": np.arange(3.0), "a": np.zeros((0, 4), np.float32)}
    files = [
        write_archive(tmp_path / name, "model", dict(pairs), {"x": 1, "y": ["é", None]})
        for name, pairs in (("1", arrays.items()), ("2", reversed(arrays.items())))
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    _, read, content = read_archive(files[0], "model")
    assert content == {"x": 1, "y": ["é", None]}
    for name, array in arrays.items():
        assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(read[name], array)


def test_arrays_that_are_not_contiguous(tmp_path):
    array = np.arange(24.0).reshape(4, 6)[::2, ::-1].T
    write_archive(tmp_path / "file", "model", {"a": array}, {})
    np.testing.assert_array_equal(read_archive(tmp_path / "file", "model").arrays["a"], array)


def test_a_place_that_does_not_exist(table_model, tmp_path):
    with pytest.raises(fp.InputError, match=r"cannot write .*nowhere.net\.forpass: .*; choose another place"):
        table_model[0].save(tmp_path / "nowhere" / "net.forpass")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way(table_model, tmp_path):
    (tmp_path / "net.forpass").mkdir()
    with pytest.raises(fp.InputError, match="cannot write"):
        table_model[0].save(tmp_path / "net.forpass")
    assert [path.name for path in tmp_path.iterdir()] == ["net.forpass"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(table_model, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(fp.InputError, match="cannot write"):
            table_model[0].save(tmp_path / "net.forpass")
    finally:
        tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_write_that_fails_leaves_the_old_file(table_model, whole, tmp_path, monkeypatch, call, code):
    file = tmp_path / "net.forpass"
    file.write_bytes(whole)

    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(fp.InputError, match=f"cannot write .*{os.strerror(code)}"):
        table_model[0].save(file)
    monkeypatch.undo()
    assert file.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["net.forpass"]
    assert fp.load(file).fingerprint() == table_model[0].fingerprint()


def test_ctrl_c_while_writing_leaves_no_temporary_file(table_model, tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        table_model[0].save(tmp_path / "net.forpass")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
def test_the_file_may_be_read_by_whom_a_plain_file_may(table_model, tmp_path):
    (tmp_path / "plain").write_text("")
    file = table_model[0].save(tmp_path / "net.forpass")
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_links_devices_and_modes_stay(tmp_path):
    from forpass.model.files import whole_file

    def write(path):
        with whole_file(path) as file:
            file.write(b"new")

    (tmp_path / "real").write_bytes(b"old")
    os.chmod(tmp_path / "real", 0o600)
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_bytes() == b"new"
    assert os.stat(tmp_path / "real").st_mode & 0o777 == 0o600
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write(tmp_path / "pipe")
    assert os.read(reader, 10) == b"new" and (tmp_path / "pipe").is_fifo()
    os.close(reader)
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe", "real"]


def test_what_killed_writers_left_is_taken_away(table_model, tmp_path):
    from forpass.model.files import whole_file

    file = tmp_path / "net.forpass"
    left = [tmp_path / f".net.forpass.{number:08x}.part" for number in range(3)]
    others = [
        ".net.forpass.original",
        ".other.forpass.00000000.part",
        "net.forpass.00000000.part",
        ".net.forpass.0.part",
    ]
    for path in [*left, *(tmp_path / name for name in others)]:
        path.write_bytes(b"half")
    with whole_file(file) as first:
        first.write(b"whole")
        (writing,) = {path.name for path in tmp_path.iterdir()} - set(others)
        table_model[0].save(file)  # a second writer: the first is at work and stays
        assert (tmp_path / writing).exists()
    assert file.read_bytes() == b"whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, *others])


KILLED = """
    import os, signal, sys
    import forpass as fp
    from forpass.training import checkpoint

    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    spec, place = fp.multilayer(1, [4], 1, "squared"), sys.argv[1]
    real = os.fsync
    def killed(handle):
        if writes.append(0) or len(writes) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        real(handle)
    writes = []
    os.fsync = killed
    fp.train(spec, fp.TrainingSpec(epochs=5), data, checkpoint=place)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are a matter of POSIX")
def test_a_run_that_was_killed_leaves_nothing_beside_its_checkpoint(tmp_path):
    place = tmp_path / "run"
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(place)]
    assert subprocess.run(command, check=False, timeout=100).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    model = fp.resume(place, data)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    whole = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=5), data)
    assert model.fingerprint() == whole.fingerprint()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
def test_saving_asks_for_the_umask_of_nobody(table_model, tmp_path, monkeypatch):
    """It is the whole process's: another thread would make files that all may write to."""
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was changed"))
    file = table_model[0].save(tmp_path / "net.forpass")
    (tmp_path / "plain").write_text("")
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
def test_what_is_private_is_private_while_it_is_written(tmp_path):
    from forpass.model.files import whole_file

    file = tmp_path / "net.forpass"
    file.write_bytes(b"old")
    file.chmod(0o600)
    with whole_file(file) as new:
        assert os.fstat(new.fileno()).st_mode & 0o777 == 0o600
