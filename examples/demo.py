"""Networks in half a minute: handwritten digits, and a table with text and missing values.

Run it with ``make demo``. It writes a table and two models to the folder ``demo/``.
"""

import csv
import subprocess
import sys
from pathlib import Path

from sklearn.datasets import load_diabetes

FOLDER = Path("demo")


def main() -> None:
    """Make a table, train on both, predict with one."""
    FOLDER.mkdir(exist_ok=True)
    table = FOLDER / "diabetes.csv"
    write_diabetes(table)

    headline("1. Digits: 1,797 images of 8 x 8, ten classes")
    forpass("train", "digits", "--preset", "fast", "--out", FOLDER / "digits.forpass")

    headline("2. Diabetes: text columns and missing values")
    print("".join(table.read_text().splitlines(keepends=True)[:4]))
    forpass("train", table, "--target", "progression", "--out", FOLDER / "diabetes.forpass")

    headline("3. What the second model is made of")
    forpass("inspect", FOLDER / "diabetes.forpass")

    headline("4. Gradients, layer by layer, against a numerical derivative")
    forpass("check", FOLDER / "diabetes.forpass")

    headline("5. Its predictions, as a table")
    forpass("predict", FOLDER / "diabetes.forpass", table, "--out", FOLDER / "predictions.csv")
    print(f"\nThe models are in {FOLDER}/. Next: forpass --help, or README.md")


def write_diabetes(path: Path) -> None:
    """Write scikit-learn's diabetes data (442 patients, Efron et al. 2004) as people keep such tables.

    Sex and body mass index become words, and some laboratory values were never taken.
    """
    features, target = load_diabetes(return_X_y=True, scaled=False)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["age", "sex", "weight", "pressure", "s1", "s2", "s3", "s4", "s5", "glucose", "progression"]
        )
        for i, (row, progression) in enumerate(zip(features.tolist(), target.tolist(), strict=True)):
            age, sex, bmi, *laboratory = row
            weight = "normal" if bmi < 25 else "overweight" if bmi < 30 else "obese"
            cells = [int(age), "female" if sex == 1 else "male", "" if i % 17 == 0 else weight, *laboratory]
            cells[6] = "" if i % 11 == 3 else cells[6]
            cells[9] = "NA" if i % 7 == 5 else cells[9]
            writer.writerow([*cells, progression])


def headline(text: str) -> None:
    """Print a headline."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def forpass(*words: object) -> None:
    """Run the command, as one would type it."""
    print("$ forpass", *words, flush=True)
    subprocess.run([sys.executable, "-m", "forpass", *map(str, words)], check=True)


if __name__ == "__main__":
    main()
