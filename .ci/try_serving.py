"""Try forpass.serving where nothing but NumPy is installed beside forpass: read files, answer rows.

path/to/environment/bin/python .ci/try_serving.py MODEL ...
"""

import importlib.metadata
import json
import sys

from forpass import serving

INSTALLED = {"forpass", "numpy", "pip", "setuptools"}


def main(paths: list[str]) -> None:
    """Stop with an AssertionError where more is installed, or a model gives no answer."""
    found = {distribution.name for distribution in importlib.metadata.distributions()}
    assert found <= INSTALLED, found
    for path in paths:
        served = serving.load(path)
        answer = served({column.name: column.example for column in served.columns})
        print(path, json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
