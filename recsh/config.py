"""Settings: defaults < config.toml < RECSH_* variables < flags. One table says what there is, of which type, and why.

Leaves out: flags themselves (see `cli`), opening what is named (see `session`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from recsh import paths
from recsh.errors import StoreError, UsageError
from recsh.folder import changing
from recsh.smallfile import read_small

EMBEDDED = "embedded"
NONE = "none"
SERVER = "server"  # a model of the server that settings name: its first, or "server:NAME"
_SHOWN = 200  # characters of a wrong value that an error shows


class Setting(Struct, frozen=True):
    """One setting: `kind` is int, float or str; `low`/`high` bound numbers; `choices` bound words."""

    kind: type
    default: Any
    about: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    "catalog": Setting(str, "music", "catalog asked when none is named"),
    "model": Setting(str, EMBEDDED, "weights asked when none are named: a name, a path to a GGUF file, embedded or none"),
    "server": Setting(str, NONE, "address of an OpenAI-compatible server to ask instead of weights here, or none"),
    "limit": Setting(int, 5, "how many recommendations", 1, 1000),
    "shortlist": Setting(int, 24, "how many rows the model sees", 1, 500),
    "mode": Setting(str, "auto", "how the model is asked", choices=("auto", "judge", "write")),
    "format": Setting(str, "auto", "how answers are printed", choices=("auto", "table", "json", "jsonl", "csv", "tsv", "ids")),
    "diversity": Setting(float, 0.05, "how much unlike each other the answers should be", 0, 1),
    "explore": Setting(float, 0.0, "how much chance has a part in what is shown, so that recsh learns faster", 0, 1),
    "tone": Setting(str, "plain", "how reasons sound", choices=("plain", "warm", "playful")),
    "lang": Setting(str, "auto", "language of reasons; auto for that of the question", choices=("auto", "en", "zh")),
    "keep_raw": Setting(str, "no", "whether the log keeps mail addresses, numbers and names as typed", choices=("no", "yes")),
    "privacy_budget": Setting(float, 10.0, "how much epsilon all that recsh history export --private shares may add up to", 0, 1000),
    "temperature": Setting(float, 0.0, "randomness of a written list; 0 always gives the same", 0, 5),
    "seed": Setting(int, 42, "seed of that randomness", 0, 2**31 - 1),
    "ctx_size": Setting(int, 4096, "tokens the model may hold", 256, 1_000_000),
    "threads": Setting(int, 0, "threads of the model; 0 for the physical cores", 0, 1024),
    "gpu_layers": Setting(int, 0, "layers to put on a GPU; -1 for all", -1, 10_000),
}


def config_file() -> Path:
    """Where config.toml is, or would be."""
    return paths.config_dir() / "config.toml"


def checked(name: str, value: Any, called: str) -> Any:
    """A value checked against its setting. Raises `UsageError` that calls it what the person called it: --limit, RECSH_LIMIT, ..."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise unknown(name, called)
    hint = f"{setting.default}, the default ({setting.about})"
    try:
        if isinstance(value, bool) or (setting.kind is str and not isinstance(value, str)) or (setting.kind is int and isinstance(value, float) and value != int(value)):
            raise ValueError
        parsed = setting.kind(value)
        if parsed != parsed:  # nan
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{called} has to be {_KINDS[setting.kind]}, not {_told(value)}", hint) from None
    if setting.choices and parsed not in setting.choices:
        raise UsageError(f"{called} has to be one of {', '.join(setting.choices)}, not {_told(value)}", hint)
    if setting.low is not None and parsed < setting.low or setting.high is not None and parsed > setting.high:
        raise UsageError(f"{called} has to be between {setting.low:,} and {setting.high:,}, not {_told(value)}", hint)
    if name == "server" and (parsed := parsed or setting.default) != setting.default:
        from recsh.engine.address import address

        address(parsed, called)
    return parsed


def _told(value: Any) -> str:
    """A value as an error names it, however long it is."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except (ValueError, RecursionError):  # more digits than Python writes, or nested too deeply
        return "this"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_KINDS = {int: "a whole number", float: "a number", str: "text"}


def unknown(name: str, called: str = "") -> UsageError:
    """The error for a setting that there is not."""
    return UsageError(f"{called or name}: there is no such setting", f"one of {', '.join(SETTINGS)}")


def saved() -> dict[str, Any]:
    """What config.toml says, checked. Raises `UsageError` if it is wrong, `StoreError` if it cannot be read."""
    path = config_file()
    try:
        text = read_small(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "set RECSH_HOME to a folder that can be read and written") from error
    import tomllib  # most have no such file

    try:
        values = tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # ValueError: also bytes that are not UTF-8, and numbers of more digits than Python reads
        raise UsageError(f"{path}: not valid TOML: {str(error)[:_SHOWN]}", "mend it, or delete it to go back to the defaults") from error
    return {name: checked(name, value, f"{path}: {name[:_SHOWN]}") for name, value in values.items()}


def variables(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What RECSH_* variables say, checked; an empty one says nothing. RECSH_HOME and others that are no settings are left alone."""
    environ = os.environ if environ is None else environ
    return {n: checked(n, environ[key], key) for n in SETTINGS if environ.get(key := f"RECSH_{n.upper()}")}


def settings(flags: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All settings in force. `flags` with None values count as not given."""
    given = {k: checked(k, v, f"--{k.replace('_', '-')}") for k, v in (flags or {}).items() if v is not None and k in SETTINGS}
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

    parsed = None if value is None else checked(name, value, name)
    if name not in SETTINGS:
        raise unknown(name)
    path = config_file()
    if name in ("catalog", "model") and parsed is not None and Path(parsed).expanduser().is_file():
        parsed = str(Path(parsed).expanduser().absolute())  # it is to mean the same file from every folder
    with changing(paths.private(path.parent)):
        saved()  # a broken file is not written over
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
        if parsed is None:
            document.pop(name, None)
        else:
            document[name] = parsed
        paths.write_private(path, tomlkit.dumps(document))
    return parsed


# --- which model settings name ---------------------------------------------------------------------------------------


def server_of(settings: Mapping[str, Any]) -> str:
    """The address of the server that settings name, empty if they name none."""
    named = settings.get("server") or NONE
    return "" if named == NONE else named


def model_of(settings: Mapping[str, Any]) -> str:
    """The model that settings name: NONE, weights here, or where `settings["server"]` is an address, SERVER or "server:NAME".

    >>> model_of({"server": "http://localhost:8080", "model": "qwen3"}), model_of({"server": "http://localhost:8080"}), model_of({})
    ('server:qwen3', 'server', 'embedded')
    """
    name = settings.get("model", EMBEDDED)
    if not server_of(settings) or name == NONE or is_remote(name):
        return name
    return SERVER if name == EMBEDDED else f"{SERVER}:{name}"


def is_remote(name: str) -> bool:
    """Whether a model's name is that of a server's."""
    return name == SERVER or name.startswith(f"{SERVER}:")
