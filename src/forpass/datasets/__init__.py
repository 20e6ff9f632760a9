"""Tables from files (a map stands at the top of `files`) and by name (`named`)."""

from forpass.datasets.files import TableFile, TableForm, read_table, read_table_file
from forpass.datasets.long import MAX_MEMORY, LongTable, bytes_in_memory, open_long_table
from forpass.datasets.named import DATASETS, DatasetRecord, NamedDataset, fetch_from_openml, load_dataset
from forpass.datasets.sources import MAX_BYTES, without_ending

__all__ = [
    "DATASETS",
    "DatasetRecord",
    "bytes_in_memory",
    "fetch_from_openml",
    "load_dataset",
    "LongTable",
    "MAX_BYTES",
    "MAX_MEMORY",
    "NamedDataset",
    "open_long_table",
    "read_table",
    "read_table_file",
    "TableFile",
    "TableForm",
    "without_ending",
]
