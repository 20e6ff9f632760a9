"""Tables from files (a map stands at the top of `files`) and by name (`named`)."""

from forpass.datasets.files import TableFile, TableForm, read_table, read_table_file
from forpass.datasets.named import DATASETS, DatasetRecord, NamedDataset, fetch_from_openml, load_dataset
from forpass.datasets.sources import MAX_BYTES, without_ending

__all__ = [
    "DATASETS",
    "DatasetRecord",
    "fetch_from_openml",
    "load_dataset",
    "MAX_BYTES",
    "NamedDataset",
    "read_table",
    "read_table_file",
    "TableFile",
    "TableForm",
    "without_ending",
]
