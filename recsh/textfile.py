"""The text of a file: which encoding it is in, and its lines with their numbers, streamed.

Leaves out: what the lines mean (see `delimited`, `jsonrows`).
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from recsh.account import Account
from recsh.errors import CatalogError

LINE_LIMIT = 1 << 24  # characters of one line that are read: a file without line ends must not fill the memory
_WINDOW = 20_000  # bytes looked at behind the first one that is not UTF-8
_CJK_SHARE = 0.9  # of the characters beyond ASCII, how many have to be common Chinese
_MISREAD = 0.02  # ... and how many may be errors


def find_encoding(path: Path, head: bytes) -> str:
    """BOM, then strict UTF-8 over the whole file, then GB18030 if it reads as Chinese, then Windows Latin-1.

    `head` is the beginning of the file. Raises `OSError` if the file cannot be read.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.count(0) > len(head) / 4:  # ASCII as UTF-16 without its mark is zero at every second byte
        if head[1::2].count(0) > 0.5 * len(head[1::2]) and not head[::2].count(0):
            return "utf-16-le"
        if head[::2].count(0) > 0.5 * len(head[::2]) and not head[1::2].count(0):
            return "utf-16-be"
    window = _not_utf8(path)
    if window is None:
        return "utf-8"
    # A few bad bytes in a file that is otherwise UTF-8 are damage, not another encoding.
    read = window.decode("utf-8", "replace")
    wrong = read.count("\ufffd")
    if sum(c > "\x7f" for c in read) - wrong >= 2 * wrong:
        return "utf-8"
    return "gb18030" if _is_chinese(window) else "cp1252"


def _not_utf8(path: Path) -> bytes | None:
    """The lines around the first bytes that are not UTF-8, None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before = b""
    with path.open("rb") as file:
        while True:
            chunk = file.read(1 << 20)
            try:
                decoder.decode(chunk, not chunk)
            except UnicodeDecodeError as error:
                at = len(before) + max(0, error.start - 3)  # the decoder may have held back up to three bytes
                text = before + chunk + file.read(_WINDOW)
                start = text.rfind(b"\n", 0, at) + 1 if text.rfind(b"\n", 0, at) > at - _WINDOW else max(0, at - 100)
                return text[start : at + _WINDOW]
            if not chunk:
                return None
            before = chunk[-_WINDOW:]


def _is_chinese(window: bytes) -> bool:
    """Chinese in GB18030 is nearly all from the 6,763 characters of GB 2312, or stands in runs; Latin-1 read as GB gives errors and
    single rare characters."""
    text = window.decode("gb18030", "replace")
    high = [c for c in text if c > "\x7f"]
    if not high or text.count("\ufffd") > max(1, _MISREAD * len(high)):
        return False
    common = sum(_is_gb2312(c) for c in high)
    runs = sum(c > "\x7f" >= before for before, c in zip("\n" + text, text))
    return common / len(high) > _CJK_SHARE or (common > len(high) / 2 and len(high) / runs >= 2)


def _is_gb2312(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def check_encoding(path: Path, encoding: str) -> str:
    """The name back if it is an encoding of text. Raises `CatalogError`."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses what is a codec but not of text, such as base64
    except (LookupError, ValueError) as error:
        raise CatalogError(f"{path}: unknown encoding {encoding!r}", "try --encoding utf-8, gb18030 or latin-1") from error
    return encoding


def lines(path: Path, encoding: str, account: Account) -> Iterator[tuple[int, str]]:
    """(line number, line) with \\n at its end, whatever the file has; undecodable bytes are U+FFFD."""
    with path.open(encoding=encoding, errors="replace") as file:
        number = 0
        while text := file.readline(LINE_LIMIT):
            number += 1
            if len(text) == LINE_LIMIT and not text.endswith("\n"):
                account.add(number, "long line", f"longer than {LINE_LIMIT:,} characters; the rest of it was not read")
                while (rest := file.readline(LINE_LIMIT)) and not rest.endswith("\n"):
                    pass
            yield number, text
