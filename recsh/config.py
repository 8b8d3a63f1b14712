"""Settings: defaults < config.toml < RECSH_* variables < flags. One table says what there is, of which type, and why.

Leaves out: flags themselves (see `cli`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsh import paths
from recsh.errors import StoreError, UsageError


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `kind` is int, float, str or bool; `low`/`high` bound numbers; `choices` bound words."""

    kind: type
    default: Any
    about: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    "catalog": Setting(str, "music", "catalog asked when none is named"),
    "model": Setting(str, "embedded", "weights asked when none are named: a name, a path to a GGUF file, embedded or none"),
    "limit": Setting(int, 5, "how many recommendations", 1, 1000),
    "shortlist": Setting(int, 24, "how many rows the model sees", 1, 500),
    "mode": Setting(str, "auto", "how the model is asked", choices=("auto", "judge", "write")),
    "format": Setting(str, "auto", "how answers are printed", choices=("auto", "table", "json", "jsonl", "csv", "tsv", "ids")),
    "diversity": Setting(float, 0.1, "how much unlike each other the answers should be", 0, 1),
    "temperature": Setting(float, 0.0, "randomness of a written list; 0 always gives the same", 0, 5),
    "seed": Setting(int, 42, "seed of that randomness", 0, 2**31 - 1),
    "ctx_size": Setting(int, 4096, "tokens the model may hold", 256, 1_000_000),
    "threads": Setting(int, 0, "threads of the model; 0 for the physical cores", 0, 1024),
    "gpu_layers": Setting(int, 0, "layers to put on a GPU; -1 for all", -1, 10_000),
}


def config_file() -> Path:
    """Where config.toml is, or would be."""
    return paths.config_dir() / "config.toml"


def _parse(name: str, value: Any, where: str) -> Any:
    """A value checked against its setting. Raises `UsageError` that names where it came from."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise UsageError(f"{where}: there is no setting {name!r}", f"settings: {', '.join(SETTINGS)}")
    try:
        if isinstance(value, bool) and setting.kind is not bool:
            raise ValueError
        parsed = setting.kind(value) if not (setting.kind is int and isinstance(value, float) and value != int(value)) else None
        if parsed is None or parsed != parsed:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{where}: {name} has to be {_kind(setting)}, not {value!r}") from None
    if setting.choices and parsed not in setting.choices:
        raise UsageError(f"{where}: {name} has to be one of {', '.join(setting.choices)}, not {value!r}")
    if setting.low is not None and parsed < setting.low or setting.high is not None and parsed > setting.high:
        raise UsageError(f"{where}: {name} has to be between {setting.low:g} and {setting.high:g}, not {value}")
    return parsed


def _kind(setting: Setting) -> str:
    return {int: "a whole number", float: "a number", str: "text"}[setting.kind]


def saved() -> dict[str, Any]:
    """What config.toml says, checked. Raises `UsageError` if it is wrong, `StoreError` if it cannot be read."""
    path = config_file()
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}", "mend it, or delete it to go back to the defaults") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    return {name: _parse(name, value, str(path)) for name, value in values.items()}


def variables(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What RECSH_* variables say, checked; RECSH_HOME and others that are no settings are left alone."""
    environ = os.environ if environ is None else environ
    return {n: _parse(n, environ[key], key) for n in SETTINGS if (key := f"RECSH_{n.upper()}") in environ}


def settings(flags: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All settings in force. `flags` with None values count as not given."""
    given = {k: _parse(k, v, f"--{k.replace('_', '-')}") for k, v in (flags or {}).items() if v is not None and k in SETTINGS}
    return {n: s.default for n, s in SETTINGS.items()} | saved() | variables() | given


def sources() -> dict[str, tuple[Any, str]]:
    """Each setting's value and where it comes from: 'default', the file, or the variable."""
    out = {n: (s.default, "default") for n, s in SETTINGS.items()}
    out |= {n: (v, str(config_file())) for n, v in saved().items()}
    return out | {n: (v, f"RECSH_{n.upper()}") for n, v in variables().items()}


def save(name: str, value: str | None) -> Any:
    """Write one setting to config.toml (None takes it out), leaving comments and order alone. Returns the value as kept.

    Raises `UsageError` for an unknown name or a wrong value, `StoreError` if the file cannot be written.
    """
    import tomlkit

    parsed = None if value is None else _parse(name, value, "config set")
    if name not in SETTINGS:
        raise UsageError(f"there is no setting {name!r}", f"settings: {', '.join(SETTINGS)}")
    saved()  # a broken file is not written over
    path = config_file()
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    if parsed is None:
        document.pop(name, None)
    else:
        document[name] = parsed
    paths.write_private(path, tomlkit.dumps(document))
    return parsed
