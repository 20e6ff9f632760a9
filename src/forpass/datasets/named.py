"""Data sets by name, to try things on.

Four come with scikit-learn. The others are read from the folder named by the environment variable
FORPASS_DATA where it is set, else fetched once from OpenML and kept in scikit-learn's cache.
"""

from __future__ import annotations

import gzip
import importlib
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.datasets.files import read_table
from forpass.errors import TableError, UnknownNameError

__all__ = ["DATASETS", "DatasetRecord", "NamedDataset", "fetch_from_openml", "load_dataset"]

Frame = dict[str, NDArray[Any]]
Fetch = Callable[[int], Frame]

FAULTS = ("Pastry", "Z_Scratch", "K_Scatch", "Stains", "Dirtiness", "Bumps", "Other_Faults")

# fmt: off
STEEL = (
    "X_Minimum", "X_Maximum", "Y_Minimum", "Y_Maximum", "Pixels_Areas", "X_Perimeter", "Y_Perimeter",
    "Sum_of_Luminosity", "Minimum_of_Luminosity", "Maximum_of_Luminosity", "Length_of_Conveyer",
    "TypeOfSteel_A300", "TypeOfSteel_A400", "Steel_Plate_Thickness", "Edges_Index", "Empty_Index",
    "Square_Index", "Outside_X_Index", "Edges_X_Index", "Edges_Y_Index", "Outside_Global_Index", "LogOfAreas",
    "Log_X_Index", "Log_Y_Index", "Orientation_Index", "Luminosity_Index", "SigmoidOfAreas",
)
ABALONE = (
    "Sex", "Length", "Diameter", "Height", "WholeWeight", "ShuckedWeight", "VisceraWeight", "ShellWeight",
)
PULSAR = (
    "meanprof", "sd-prof", "exk-prof", "skewness-prof",
    "meandmsnr", "sd-dmsnr", "exk-dmsnr", "skewness-dmsnr",
)
# fmt: on
PIXELS = tuple(f"pixel{i}" for i in range(784))


@dataclass(frozen=True)
class DatasetRecord:
    """One row of the table of named data sets.

    Attributes
    ----------
    name : str
    rows, columns : int
        Of features; target columns are not counted.
    task : str
        ``"classification"`` or ``"regression"``.
    target : tuple of str
        The target column or columns.
    description, source, licence : str
    n_train : int or None
        Where the publisher says which rows are for training: how many from the top.
    file : str
        Where it lies in FORPASS_DATA; "" for one that comes with scikit-learn.
    openml : int
        Its number on OpenML; 0 for one that comes with scikit-learn.
    features : tuple of str
        The names of the feature columns, in the publisher's order, where OpenML has others.
    """

    name: str
    rows: int
    columns: int
    task: str
    target: tuple[str, ...]
    description: str
    source: str
    licence: str
    n_train: int | None = None
    file: str = ""
    openml: int = 0
    features: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class NamedDataset:
    """A data set, loaded.

    Attributes
    ----------
    name : str
    frame : dict of str to ndarray (n,)
        Feature columns and target columns; `forpass.preprocessing.read_columns` takes it as it is.
    target : str or tuple of str
    task, description, source, licence : str
    n_train : int or None
        How many rows from the top are for training, where the publisher says so.
    """

    name: str
    frame: Frame
    target: str | tuple[str, ...]
    task: str
    description: str
    source: str
    licence: str
    n_train: int | None = None

    def __repr__(self) -> str:
        target = self.target if isinstance(self.target, str) else ", ".join(self.target)
        rows = len(next(iter(self.frame.values())))
        return f"<NamedDataset {self.name}: {self.description}; {rows:,} rows, target {target} ({self.task})>"


BSD = "as distributed with scikit-learn (BSD-3-Clause)"
UCI = "CC BY 4.0"

# fmt: off
_RECORDS = (
    DatasetRecord("iris", 150, 4, "classification", ("species",),
        "three species of iris from four measurements of their flowers", "Fisher 1936, UCI 53", UCI),
    DatasetRecord("wine", 178, 13, "classification", ("cultivar",),
        "three cultivars of wine from a chemical analysis", "Forina, UCI 109", UCI),
    DatasetRecord("breast_cancer", 569, 30, "classification", ("diagnosis",),
        "malignant or benign, from cell nuclei in an image",
        "Wolberg, Street, Mangasarian 1995, UCI 17", UCI),
    DatasetRecord("diabetes", 442, 10, "regression", ("progression",),
        "progression of diabetes after a year", "Efron, Hastie, Johnstone, Tibshirani 2004", BSD),
    DatasetRecord("digits", 1797, 64, "classification", ("digit",),
        "handwritten digits, 8 x 8 pixels of 0 to 16", "Alpaydin, Kaynak 1998, UCI 80 (test part)", UCI),
    DatasetRecord("abalone", 4177, 8, "regression", ("Rings",),
        "rings in the shell of an abalone, its age, from sex, size and weights",
        "Nash et al. 1994, UCI 1", UCI, file="abalone/abalone.csv", openml=183, features=ABALONE),
    DatasetRecord("pulsar", 17898, 8, "classification", ("class",),
        "pulsars among candidates of the HTRU survey (9 percent), from eight statistics of the signal",
        "Lyon et al. 2016, UCI 372 (HTRU2)", UCI,
        file="htru2/pulsar_stars.csv", openml=45558, features=PULSAR),
    DatasetRecord("steel", 1941, 27, "classification", FAULTS,
        "seven kinds of faults of steel plates, as seven columns of 0 and 1",
        "Buscema, Terzi, Tastle 2010, UCI 198", UCI, file="steel/faults.csv", openml=40982, features=STEEL),
    DatasetRecord("mnist", 70000, 784, "classification", ("digit",),
        "handwritten digits, 28 x 28 pixels of 0 to 255; the first 60,000 are for training",
        "LeCun, Cortes, Burges 1998", "CC BY-SA 3.0 (as usually cited)", n_train=60000,
        file="mnist", openml=554, features=PIXELS),
)
# fmt: on

DATASETS: Mapping[str, DatasetRecord] = {record.name: record for record in _RECORDS}

MNIST_FILES = ("train-images-idx3", "t10k-images-idx3", "train-labels-idx1", "t10k-labels-idx1")


def fetch_from_openml(number: int) -> Frame:
    """Fetch a data set from OpenML, or take it from scikit-learn's cache; the target is the last column."""
    # parser="liac-arff" is the one that needs no pandas; its text columns come as numbers of categories
    bunch = _sklearn_datasets().fetch_openml(data_id=number, as_frame=False, parser="liac-arff")
    frame: Frame = {}
    for j, name in enumerate(bunch.feature_names):
        column = np.asarray(bunch.data[:, j])
        if bunch.categories and name in bunch.categories:
            column = np.array(bunch.categories[name], dtype=object)[column.astype(np.int64)]
        frame[name] = column
    frame[str(bunch.target_names[0])] = np.asarray(bunch.target)
    return frame


def load_dataset(
    name: str, *, folder: str | Path | None = None, fetch: Fetch = fetch_from_openml
) -> NamedDataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        One of `DATASETS`.
    folder : path, optional
        Where files lie (``steel/faults.csv`` ...); the environment variable FORPASS_DATA when not given.
    fetch : callable
        Takes an OpenML number and returns columns, the target last; for tests.

    Returns
    -------
    NamedDataset

    Raises
    ------
    UnknownNameError
        For a name that `DATASETS` does not have.
    TableError
        When a file is not in the folder or is damaged, or the download failed; the message says how to get
        the data.

    Examples
    --------
    >>> found = load_dataset("iris")
    >>> found.target, len(found.frame[found.target])
    ('species', 150)
    """
    if name not in DATASETS:
        raise UnknownNameError("data set", name, DATASETS)
    record = DATASETS[name]
    folder = folder or os.environ.get("FORPASS_DATA")
    if not record.openml:
        frame = _from_sklearn(record)
    elif folder:
        frame = _from_folder(record, Path(folder))
    else:
        frame = _from_openml(record, fetch)
    rows = len(next(iter(frame.values())))
    if (rows, len(frame)) != (record.rows, record.columns + len(record.target)):
        raise TableError(
            f"the data set {name!r} came with {rows} rows and {len(frame)} columns where it has "
            f"{record.rows} and {record.columns + len(record.target)}; {_remedy(record)}"
        )
    target = record.target if len(record.target) > 1 else record.target[0]
    return NamedDataset(
        name, frame, target, record.task, record.description, record.source, record.licence, record.n_train
    )


def _remedy(record: DatasetRecord) -> str:
    wanted = f"{record.file}/*-ubyte.gz" if record.name == "mnist" else record.file
    return (
        f"set FORPASS_DATA to a folder with {wanted} in it" if record.file else "install scikit-learn again"
    )


def _sklearn_datasets() -> Any:
    """Import scikit-learn's data sets where they are used: they take a second."""
    return importlib.import_module("sklearn.datasets")


def _from_sklearn(record: DatasetRecord) -> Frame:
    """Take one of the data sets that come with scikit-learn."""
    bunch = getattr(_sklearn_datasets(), f"load_{record.name}")()
    names = [str(n) for n in bunch.feature_names]
    data = bunch.data.astype(np.uint8) if record.name == "digits" else bunch.data
    frame: Frame = {n: np.ascontiguousarray(data[:, j]) for j, n in enumerate(names)}
    if record.name in ("iris", "breast_cancer"):  # the others' classes have numbers for names
        frame[record.target[0]] = np.array(bunch.target_names, dtype=object)[bunch.target]
    else:
        frame[record.target[0]] = bunch.target
    return frame


def _from_folder(record: DatasetRecord, folder: Path) -> Frame:
    """Read it from the folder FORPASS_DATA."""
    if not folder.is_dir():
        raise TableError(f"FORPASS_DATA names {folder}, which is no folder; {_remedy(record)}, or unset it")
    path = folder / record.file
    if record.name == "mnist":
        return _mnist(*(_idx(path / f"{part}-ubyte.gz") for part in MNIST_FILES))
    if not path.is_file():
        raise TableError(f"there is no file {path}; {_remedy(record)}")
    table = read_table(path)
    return {
        name: column.to_numpy() if column.dtype.is_numeric() else np.array(column.to_list(), dtype=object)
        for name, column in zip(table.columns, table.iter_columns(), strict=True)
    }


def _mnist(
    train: NDArray[np.uint8],
    test: NDArray[np.uint8],
    train_labels: NDArray[np.uint8],
    test_labels: NDArray[np.uint8],
) -> Frame:
    # column by column in memory, as columns are what is read
    pixels = np.asfortranarray(np.concatenate([train, test]).reshape(-1, len(PIXELS)))
    frame: Frame = {name: pixels[:, j] for j, name in enumerate(PIXELS)}
    frame["digit"] = np.concatenate([train_labels, test_labels])
    return frame


def _idx(path: Path) -> NDArray[np.uint8]:
    """Read one of MNIST's files: 0, 0, the type (8: bytes), the number of axes, their lengths, the bytes."""
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise TableError(f"there is no file {path}; {_remedy(DATASETS['mnist'])}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path} is not a whole gzip file ({error}); fetch it again") from None
    axes = content[3] if len(content) > 3 and content[:3] == b"\x00\x00\x08" else 0
    shape = tuple(int(n) for n in np.frombuffer(content[4 : 4 + 4 * axes], dtype=">u4"))
    body = content[4 + 4 * axes :]
    if not axes or len(body) != int(np.prod(shape)):
        raise TableError(f"{path} is no file of MNIST (an IDX file of bytes); fetch it again")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _from_openml(record: DatasetRecord, fetch: Fetch) -> Frame:
    """Fetch it, and give its columns the publisher's names, so that both sources are one data set."""
    try:
        fetched = fetch(record.openml)
    except Exception as error:  # noqa: BLE001 - a download may fail in any way
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise TableError(
            f"the data set {record.name!r} (OpenML {record.openml}) could not be fetched ({reason}); "
            f"{_remedy(record)}"
        ) from None
    *features, target = fetched.values()
    if len(features) != len(record.features):
        raise TableError(
            f"OpenML {record.openml} came with {len(features)} features where {record.name!r} has "
            f"{len(record.features)}; {_remedy(record)}"
        )
    frame = dict(zip(record.features, features, strict=True))
    if record.name == "steel":
        # one text label a row there, seven columns of 0 and 1 at the publisher's
        labels = np.array([str(label).lower().replace("scratch", "scatch") for label in target.tolist()])
        frame |= {f: (labels == f.lower().replace("scratch", "scatch")).astype(np.int64) for f in FAULTS}
    else:
        frame[record.target[0]] = np.array([int(float(label)) for label in target.tolist()])
    return frame
