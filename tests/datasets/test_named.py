"""Named data sets: the table of them, and each of the three places they come from."""

import functools
import gzip
import struct

import numpy as np
import pytest

from forpass.datasets import DATASETS, load_dataset
from forpass.datasets.named import FAULTS
from forpass.errors import TableError, UnknownNameError

# no date inside, so that the names of tests are the same in every process
packed = functools.partial(gzip.compress, mtime=0)

OFFLINE = [name for name, record in DATASETS.items() if not record.openml]
ELSEWHERE = [name for name, record in DATASETS.items() if record.openml]


def no_download(number):
    raise AssertionError("nothing may be fetched here")


def check(dataset):
    record = DATASETS[dataset.name]
    target = (dataset.target,) if isinstance(dataset.target, str) else dataset.target
    assert target == record.target
    assert len(dataset.frame) == record.columns + len(target)
    assert {len(column) for column in dataset.frame.values()} == {record.rows}
    assert (dataset.task, dataset.n_train) == (record.task, record.n_train)


def test_the_table_is_complete():
    assert list(DATASETS) == [record.name for record in DATASETS.values()]
    for record in DATASETS.values():
        assert record.description and record.source and record.licence
        assert bool(record.file) == bool(record.openml) == bool(record.features)
        assert not record.features or len(set(record.features)) == record.columns


@pytest.mark.parametrize("name", OFFLINE)
def test_some_come_with_scikit_learn(name):
    check(load_dataset(name, fetch=no_download))


@pytest.mark.parametrize("name", ELSEWHERE)
def test_the_others_come_from_the_folder(name, data_folder, monkeypatch):
    monkeypatch.setenv("FORPASS_DATA", str(data_folder))
    dataset = load_dataset(name, fetch=no_download)
    check(dataset)
    assert list(dataset.frame) == [*DATASETS[name].features, *DATASETS[name].target]


@pytest.mark.slow
def test_known_counts(data_folder):
    steel = load_dataset("steel", folder=data_folder).frame
    assert [int(steel[f].sum()) for f in FAULTS] == [158, 190, 391, 72, 55, 402, 673]
    assert load_dataset("pulsar", folder=data_folder).frame["class"].sum() == 1639
    mnist = load_dataset("mnist", folder=data_folder).frame
    assert np.bincount(mnist["digit"][:60000]).tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]
    # the sum of all pixels of the 60,000 training images; their mean is the well-known 33.318
    assert sum(int(mnist[f"pixel{i}"][:60000].sum()) for i in range(784)) / (60000 * 784) == pytest.approx(
        33.3184, abs=1e-4
    )


def test_openml_gives_the_same_names_and_targets_as_the_folder(monkeypatch):
    monkeypatch.delenv("FORPASS_DATA", raising=False)
    asked = []

    def steel(number):
        asked.append(number)
        frame = {f"V{j}": np.full(1941, float(j)) for j in range(27)}
        labels = ["Pastry", "Z_Scratch", "K_Scratch", "Stains", "Dirtiness", "Bumps", "Other_Faults"]
        return frame | {"target": np.array((labels * 278)[:1941], dtype=object)}

    dataset = load_dataset("steel", fetch=steel)
    check(dataset)
    assert asked == [40982]
    assert list(dataset.frame) == [*DATASETS["steel"].features, *FAULTS]
    assert dataset.frame["Y_Minimum"][0] == 2.0
    assert [int(dataset.frame[f][k]) for k, f in enumerate(FAULTS)] == [1] * 7
    assert np.array([dataset.frame[f] for f in FAULTS]).sum(axis=0).tolist() == [1] * 1941


def test_openml_targets_become_whole_numbers(monkeypatch):
    monkeypatch.delenv("FORPASS_DATA", raising=False)

    def abalone(number):
        frame = {f"V{j}": np.zeros(4177) for j in range(8)}
        return frame | {"Class_number_of_rings": np.array(["15"] * 4177, dtype=object)}

    dataset = load_dataset("abalone", fetch=abalone)
    check(dataset)
    assert dataset.frame["Rings"].dtype.kind == "i" and dataset.frame["Rings"][0] == 15


def test_a_failed_download_says_how_to_get_the_data(monkeypatch):
    monkeypatch.delenv("FORPASS_DATA", raising=False)

    def offline(number):
        raise OSError("no route to host\nand more")

    with pytest.raises(
        TableError, match=r"OpenML 45558\) could not be fetched \(no route to host\); set FORPASS_DATA"
    ):
        load_dataset("pulsar", fetch=offline)
    with pytest.raises(TableError, match=r"mnist/\*-ubyte\.gz"):
        load_dataset("mnist", fetch=offline)


def test_a_data_set_of_another_size_is_refused(monkeypatch):
    monkeypatch.delenv("FORPASS_DATA", raising=False)
    with pytest.raises(TableError, match="came with 3 features where 'pulsar' has 8"):
        load_dataset("pulsar", fetch=lambda n: {k: np.zeros(5) for k in "abcd"})
    with pytest.raises(TableError, match="came with 5 rows and 9 columns where it has 17898 and 9"):
        load_dataset("pulsar", fetch=lambda n: {k: np.zeros(5) for k in "abcdefghi"})


def test_a_folder_without_the_file_says_so(tmp_path):
    with pytest.raises(TableError, match=r"no file .*faults\.csv"):
        load_dataset("steel", folder=tmp_path)
    with pytest.raises(TableError, match=r"no file .*train-images-idx3-ubyte\.gz; set FORPASS_DATA"):
        load_dataset("mnist", folder=tmp_path)
    with pytest.raises(TableError, match="which is no folder"):
        load_dataset("steel", folder=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"no gzip", "is not a whole gzip file"),
        (packed(b"\0\0\x08\x03" + struct.pack(">3I", 2, 28, 28) + b"\0" * 100), "is no file of MNIST"),
        (packed(b"\0\0\x0d\x01" + struct.pack(">I", 1) + b"\0"), "is no file of MNIST"),
        (packed(b""), "is no file of MNIST"),
    ],
)
def test_damaged_files_of_mnist_are_refused(tmp_path, content, wanted):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(TableError, match=wanted):
        load_dataset("mnist", folder=tmp_path)


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'abalone'"):
        load_dataset("abalon")


@pytest.mark.slow
def test_fetching_decodes_text_columns(monkeypatch):
    """The numbers that scikit-learn gives for text columns become the text again."""
    from sklearn import datasets
    from sklearn.utils import Bunch

    from forpass.datasets import fetch_from_openml

    def fetch_openml(*, data_id, as_frame, parser):
        assert (data_id, as_frame, parser) == (183, False, "liac-arff")
        return Bunch(
            data=np.array([[0.0, 0.5], [2.0, 0.25]]),
            feature_names=["Sex", "Length"],
            categories={"Sex": ["M", "F", "I"]},
            target=np.array(["7", "9"], dtype=object),
            target_names=["Rings"],
        )

    monkeypatch.setattr(datasets, "fetch_openml", fetch_openml)
    frame = fetch_from_openml(183)
    assert {name: column.tolist() for name, column in frame.items()} == {
        "Sex": ["M", "I"],
        "Length": [0.5, 0.25],
        "Rings": ["7", "9"],
    }
