"""Do weights choose alike however they are stored and run: the share of requests with the same first choice.

    python models/agreement.py ask weights-f16.gguf f16.json            what these weights, on this build of llama.cpp, say of 300 requests
    python models/agreement.py ask weights.gguf fast.json --extra-bufts   the same, repacked for the CPU (AMX where there is any)
    python models/agreement.py answers FOLDER q8.json                    what recsh as a whole answers with the sentence model and the reranker in FOLDER
    python models/agreement.py compare f16.json q8.json fast.json       each beside the first
    python models/agreement.py f16 weights.gguf weights-f16.gguf        a quantized file with its matrices in F16: other arithmetic on the same numbers

Each request of the sample files comes with the rows that retrieval finds for it, as recsh asks. Of a build of its own, `ask` and `answers` are run with the
environment variable LLAMA_CPP_LIB_PATH on the folder of its libraries. Leaves out: whether what is chosen is right (see `evaluate`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1]))

REQUESTS, ROWS = 300, 12
TOP = 5
THREADS = 1  # the order in which sums are added up is then always the same


def ask(weights: Path, output: Path, extra_bufts: bool, most: int) -> None:
    """Write the log-odds of every row of every request."""
    from recsh import prompt, session
    from recsh.engine import judge as judging
    from recsh.engine import template
    from recsh.engine.llama import Model
    from recsh.engine.room import Room
    from recsh.recommend import Recommender

    model = Model(weights, extra_bufts=extra_bufts)
    model.layouts = template.layouts(model)
    room = Room(model, 4096, THREADS)
    judge = judging.Judge(model, room)
    said: dict[str, list[float]] = {}
    for name, texts in _requests(most):
        catalog = session.load_catalog(name)
        recommender = Recommender(catalog)
        for text in texts:
            query, named = recommender.asked(text)
            rows = [r.item for r in recommender.ask(text, limit=ROWS, reasons=False, diversity=0.0)]
            room.begin()
            said[f"{name}: {text}"] = judge.judge(prompt.judge_prompt(query, rows, catalog.index.columns, references=named, form=prompt.FORMAT)) if rows else []
            room.settled = True
    output.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    print(f"{output}: {len(said)} requests")


def answers(folder: Path, output: Path, most: int) -> None:
    """Write the first rows of the answer to every request; the rows, too, are read by the sentence model in `folder`."""
    from recsh import session
    from recsh.engine.embed import Embedder
    from recsh.engine.rerank import Reranker
    from recsh.semantic import RERANKER_FILE, SENTENCE_FILE, Semantic

    class These(Semantic):
        def read(self, texts, progress=None):
            return self.sentence.encode(texts)

    semantic = These()
    semantic.sentence = Embedder(folder / SENTENCE_FILE, THREADS)
    semantic.reranker = Reranker(folder / RERANKER_FILE, THREADS)
    said: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["RECSH_HOME"] = home
        for name, texts in _requests(most):
            recommender = session.recommender(session.load_catalog(name, semantic=semantic), {"model": session.EMBEDDED}, semantic, memory=False)
            said |= {f"{name}: {text}": [r.item.id for r in recommender.ask(text, limit=TOP, reasons=False)] for text in texts}
    output.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    print(f"{output}: {len(said)} requests")


def _requests(most: int) -> Iterator[tuple[str, list[str]]]:
    """(sample catalog, requests): `most` in all, as many of each."""
    from recsh import paths
    from recsh.catalog import SAMPLES

    for n, name in enumerate(SAMPLES):
        lines = paths.bundled("sample_data", f"{name}.queries.jsonl").read_text("utf-8").splitlines()[1:]
        yield name, [json.loads(line)["query"] for line in lines[: most * (n + 1) // len(SAMPLES) - most * n // len(SAMPLES)]]


def compare(first: Path, others: list[Path]) -> None:
    """Print how far each of the others agrees with the first."""
    held = json.loads(first.read_text(encoding="utf-8"))
    for other in others:
        found = json.loads(other.read_text(encoding="utf-8"))
        if all(isinstance(row, str) for rows in held.values() for row in rows):
            same = [(rows[:1] == found[k][:1], len({*rows} & {*found[k]}) / len(rows)) for k, rows in held.items() if rows]
            print(f"{first.stem} · {other.stem}: {len(same)} requests, same first row {mean(a for a, _ in same):.1%}, of the first {TOP} {mean(b for _, b in same):.1%}")
            continue
        both = [(held[k], found[k]) for k in held if len(held[k]) > 1 and len(found.get(k, ())) == len(held[k])]
        same = sum(_order(a)[0] == _order(b)[0] for a, b in both)
        top = sum(len({*_order(a)[:TOP]} & {*_order(b)[:TOP]}) / min(TOP, len(a)) for a, b in both)
        apart = sorted(abs(x - y) for a, b in both for x, y in zip(a, b, strict=True))
        print(f"{first.stem} · {other.stem}: {len(both)} requests, same first choice {same / len(both):.1%}, of the first {TOP} {top / len(both):.1%}, log-odds apart {apart[len(apart) // 2]:.3f} (median), {apart[len(apart) * 95 // 100]:.3f} (95 of 100)")


def _order(odds: list[float]) -> list[int]:
    return sorted(range(len(odds)), key=lambda n: -odds[n])


def in_f16(source: Path, output: Path) -> None:
    """The same file with every quantized matrix in F16."""
    import gguf
    import numpy

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(output, reader.fields["general.architecture"].contents())
    for name, entry in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type", "general.quantization_version"):
            kind = entry.types[0]
            writer.add_key_value(name, entry.contents(), kind, sub_type=entry.types[-1] if kind is gguf.GGUFValueType.ARRAY else None)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    for tensor in reader.tensors:
        if tensor.tensor_type in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16):
            writer.add_tensor(tensor.name, tensor.data)
        else:
            writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("ask")
    one.add_argument("weights", type=Path)
    one.add_argument("output", type=Path)
    one.add_argument("--extra-bufts", action="store_true")
    one.add_argument("--most", type=int, default=REQUESTS)
    whole = commands.add_parser("answers")
    whole.add_argument("folder", type=Path)
    whole.add_argument("output", type=Path)
    whole.add_argument("--most", type=int, default=REQUESTS)
    two = commands.add_parser("compare")
    two.add_argument("files", type=Path, nargs="+")
    three = commands.add_parser("f16")
    three.add_argument("source", type=Path)
    three.add_argument("output", type=Path)
    options = parser.parse_args()
    if options.command == "ask":
        ask(options.weights, options.output, options.extra_bufts, options.most)
    elif options.command == "answers":
        answers(options.folder, options.output, options.most)
    elif options.command == "compare":
        compare(options.files[0], options.files[1:])
    else:
        in_f16(options.source, options.output)


if __name__ == "__main__":
    main()
