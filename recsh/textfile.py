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
_BY_CHANCE = 4  # characters beyond ASCII in a row that are UTF-8 and nothing else: a pair of Chinese bytes is, one time in seven


def find_encoding(path: Path, head: bytes) -> str:
    """BOM, then UTF-16 and UTF-32 without one, then strict UTF-8 over the whole file, then GB18030 if it reads as Chinese, then Windows Latin-1.

    `head` is the beginning of the file. Raises `OSError` if the file cannot be read.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.count(0) > len(head) / 4 and (wide := _wide(head)):
        return wide
    window, before = _not_utf8(path)
    if window is None:
        return "utf-8"
    # A few bad bytes in a file that is otherwise UTF-8 are damage, not another encoding. No other has characters that are UTF-8 by chance, one after
    # the other: bytes that are not are then the exception, however many.
    read = window.decode("utf-8", "replace")
    wrong = read.count("\ufffd")
    if before >= _BY_CHANCE or sum(c > "\x7f" for c in read) - wrong >= 2 * wrong:
        return "utf-8"
    return "gb18030" if _is_chinese(window) else "cp1252"


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without its mark, whose ASCII is zero at every second byte, or at three of four; empty for neither."""
    zeros = [part.count(0) / max(1, len(part)) for part in (head[i::4] for i in range(4))]
    most = [share > 0.5 for share in zeros]
    if most[1] and most[2] and (zeros[3] == 1 and not zeros[0] or zeros[0] == 1 and not zeros[3]):
        return "utf-32-be" if zeros[0] else "utf-32-le"
    if most[1] and most[3] and not zeros[0] + zeros[2]:
        return "utf-16-le"
    return "utf-16-be" if most[0] and most[2] and not zeros[1] + zeros[3] else ""


def _not_utf8(path: Path) -> tuple[bytes | None, int]:
    """(the lines around the first bytes that are not UTF-8, None if all are; how many characters beyond ASCII stand before them)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, seen = b"", 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(1 << 20)
            try:
                read = decoder.decode(chunk, not chunk)
            except UnicodeDecodeError as error:
                at = len(before) + max(0, error.start - 3)  # the decoder may have held back up to three bytes
                text = before + chunk + file.read(_WINDOW)
                seen += sum(c > "\x7f" for c in text[len(before) : at].decode("utf-8", "ignore"))
                start = text.rfind(b"\n", 0, at) + 1 if text.rfind(b"\n", 0, at) > at - _WINDOW else max(0, at - 100)
                return text[start : at + _WINDOW], seen
            if not chunk:
                return None, seen
            if seen < _BY_CHANCE and not read.isascii():
                seen += sum(c > "\x7f" for c in read)
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
        raise CatalogError(f"{path}: unknown encoding {encoding[:40]!r}", "try --encoding utf-8, gb18030 or latin-1") from error
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
