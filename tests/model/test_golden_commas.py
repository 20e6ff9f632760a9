"""The command reads another table as the model's own was read, whatever schema the model's file has."""

import numpy as np
import pytest
from golden_files import GOLDEN, answered
from later import later

pl = later("polars")


@pytest.mark.slow
@pytest.mark.parametrize("schema", [1, 2, 3])
def test_a_file_with_decimal_commas(schema, forpass, tmp_path):
    folder = GOLDEN / f"schema{schema}"
    code, _, _ = forpass("predict", folder / "comma.forpass", folder / "comma.csv", "--out", "out.csv")
    assert code == 0
    expected = [float(line) for line in answered(schema)["comma"]["predicted"].split()[1:]]
    np.testing.assert_allclose(pl.read_csv(tmp_path / "out.csv")["price"], expected, rtol=1e-5)
