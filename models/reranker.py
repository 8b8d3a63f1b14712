"""Teach a model to read a request and a row together, and to say how well they fit: the reranker (a cross-encoder).

    python models/reranker.py pairs OUT --worlds WORLDS.json     needs recsh; writes OUT/graded.jsonl and OUT/made.jsonl
    python models/reranker.py train OUT --start MIXED            needs torch and transformers; resumes from OUT/last.pt; writes OUT/model
    python models/reranker.py shrink OUT --layers 0,1,3,5         OUT/small/last.pt: these layers of it, to be trained under it as a teacher
    python models/reranker.py train OUT --start MIXED --into OUT/small --steps 400
    python models/embedder.py OUT/model models/recsh-reranker-q8_0.gguf --reranker      what ships; OUT/small/model is faster, and judges less well

It begins as the tuned sentence model (`sentence`), which knows words but has only read texts one by one. One text a pair: [CLS] request [SEP] row [SEP],
all of token type 0, as llama.cpp sets it. The score is that of BERT's own head for classes (a dense layer and tanh over the first token, then one number)
and is trained in two ways at once: as log-odds of "fits" for each row, and by the order of the rows of a request (ListNet, Cao et al. 2007).

Rows to learn from: those graded by hand, of the sample catalogs (`judged`) and of catalogs of every kind (`scenes`), training parts; requests made by `tasks`; and for every request
a row of another one. The
token embeddings stay as they are, so that words that are in no training text keep their meaning. Leaves out: quantization (see `embedder`).
"""

from __future__ import annotations

import argparse
import copy
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import scenes
from sentence import GAIN, in_order, judged_requests, made_requests, measurable, read_lines, write_lines

CHANCE = {3: 0.97, 2: 0.8, 1: 0.2, 0: 0.03}  # of a grade, that it fits
ROWS = 7  # graded rows of a request in a step
TOKENS, REQUEST = 96, 48  # of a pair, and of its request
SIZE = 16  # requests a step
OF_SCENES, GRADED = 8, 6  # of them; the others are made
KINDS = ("tags", "mood", "named", "not", "like", "by", "mood", "follow")  # of made requests
CHUNK = 48  # pairs that go through together
MEASURED = 200  # requests of either kind that are measured on the way
HEAD = 5.0  # times the rate, for the head, which begins with nothing


def pairs(out: Path, worlds: Path, made: int) -> None:
    """Write both files: {"split", "query", "rows": [[text, grade], ...]} a line."""
    from recsh.reread import request_of

    out.mkdir(parents=True, exist_ok=True)
    english = ((r, v, request_of(*r.asked(v["query"])), rows) for r, v, rows in judged_requests())
    chinese = ((r, v, request_of(*r.asked(v["query"])) if r.index.chinese else v["query"], rows) for r, v, rows in judged_requests(chinese=True))
    keys = ("catalog", "lang", "split")
    write_lines(out / "graded.jsonl", ({**{k: v[k] for k in keys}, "query": text, "rows": rows} for r, v, text, rows in chain(english, chinese)))
    write_lines(out / "made.jsonl", chain(islice(_made(worlds), made), islice(_made(worlds, "zh"), made // 4)))


def _made(worlds: Path, lang: str = "en") -> Iterator[dict]:
    """Requests that say all in themselves, or in what they name, of which is told as in `recsh.reread.said`."""
    for request, behind, rows in made_requests(worlds, KINDS, lang):
        like = [line.removeprefix("Like: ").split(" | ") for line in behind if line.startswith("Like: ")]
        request += "".join(f" ({parts[0]}: {parts[2]})" for parts in like if len(parts) > 2)
        if (lang == "zh" or request.isascii()) and (like or not behind):
            yield {"split": "made", "query": request, "rows": rows}


def shrink(out: Path, layers: Sequence[int]) -> None:
    """Keep some layers of what was trained, in OUT/small; the whole becomes its teacher."""
    import torch

    (out / "small").mkdir(exist_ok=True)
    whole = torch.load(out / "last.pt")["model"]
    kept = {name: p for name, p in whole.items() if ".encoder.layer." not in name}
    for new, old in enumerate(layers):
        kept |= {name.replace(f".layer.{old}.", f".layer.{new}.", 1): p for name, p in whole.items() if f".encoder.layer.{old}." in name}
    torch.save({"model": kept, "layers": len(layers), "done": 0}, out / "small" / "last.pt")


def train(data: Path, out: Path, start: Path, minutes: float, steps: int, rate: float) -> None:
    """Go on until `steps` are done or so many `minutes` are over; the rate rises over the first tenth of the steps and falls in a line to nothing.
    A smaller one in `out` also learns what the whole one in `data` says of each pair (Hinton et al. 2015)."""
    import torch
    import torch.nn.functional as F
    from safetensors.torch import save_file
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(1)
    tokenizer = BertTokenizerFast(str(start / "vocab.txt"))
    kept = torch.load(out / "last.pt", map_location=device) if (out / "last.pt").exists() else {}
    plain = {"num_labels": 1, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "attn_implementation": "eager"}  # most pairs are seen once; of pairs so short it is faster
    config = BertConfig.from_pretrained(start, **plain)
    teacher = None
    if "layers" in kept:
        teacher = BertForSequenceClassification(config).to(device, torch.bfloat16)
        teacher.load_state_dict(torch.load(data / "last.pt", map_location=device)["model"])
        config = BertConfig.from_pretrained(start, **plain, num_hidden_layers=kept["layers"])
    model = BertForSequenceClassification(config).to(device) if kept else BertForSequenceClassification.from_pretrained(start, config=config).to(device)
    for p in model.bert.embeddings.parameters():
        p.requires_grad_(False)
    head = [*model.bert.pooler.parameters(), *model.classifier.parameters()]
    optimizer = torch.optim.AdamW([{"params": list(model.bert.encoder.parameters()), "times": 1.0}, {"params": head, "times": HEAD}], lr=rate, weight_decay=0.01)
    done = kept.get("done", 0)
    if kept:
        model.load_state_dict(kept["model"])
    quick = copy.deepcopy(model).to(torch.bfloat16)  # what reads: more than twice as fast as autocast; what learns has 32 bits

    def learn() -> None:
        """One step, by the gradients of `quick`, which then is what was learned."""
        for slow, fast in zip(model.parameters(), quick.parameters(), strict=True):
            slow.grad, fast.grad = None if fast.grad is None else fast.grad.float(), None
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(model.parameters(), quick.parameters(), strict=True):
                fast.copy_(slow)

    if "optimizer" in kept:
        optimizer.load_state_dict(kept["optimizer"])

    every = read_lines(data / "graded.jsonl")
    graded, made = [v for v in every if v["split"] == "train"], read_lines(data / "made.jsonl")
    of_scenes = scenes.graded()
    by_scenes, unseen = ([v for v in of_scenes if v["split"] == split] for split in ("train", "dev"))
    dev = {"judged": [v for v in every if v["split"] == "dev" and v["lang"] == "en" and measurable(v)], "scenes": [v for v in unseen if measurable(v)]}
    random.Random(1).shuffle(dev["scenes"])
    known: dict[str, list[int]] = {}

    def ids(text: str) -> list[int]:
        if text not in known:
            known[text] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return known[text]

    def score(network: torch.nn.Module, requests: Sequence[str], rows: Sequence[str]) -> torch.Tensor:
        """Log-odds, (pairs,); like lengths go through together."""
        pairs = [([101, *ids(q)[:REQUEST], 102, *ids(r)])[: TOKENS - 1] + [102] for q, r in zip(requests, rows, strict=True)]
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i]))
        found = torch.zeros(len(pairs), device=device)
        parts = []
        for at in range(0, len(order), CHUNK):
            chunk = [pairs[i] for i in order[at : at + CHUNK]]
            longest = max(map(len, chunk))
            given = torch.tensor([p + [0] * (longest - len(p)) for p in chunk], device=device)
            parts.append(network(input_ids=given, attention_mask=(given > 0).long()).logits[:, 0].float())
        return found.scatter(0, torch.tensor(order, device=device), torch.cat(parts))

    def measure() -> str:
        """Mean over the dev requests of either kind: chance that a row that fits is above one that does not."""
        found = {}
        with torch.no_grad():
            for name, some in dev.items():
                some = some[:MEASURED]
                within = [in_order(score(quick, [v["query"]] * len(v["rows"]), [t for t, _ in v["rows"]]).tolist(), v["rows"]) for v in some]
                found[name] = sum(within) / max(1, len(within))
        return " ".join(f"{name} {chance:.4f}" for name, chance in found.items())

    def save() -> None:
        layers = {"layers": kept["layers"]} if teacher is not None else {}
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": done, **layers}, out / "last.new")
        (out / "last.new").replace(out / "last.pt")

    print(f"{len(graded)} graded requests, {len(by_scenes)} of scenes, {len(made)} made, {sum(map(len, dev.values()))} to measure on; at step {done} a good row is above a miss: {measure()}", flush=True)
    begun, told = time.perf_counter(), 0.0
    spent = lambda: (time.perf_counter() - begun) / 60
    while done < steps and spent() < minutes:
        dice = random.Random(done)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["times"] * min(1.0, done / steps / 0.1 + 0.01) * (1 - done / steps)
        batch = dice.choices(by_scenes, k=OF_SCENES) + dice.choices(graded, k=GRADED) + dice.choices(made, k=SIZE - OF_SCENES - GRADED)
        requests, rows, grades, of = [], [], [], []
        for n, v in enumerate(batch):
            some = dice.sample(v["rows"], min(len(v["rows"]), ROWS))
            if (good := [r for r in v["rows"] if r[1] > 1]) and not any(g > 1 for _, g in some):
                some[0] = dice.choice(good)
            other = dice.choice([w for w in batch if w is not v])
            for text, grade in [*some, (dice.choice(other["rows"])[0], None)]:
                requests.append(v["query"] or ".")
                rows.append(text)
                grades.append(grade)
                of.append(n)
        scores = score(quick, requests, rows)
        told_by = torch.zeros((), device=device)
        if teacher is not None:
            with torch.no_grad():
                wanted = score(teacher, requests, rows)
            told_by = F.mse_loss(scores, wanted)
        lists, loss = 0, torch.zeros((), device=device)
        for n in range(len(batch)):
            mine = [i for i, m in enumerate(of) if m == n]
            gains = torch.tensor([GAIN[grades[i] or 0] for i in mine], device=device)
            if gains.sum() > 0:
                loss = loss - (gains / gains.sum() * F.log_softmax(scores[mine], dim=0)).sum()
                lists += 1
        said = [i for i, g in enumerate(grades) if g is not None]
        odds = F.binary_cross_entropy_with_logits(scores[said], torch.tensor([CHANCE[grades[i]] for i in said], device=device))
        (loss / max(1, lists) + odds + told_by).backward()
        learn()
        done += 1
        if spent() - told > 4:
            told = spent()
            print(f"{told:.1f} {done} list {(loss / max(1, lists)).item():.3f} odds {odds.item():.3f} dev {measure()}", flush=True)
            save()
    save()
    print(f"{spent():.1f} {done} end {measure()}", flush=True)
    (out / "model").mkdir(exist_ok=True)
    save_file({name: p.contiguous() for name, p in model.state_dict().items()}, out / "model" / "model.safetensors")
    shutil.copy(start / "vocab.txt", out / "model" / "vocab.txt")
    config.save_pretrained(out / "model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("pairs", "train", "shrink"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=Path, help="worlds.json (see `make`)")
    parser.add_argument("--start", type=Path, help="the folder of the tuned sentence model (see `sentence mix`)")
    parser.add_argument("--into", type=Path, help="where what is trained is kept, if not in OUT")
    parser.add_argument("--layers", default="0,1,3,5", help="that are kept")
    parser.add_argument("--made", type=int, default=20_000, help="made requests")
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=8e-5)
    options = parser.parse_args()
    if options.step == "pairs":
        pairs(options.folder, options.worlds, options.made)
    elif options.step == "shrink":
        shrink(options.folder, [int(n) for n in options.layers.split(",")])
    else:
        train(options.folder, options.into or options.folder, options.start, options.minutes, options.steps, options.rate)


if __name__ == "__main__":
    main()
