"""Teach the sentence model Chinese: a Chinese text is to have the vector that the model gives its English.

    python models/chinese.py pairs OUT                                needs recsh; writes OUT/lines.jsonl (Chinese and English) and OUT/graded.jsonl
    python models/chinese.py train OUT --start MIXED --minutes 60     needs torch and transformers; goes on from OUT/last.pt; writes OUT/model
    python models/embedder.py OUT/model models/recsh-sentence-q8_0.gguf --tuned

The method is that of Reimers and Gurevych 2020 ("Making monolingual sentence embeddings multilingual using knowledge distillation"), the teacher being
the model tuned on English (`sentence`). Its vocabulary knows 244 characters; every other one in the lines becomes a token, which begins as the mean of
the English words that stand beside it. Lines are those of models/parallel, recsh's words of the same meaning, and names of the gazetteer; some joined, as
rows of a catalog are, some with English left in them. English texts are held to the vectors they had, and English tokens stay as they are.
Requests in Chinese graded by hand (`judged`, training part) come between, as in `sentence`.

Leaves out: quantization (see `embedder`), the tuning on English requests (see `sentence`).
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from meaning import cjk, groups
from sentence import GAIN, TEMPERATURE, in_order, judged_requests, measurable, read_lines, write_lines

HERE = Path(__file__).parent
LINES, HELD, GRADED = 64, 14, 6  # Chinese lines, English texts and, in every EVERY-th step, graded requests of a step
EVERY, ROWS = 4, 6
JOINED, MIXED = 0.45, 0.06  # shares of lines joined with others; of parts of these left in English
TOKENS = 72
NEAR, STAY, ORDER = 10.0, 5.0, 0.3  # weights: nearness of a line to its English, of English to what it was, telling a line's English from that of the others
NEW = 20.0  # times the rate, for the characters


def lines() -> list[dict]:
    """{"split", "kind", "zh", "en"}: each a pair; one in thirty of the sentences is kept out of training."""
    out = []
    for path in sorted((HERE / "parallel").glob("*.tsv")):
        kind = "word" if path.stem.startswith("words") else "sentence"
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            zh, tab, en = line.partition("\t")
            if tab and cjk(zh):
                out.append({"split": "dev" if kind == "sentence" and n % 30 == 7 else "train", "kind": kind, "zh": zh.strip(), "en": en.strip()})
    for members in groups()[0]:
        english = [m for m in members if not cjk(m)][:3]
        out += [{"split": "train", "kind": "word", "zh": m, "en": e} for m in members if cjk(m) for e in english[:2]]
    for path in sorted((HERE.parent / "recsh" / "words" / "gazetteer").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split("\t")
            if len(fields) > 1 and cjk(fields[1]) and not cjk(fields[0]):
                out.append({"split": "train", "kind": "name", "zh": fields[1], "en": fields[0]})
    return out


def pairs(out: Path) -> None:
    """Write both files."""
    out.mkdir(parents=True, exist_ok=True)
    write_lines(out / "lines.jsonl", lines())
    graded = ({"catalog": v["catalog"], "split": v["split"], "query": r.understand(v["query"]).wish, "rows": rows} for r, v, rows in judged_requests(chinese=True))
    write_lines(out / "graded.jsonl", graded)


class Lines:
    """Draws pairs of (Chinese, English) for a step."""

    def __init__(self, every: Sequence[dict]) -> None:
        self.by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for v in every:
            self.by_kind[v["kind"]].append((v["zh"], v["en"]))

    def one(self, dice: random.Random) -> tuple[str, str]:
        """A sentence, word or name; or several joined."""
        kind = dice.choices(("sentence", "word", "name"), (6, 3, 1))[0]
        chosen = [dice.choice(self.by_kind[kind])]
        if kind == "word" and dice.random() < 0.8:
            chosen += dice.sample(self.by_kind["word"], dice.randint(1, 5))
            if dice.random() < 0.4:
                chosen.insert(dice.choice((0, len(chosen))), dice.choice(self.by_kind["sentence"]))
        elif dice.random() < JOINED:
            chosen += [dice.choice(self.by_kind[dice.choice(("sentence", "name", "word"))]) for _ in range(dice.choice((1, 1, 2)))]
        comma, stop = dice.choice(((", ", ". "), ("，", "。"), ("、", "，"), (", ", "，"), (" ", " ")))
        zh = en = ""
        for n, (a, b) in enumerate(chosen):
            short = len(a) < 7
            zh += (comma if short else stop) * bool(n) + (b if len(chosen) > 1 and dice.random() < MIXED else a)
            en += (", " if short else ". ") * bool(n) + b
        return zh, en


def train(out: Path, start: Path, english: Path, minutes: float, steps: int, rate: float) -> None:
    """Go on until `steps` are done or so many `minutes` are over; the rate rises over the first part of the steps and falls in a line to nothing."""
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file, save_file
    from torch import nn
    from transformers import BertConfig, BertModel, BertTokenizerFast

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(1)
    every, judged = read_lines(out / "lines.jsonl"), read_lines(out / "graded.jsonl")
    words = (start / "vocab.txt").read_text(encoding="utf-8").splitlines()
    had = len(words)
    told = [v for v in every if v["split"] == "train"]
    if (out / "last.pt").exists():  # it goes on with the characters it began with
        words = (out / "model" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    else:
        words += sorted({c for v in told for c in v["zh"] if cjk(c)} - {*words})
    (out / "model").mkdir(exist_ok=True)
    (out / "model" / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    tokenizer, plain = (BertTokenizerFast(str(folder / "vocab.txt")) for folder in (out / "model", start))
    state = {k: v for k, v in load_file(start / "model.safetensors").items() if not k.endswith("position_ids")}
    first = state["embeddings.word_embeddings.weight"].float()
    characters = [i for i, w in enumerate(words) if len(w) == 1 and cjk(w)]
    number = {words[i]: i for i in characters}
    own = torch.full((len(words),), -1)
    own[torch.tensor(characters)] = torch.arange(len(characters))

    def beginnings() -> torch.Tensor:
        """For each character the mean of the English words beside it in words and names, with noise."""
        total, count = torch.zeros(len(characters), first.shape[1]), torch.zeros(len(characters), 1)
        for v in told:
            if v["kind"] != "sentence" and (ids := plain(v["en"], add_special_tokens=False)["input_ids"]):
                for at in {int(own[number[c]]) for c in v["zh"] if c in number}:
                    total[at] += first[ids].mean(0)
                    count[at] += 1
        mean = torch.where(count > 0, total / count.clamp(min=1), first[plain.unk_token_id])
        return mean + 0.3 * first.std() * torch.randn_like(mean)

    config = BertConfig.from_pretrained(start)
    teacher = BertModel(config, add_pooling_layer=False).eval()
    teacher.load_state_dict({k: v.float() for k, v in state.items() if "pooler" not in k})
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(teacher.state_dict())
    new = nn.Parameter(beginnings())
    teacher, model = teacher.to(device), model.to(device)
    first, own = torch.cat([first, torch.zeros(len(words) - had, first.shape[1])]).to(device), own.to(device)
    for p in (*teacher.parameters(), *model.embeddings.parameters()):
        p.requires_grad_(False)
    model.eval()  # no dropout: the teacher had none, and its vectors are to be met
    optimizer = torch.optim.AdamW([{"params": list(model.encoder.parameters()), "times": 1.0}, {"params": [new], "times": NEW}], lr=rate, weight_decay=0.0)
    done = 0
    if (out / "last.pt").exists():
        kept = torch.load(out / "last.pt", map_location=device)
        model.load_state_dict(kept["model"])
        new.data.copy_(kept["new"])
        optimizer.load_state_dict(kept["optimizer"])
        done = kept["done"]

    def mean_of(network: nn.Module, given: dict, embedded: torch.Tensor | None = None) -> torch.Tensor:
        mask = given["attention_mask"]
        what = {"inputs_embeds": embedded} if embedded is not None else {"input_ids": given["input_ids"]}
        with torch.autocast(device.type, dtype=torch.bfloat16):
            states = network(attention_mask=mask, **what).last_hidden_state.float()
        mask = mask[..., None].float()
        return F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    def batched(texts: Sequence[str], encode) -> torch.Tensor:  # type: ignore[no-untyped-def]
        """Like lengths go through together: little padding."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i].encode()))
        found = [encode([texts[i] or "." for i in order[at : at + 32]]) for at in range(0, len(order), 32)]
        back = torch.empty(len(order), dtype=torch.long, device=device)
        back[torch.tensor(order, device=device)] = torch.arange(len(order), device=device)
        return torch.cat(found)[back]

    def learnt(texts: Sequence[str]) -> torch.Tensor:
        given = tokenizer(list(texts), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt").to(device)
        ids = given["input_ids"]
        at = own[ids]
        return mean_of(model, given, torch.where((at >= 0)[..., None], new[at.clamp(min=0)], first[ids]))

    def taught(texts: Sequence[str]) -> torch.Tensor:
        given = plain(list(texts), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt").to(device)
        with torch.no_grad():
            return mean_of(teacher, given)

    dev = [v for v in every if v["split"] == "dev"]
    graded = lambda split, rows: [v for v in rows if v["split"] == split and measurable(v)]
    told_by_hand = graded("train", judged)
    english_pairs = read_lines(english) if english.exists() else []
    held = [t for v in english_pairs if v["split"] == "train" and v["query"].isascii() for t in (v["query"], *(t for t, _ in v["rows"]))] or [v["en"] for v in told]
    chinese_rows = lambda v: cjk(v["rows"][0][0])
    sets = {
        "zh/zh": [v for v in graded("dev", judged) if chinese_rows(v)], "zh/en": [v for v in graded("dev", judged) if not chinese_rows(v)],
        "en": [v for v in graded("dev", english_pairs) if v["query"].isascii()][:100],
    }  # fmt: skip

    def within(some: Sequence[dict]) -> float:
        """Mean over requests: chance that a row that fits is above one that does not."""
        out = []
        for v in some:
            vectors = batched([v["query"], *(t for t, _ in v["rows"])], learnt)
            out.append(in_order((vectors[1:] @ vectors[0]).tolist(), v["rows"]))
        return sum(out) / max(1, len(out))

    def measure() -> str:
        with torch.no_grad():
            mine, theirs = batched([v["zh"] for v in dev], learnt), batched([v["en"] for v in dev], taught)
            found = (mine @ theirs.T).argmax(1) == torch.arange(len(dev), device=device)
            return f"dev: found {found.float().mean():.3f} cosine {(mine * theirs).sum(1).mean():.3f} " + " ".join(f"{k} {within(v):.3f}" for k, v in sets.items())

    def save() -> None:
        torch.save({"model": model.state_dict(), "new": new.data, "optimizer": optimizer.state_dict(), "done": done}, out / "last.new")
        (out / "last.new").replace(out / "last.pt")

    source = Lines(told)
    print(f"{len(told)} lines, {len(dev)} kept out, {len(told_by_hand)} graded requests; {len(words) - had} new characters; step {done} {measure()}", flush=True)
    begun, last = time.perf_counter(), 0.0
    spent = lambda: (time.perf_counter() - begun) / 60
    while done < steps and spent() < minutes:
        dice = random.Random(done)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["times"] * min(1.0, done / steps / 0.03 + 0.01) * (1 - done / steps)
        batch = [source.one(dice) for _ in range(LINES)]
        kept_english = dice.sample(held, HELD)
        wanted = batched([en for _, en in batch] + kept_english, taught)
        mine = batched([zh for zh, _ in batch] + kept_english, learnt)
        apart_from = 1 - (mine * wanted).sum(1)
        near, moved = apart_from[: len(batch)].mean(), apart_from[len(batch) :].mean()
        goal = torch.arange(len(batch), device=device)
        told_apart = F.cross_entropy(mine[: len(batch)] @ wanted[: len(batch)].T / TEMPERATURE, goal)
        loss = NEAR * near + STAY * moved + ORDER * told_apart
        if done % EVERY == 0:
            some = dice.sample(told_by_hand, min(GRADED, len(told_by_hand)))
            rows = [dice.sample(g := [r for r in v["rows"] if r[1] > 1], min(len(g), ROWS // 2)) for v in some]
            rows = [r + dice.sample(b := [o for o in v["rows"] if o[1] < 2], min(len(b), ROWS - len(r))) for v, r in zip(some, rows, strict=True)]
            vectors = batched([v["query"] for v in some] + [t for r in rows for t, _ in r], learnt)
            at, total = len(some), torch.zeros((), device=device)
            for n, r in enumerate(rows):
                gains = torch.tensor([GAIN[g] for _, g in r], device=device)
                total = total - (gains / gains.sum() * F.log_softmax(vectors[at : at + len(r)] @ vectors[n] / TEMPERATURE, dim=0)).sum()
                at += len(r)
            loss = loss + 0.5 * total / len(rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*model.encoder.parameters()], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        if done % 25 == 0:
            print(f"{spent():.1f} {done} near {near.item():.3f} moved {moved.item():.3f} apart {told_apart.item():.3f}", flush=True)
        if spent() - last > 5:
            last = spent()
            print(f"{last:.1f} {done} {measure()}", flush=True)
            save()
    save()
    print(f"{spent():.1f} {done} end {measure()}", flush=True)
    state = {k: v.float().contiguous() for k, v in model.state_dict().items()}
    state["embeddings.word_embeddings.weight"] = torch.where((own >= 0)[:, None], new.data[own.clamp(min=0)], first).contiguous()
    save_file(state, out / "model" / "model.safetensors")
    config.vocab_size = len(words)
    config.save_pretrained(out / "model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("pairs", "train"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--start", type=Path, help="the folder of the model tuned on English (see `sentence mix`)")
    parser.add_argument("--english", type=Path, default=Path("pairs.jsonl"), help="what `sentence pairs` wrote: English texts that must keep their vectors")
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--rate", type=float, default=1e-4)
    options = parser.parse_args()
    if options.step == "pairs":
        pairs(options.folder)
    else:
        train(options.folder, options.start, options.english, options.minutes, options.steps, options.rate)


if __name__ == "__main__":
    main()
