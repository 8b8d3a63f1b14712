"""How index and retrieval grow with a catalog, as Markdown tables: recsh beside SQLite FTS5, bm25s and tantivy on the same rows and questions.

    python tests/benchmarks/scale.py                          10,000 and 100,000 rows
    python tests/benchmarks/scale.py --rows 10000 1000000 10000000
    python tests/benchmarks/scale.py --only recsh             without the others

Rows come from rows.py. Each index is built, and asked, in a process of its own, so that its memory is its own. Of recsh a question is understood and
retrieved, vectors included; the others search the same words in one field with all text of a row, and know nothing else. bm25s and tantivy are
needed for this only: pip install bm25s tantivy. On a busy machine read the seconds and milliseconds of CPU. CPU and peak are those of all processes that
take part; the peak is the largest sum of their proportional shares of memory (PSS), looked at five times a second, or this process's own
if that was more. "as the scan" is the share of the 24 best rows that an exact reading of all vectors gives, too.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parent)]

KINDS = {
    "rare": ["velmi danceable gardor", "Camille Lobe", "osren slapback", "patis Radiohead"],
    "common": ["the", "love", "the and a of", "rock songs"],
    "mixed": ["sad piano music for a rainy night", "the love of a night in the city", "something quiet about the sea", "popular fantasy with magic", "songs like Metallica"],
    "Chinese": ["电影 爱情", "悲伤的歌", "想听安静的歌", "刘德华的歌"],
    "condition": ["cheap pop under $10", "heavy metal from the 80s, not live", "jazz from the 90s in French", "comedy drama after 2010 under $20"],
}
REPEATED = 5
DEPTH = 24


def resident() -> int:
    """Megabytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


class Peak:
    """The most megabytes that this process and those it started had together, while it is looked at."""

    def __init__(self) -> None:
        self.megabytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, sum(map(share, family(os.getpid()))) >> 10)
            if self._over.wait(0.2):
                return


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        below = [int(word) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for word in tasks.read_text().split()]
    except OSError:  # it ended meanwhile
        below = []
    return [pid, *(one for child in below for one in family(child))]


def share(pid: int) -> int:
    """Kilobytes of memory, what is shared with others divided among them."""
    try:
        return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
    except OSError:
        return 0


def busy() -> float:
    """Seconds of CPU of this process and of those it started that have ended."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) >> 20


def texts(rows: Path) -> Iterator[str]:
    with rows.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield " ".join((row["title"], row["artist"], row["genre"], row["tags"], row["description"]))


# --- the systems: build(rows, folder), and ask(folder) -> a function of a question ---------------------------------------


class Recsh:
    @staticmethod
    def build(rows: Path, folder: Path) -> None:
        from recsh.catalog import Reading, columns_of
        from recsh.compiler import compile_index
        from recsh.semantic import Semantic
        from recsh.table import open_table

        semantic = Semantic()
        table = open_table(rows)
        compile_index(folder / "index", table, columns_of(table, Reading()), static_for=lambda n: semantic.static)

    @staticmethod
    def ask(folder: Path, *, exact: bool = False) -> Callable[[str], list[int]]:
        from recsh import signals, vectors
        from recsh.index import Index
        from recsh.match import Names
        from recsh.query import understand
        from recsh.recommend import request_text
        from recsh.retrieve import retrieve
        from recsh.semantic import Semantic

        if exact:
            vectors.EXACT = signals.SPREAD = signals.TOPMOST = 10**12
        index, semantic = Index(folder / "index"), Semantic()
        names = Names(index)

        def one(text: str) -> list[int]:
            query = understand(text, index, names.find, names.spell)
            wish = request_text(query, index.embedder)
            return [c.item.n for c in retrieve(query, index, vector=semantic.static.encode([wish])[0] if wish else None, limit=DEPTH).candidates]

        return one


class Fts5:
    @staticmethod
    def build(rows: Path, folder: Path) -> None:
        db = sqlite3.connect(folder / "fts.sqlite")
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE VIRTUAL TABLE fts USING fts5(text, content='')")
        db.executemany("INSERT INTO fts(rowid, text) VALUES(?, ?)", enumerate(texts(rows)))
        db.execute("INSERT INTO fts(fts) VALUES('optimize')")
        db.commit()
        db.close()

    @staticmethod
    def ask(folder: Path) -> Callable[[str], list[int]]:
        from recsh.text import tokens

        db = sqlite3.connect(folder / "fts.sqlite")
        sql = f"SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rank LIMIT {DEPTH}"
        return lambda text: [n for (n,) in db.execute(sql, (" OR ".join(f'"{t}"' for t in tokens(text)),))]


class Bm25s:
    @staticmethod
    def build(rows: Path, folder: Path) -> None:
        import bm25s

        searcher = bm25s.BM25()
        searcher.index(bm25s.tokenize([*texts(rows)], stopwords=None, show_progress=False), show_progress=False)
        searcher.save(str(folder / "bm25s"))

    @staticmethod
    def ask(folder: Path) -> Callable[[str], list[int]]:
        import bm25s

        searcher = bm25s.BM25.load(str(folder / "bm25s"), mmap=True)
        return lambda text: searcher.retrieve(bm25s.tokenize([text], stopwords=None, show_progress=False), k=DEPTH, show_progress=False)[0][0].tolist()


class Tantivy:
    @staticmethod
    def build(rows: Path, folder: Path) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder().add_text_field("text").add_integer_field("n", stored=True).build()
        (folder / "tantivy").mkdir()
        writer = tantivy.Index(schema, path=str(folder / "tantivy")).writer(heap_size=256_000_000)
        for n, text in enumerate(texts(rows)):
            writer.add_document(tantivy.Document(text=[text], n=n))
        writer.commit()
        writer.wait_merging_threads()

    @staticmethod
    def ask(folder: Path) -> Callable[[str], list[int]]:
        import tantivy

        from recsh.text import tokens

        index = tantivy.Index.open(str(folder / "tantivy"))
        searcher = index.searcher()
        return lambda text: [address.doc for _, address in searcher.search(index.parse_query(" OR ".join(f'"{t}"' for t in tokens(text)) or '""', ["text"]), DEPTH).hits]


SYSTEMS = {"recsh": Recsh, "FTS5": Fts5, "bm25s": Bm25s, "tantivy": Tantivy}


def measure(what: str, name: str, rows: Path, folder: Path) -> dict[str, object]:
    """In a process of its own."""
    begun, used = time.perf_counter(), busy()
    if what == "build":
        with Peak() as peak:
            SYSTEMS[name].build(rows, folder)
        alone = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        return {"seconds": time.perf_counter() - begun, "cpu": busy() - used, "peak": max(alone, peak.megabytes)}
    ask = SYSTEMS[name].ask(folder)
    opened = time.perf_counter() - begun
    took: dict[str, list[float]] = {}
    busy_each: list[float] = []
    for questions in KINDS.values():  # imports and first page faults, which come once a process
        ask(questions[0])
    for _ in range(REPEATED):
        for kind, questions in KINDS.items():
            for question in questions:
                begun, used = time.perf_counter(), busy()
                ask(question)
                busy_each.append((busy() - used) * 1000)
                took.setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
    out: dict[str, object] = {"took": took, "busy": busy_each, "resident": resident(), "open": opened * 1000}
    if name == "recsh":
        found = {question: ask(question) for questions in KINDS.values() for question in questions}
        scan = Recsh.ask(folder, exact=True)
        out["same"] = statistics.mean(len({*found[q]} & {*scan(q)}) / max(1, len(found[q])) for q in found)
    return out


def report(rows: int, names: list[str], work: Path, kept: Path | None) -> None:
    source = kept / f"r{rows}.csv" if kept else work / f"r{rows}.csv"
    if not source.exists():
        subprocess.run([sys.executable, str(HERE.parent / "rows.py"), str(rows), str(source)], check=True)
    for name in names:
        folder = work / f"{name}-{rows}"
        folder.mkdir()
        told = []
        for what in ("build", "ask"):
            made = subprocess.run([sys.executable, str(HERE), "--measure", what, name, str(source), str(folder)], capture_output=True, text=True, check=False)
            if made.returncode:
                print(f"| {rows:,} | {name} | failed: {made.stderr.strip().splitlines()[-1:]} |")
                break
            told.append(json.loads(made.stdout.splitlines()[-1]))
        else:
            built, asked = told
            every = sorted(t for times in asked["took"].values() for t in times)
            parts = " | ".join(f"{statistics.median(asked['took'][kind]):.0f}" for kind in KINDS)
            used = sorted(asked["busy"])
            p95 = every[int(0.95 * (len(every) - 1))]
            same = f"{asked['same']:.1%}" if "same" in asked else ""
            print(f"| {rows:,} | {name} | {built['seconds']:.0f} ({built['cpu']:.0f}) | {built['peak']:,} | {size(folder):,} | {asked['open']:.0f} | {parts} | {statistics.median(every):.0f} | {p95:.0f} ({used[int(0.95 * (len(used) - 1))]:.0f}) | {asked['resident']} | {same} |", flush=True)
        shutil.rmtree(folder)
    if not kept:
        source.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", choices=SYSTEMS, nargs="+", default=[*SYSTEMS])
    parser.add_argument("--keep", type=Path, help="a folder for the files of rows, which take long to make: one that is there is used again")
    parser.add_argument("--work", type=Path, help="where indexes are built, else among the temporary files")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, name, rows, folder = options.measure
        print(json.dumps(measure(what, name, Path(rows), Path(folder))))
        return
    print(f"| rows | | index s (CPU s) | peak MB | disk MB | start ms | {' | '.join(f'{kind} ms' for kind in KINDS)} | p50 | p95 (CPU) | resident MB | as the scan |")
    print("|" + "---|" * (10 + len(KINDS)))
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        for rows in options.rows:
            report(rows, options.only, Path(work), options.keep)


if __name__ == "__main__":
    main()
