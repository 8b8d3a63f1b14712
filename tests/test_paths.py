"""Where things are kept: under one folder if asked for, for the owner's eyes only, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsh import paths
from recsh.errors import StoreError


def test_recsh_home_counts_at_the_moment_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        monkeypatch.setenv("RECSH_HOME", str(tmp_path / name))
        assert [paths.config_dir(), paths.data_dir(), paths.cache_dir()] == [tmp_path / name / kind for kind in ("config", "data", "cache")]
    monkeypatch.delenv("RECSH_HOME")
    assert len({paths.config_dir(), paths.cache_dir()}) == 2 and "recsh" in str(paths.data_dir())


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    paths.write_private(tmp_path / "new" / "file", "text")
    assert (tmp_path / "new" / "file").read_text(encoding="utf-8") == "text"
    assert (tmp_path / "new").stat().st_mode & 0o077 == (tmp_path / "new" / "file").stat().st_mode & 0o077 == 0


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """And no half file; the error says what to do."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreError) as caught:
        paths.write_private(tmp_path / "taken", "text")
    assert "RECSH_HOME" in caught.value.hint and [p.name for p in tmp_path.iterdir()] == ["taken"]
    (tmp_path / "file").write_text("old", encoding="utf-8")
    with pytest.raises(StoreError):
        paths.write_private(tmp_path / "file" / "below", "text")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


def test_what_ships_with_recsh_is_there() -> None:
    for parts in (("models", "recsh-mini.gguf"), ("sample_data", "music.csv")):
        assert paths.bundled(*parts).is_file()
