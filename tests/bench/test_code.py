"""The digest of sources: what decides figures is in it, and nothing is left out by being new."""

import pytest

from forpass.bench.tables import code


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in (*code.NEVER, "maths", "recipes"):
        (tmp_path / name).mkdir()
    for name in ("bench/page.py", "maths/losses.py", "recipes/blending.py"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(code, "ROOT", tmp_path)
    return tmp_path


def test_only_what_is_left_out_may_change(root):
    whole, trained = code.digest_of_code(), code.digest_of_code(["recipes/blending.py"])
    (root / "bench" / "page.py").write_text("2")
    assert code.digest_of_code() == whole
    (root / "recipes" / "blending.py").write_text("2")
    assert code.digest_of_code() != whole and code.digest_of_code(["recipes/blending.py"]) == trained
    (root / "recipes" / "new.py").write_text("1")
    assert code.digest_of_code(["recipes/blending.py"]) != trained


def test_what_is_left_out_must_be_there(root):
    with pytest.raises(FileNotFoundError, match=r"gone\.py is to be left out"):
        code.digest_of_code(["gone.py"])
