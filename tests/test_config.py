"""Settings: flags over variables over the file over defaults, each checked, with an error that names where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsh import config
from recsh.errors import StoreError, UsageError


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """config.toml of an empty home, in its folder."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    for name in config.SETTINGS:
        monkeypatch.delenv(f"RECSH_{name.upper()}", raising=False)
    yield config.config_file()


def test_the_order_of_sources(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.settings()["limit"] == 5
    config.save("limit", "4")
    assert config.settings()["limit"] == 4
    monkeypatch.setenv("RECSH_LIMIT", "3")
    assert config.settings()["limit"] == 3
    assert config.settings({"limit": None})["limit"] == 3
    assert config.settings({"limit": 2})["limit"] == 2
    assert config.sources()["limit"] == (3, "RECSH_LIMIT") and config.sources()["seed"] == (42, "default")
    monkeypatch.setenv("RECSH_LIMIT", "")
    assert config.sources()["limit"] == (4, str(file))


def test_every_default_is_a_value_its_setting_accepts() -> None:
    assert {n: config.checked(n, s.default, n) for n, s in config.SETTINGS.items()} == config.settings()


@pytest.mark.parametrize(("name", "value"), [
    ("limit", "0"), ("limit", "1.5"), ("limit", 1.5), ("limit", True), ("limit", "many"), ("limit", None), ("limit", float("nan")), ("limit", float("inf")), ("diversity", "nan"),
    ("diversity", -0.1), ("temperature", "hot"), ("mode", "guess"), ("format", ""), ("model", 5), ("catalog", ["music"]), ("ctx_size", "100"), ("nope", "1"),
])  # fmt: skip
def test_wrong_values_are_usage_errors(name: str, value: object) -> None:
    """They say by which name the value came, and what would do."""
    with pytest.raises(UsageError) as caught:
        config.checked(name, value, "--somewhere")
    assert caught.value.message.startswith("--somewhere") and caught.value.hint


def test_errors_name_their_source(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("limit = 'x'\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"^{file}: limit has to be"):
        config.settings()
    file.write_text("limit = = 3\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        config.settings()
    with pytest.raises(UsageError, match="not valid TOML"):
        config.save("limit", "3")
    assert file.read_text(encoding="utf-8") == "limit = = 3\n", "a broken file is not written over"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("RECSH_SEED", "-1")
    with pytest.raises(UsageError, match="^RECSH_SEED has to be between 0 and 2,147,483,647"):
        config.settings()


def test_saving_leaves_the_rest_of_the_file_alone(file: Path) -> None:
    """Comments and order stay; a setting taken out leaves no trace; only the owner may read the file."""
    file.parent.mkdir(parents=True)
    file.write_text("# mine\nseed = 7  # lucky\nlimit = 3\n", encoding="utf-8")
    assert config.save("limit", "9") == 9 and config.save("mode", "write") == "write"
    assert file.read_text(encoding="utf-8") == '# mine\nseed = 7  # lucky\nlimit = 9\nmode = "write"\n'
    config.save("mode", None)
    config.save("limit", None)
    assert file.read_text(encoding="utf-8") == "# mine\nseed = 7  # lucky\n"
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError):
        config.save("nope", None)


def test_a_file_is_saved_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting has to mean the same file from every folder; a name stays a name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.csv").write_text("title\na\n", encoding="utf-8")
    assert config.save("catalog", "shop.csv") == str(tmp_path / "shop.csv")
    assert config.save("catalog", "movies") == "movies"


def test_a_folder_in_the_place_of_the_file_is_a_store_error(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(StoreError):
        config.settings()
