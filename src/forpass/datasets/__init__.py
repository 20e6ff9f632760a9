"""Tables from files and by name."""

from forpass.datasets.files import read_table
from forpass.datasets.named import DATASETS, DatasetRecord, NamedDataset, fetch_from_openml, load_dataset

__all__ = ["DATASETS", "DatasetRecord", "NamedDataset", "fetch_from_openml", "load_dataset", "read_table"]
