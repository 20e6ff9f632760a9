"""Try an installed forpass, as somebody who has only the wheel and what it asks for: train, save, load.

path/to/environment/bin/python .ci/try_wheel.py
"""

import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import forpass as fp


def main() -> None:
    """Stop with an AssertionError where the wheel lacks something."""
    package = Path(fp.__file__).parent
    assert package.is_relative_to(sys.prefix), f"{package} is not what was installed in {sys.prefix}"
    assert (package / "py.typed").is_file()
    table = {
        "size": [float(i % 23) for i in range(200)],
        "kind": ["flat" if i % 3 else "house" for i in range(200)],
        "dear": ["yes" if i % 23 + 7 * (i % 3 > 0) > 16 else "no" for i in range(200)],
    }
    model = fp.train_table(table, "dear", hidden=(8,), epochs=20)
    with TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.forpass")
        again = fp.load(Path(folder) / "model.forpass")
    assert again.fingerprint() == model.fingerprint()
    assert again.predict(table).tolist() == model.predict(table).tolist()
    estimator = fp.TableClassifier((8,), max_iter=20, random_state=0)
    accuracy = estimator.fit([[x] for x in table["size"]], table["dear"]).score(
        [[x] for x in table["size"]], table["dear"]
    )
    print(f"forpass {version('forpass')} trains, saves and loads; accuracy of a small fit: {accuracy:.2f}")


if __name__ == "__main__":
    main()
