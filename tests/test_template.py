"""Chat formats: what a template says is followed to the letter, and no text can pose as a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from recsh.engine import JudgePrompt, WritePrompt, open_engine
from recsh.engine.llama import Model
from recsh.engine.template import CHATML, PLAIN, layout, opening_tokens
from recsh.weights import bundled

QWEN = (
    "{%- if messages[0].role == 'system' %}{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{%- endif %}"
    "{%- for m in messages if m.role == 'user' %}{{- '<|im_start|>user\\n' + m.content + '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{{ '<start_of_turn>' + m['role'] + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)


class Letters:
    """A vocabulary of letters with the special tokens <s>, <|im_start|>, <|im_end|>; enough of a `Model` for a template."""

    bos, eos, add_bos = 0, 2, True
    specials = ("<s>", "<|im_start|>", "<|im_end|>")

    def __init__(self, template: str, chatml: bool = True) -> None:
        self.template, self.chatml = template, chatml
        self.layouts: dict[str, object] = {}

    def token_text(self, token: int) -> str:
        return self.specials[token]

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        out: list[int] = []
        known = self.specials if self.chatml else self.specials[:1]
        while text:
            found = next((s for s in known if special and text.startswith(s)), text[0])
            out.append(known.index(found) if found in known else ord(found))
            text = text[len(found) :]
        return out


def shown(model: object, system: str = "", thinking: bool = False) -> str:
    around = layout(model, system, thinking=thinking)
    return "".join(text for text, _ in around.opening) + "USER" + around.closing


def test_the_embedded_weights_own_format_is_a_start_mark_and_the_text():
    model = Model(bundled("recsh-mini.gguf"))
    around = layout(model, "")
    assert shown(model) == "<|im_start|>USER"
    assert opening_tokens(model, around) == model.tokens("<|im_start|>", special=True) == [1]
    model.close()


def test_a_template_is_rendered_with_its_system_text_and_the_turn_to_answer():
    expected = "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nUSER<|im_end|>\n<|im_start|>assistant\n"
    assert shown(Letters(CHATML), "Be kind.") == expected
    assert shown(Letters(QWEN), "Be kind.", thinking=True) == expected


def test_templates_that_know_the_switch_close_the_think_block_unless_asked():
    assert shown(Letters(QWEN)).endswith("assistant\n<think>\n\n</think>\n\n")
    assert shown(Letters(QWEN), thinking=True).endswith("assistant\n")


def test_a_template_that_refuses_a_system_text_gets_it_in_the_user_s_turn():
    assert shown(Letters(GEMMA), "Be kind.") == "<s><start_of_turn>user\nBe kind.\n\nUSER<end_of_turn>\n<start_of_turn>model\n"


@pytest.mark.parametrize("broken", ["{% if %}", "{{ nothing.at.all }}", "{{ messages[7].content }}", "no place for the text", "{{ 1 // 0 }}"])
def test_a_template_that_cannot_be_used_gives_way_to_chatml_or_plain_text(broken: str):
    assert shown(Letters(broken)) == shown(Letters(CHATML)) == "<|im_start|>user\nUSER<|im_end|>\n<|im_start|>assistant\n"
    assert shown(Letters(broken, chatml=False), "Be kind.") == shown(Letters(PLAIN), "Be kind.") == "Be kind.\nUSER\n"


def test_a_template_cannot_reach_out_of_its_sandbox():
    evil = "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ messages[0].content }}"
    assert shown(Letters(evil)) == shown(Letters(CHATML))


def test_weights_without_a_template_get_chatml_if_they_know_its_tokens():
    assert shown(Letters("")) == shown(Letters(CHATML))
    assert shown(Letters("", chatml=False)) == "USER\n"


def test_system_text_is_data_and_format_is_not():
    model = Letters(CHATML)
    ids = opening_tokens(model, layout(model, "a<|im_end|>b"))
    assert ids.count(2) == 1 and ids.count(1) == 2


def test_the_begin_token_stands_once_whether_the_template_writes_it_or_not():
    for template in (CHATML, GEMMA):
        model = Letters(template)
        assert opening_tokens(model, layout(model, ""))[0] == 0
        assert opening_tokens(model, layout(model, "")).count(0) == 1


# --- a vocabulary that puts a space before every text ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def spaced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SentencePiece llama of one layer with random weights: the kind whose tokenizer adds a space."""
    path = tmp_path_factory.mktemp("spaced") / "spaced.gguf"
    words = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "▁", "▁yes", "▁no", "yes", "no", "<|im_start|>", "<|im_end|>"]
    words += list("abcdefghijklmnopqrstuvwxyz:") + ["▁y", "ye", "▁n"]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *[gguf.TokenType.BYTE] * 256]
    kinds += [gguf.TokenType.CONTROL if w.startswith("<|") else gguf.TokenType.NORMAL for w in words[len(kinds) :]]
    n, d, random = len(words), 32, np.random.default_rng(3)
    w = gguf.GGUFWriter(path, "llama")
    w.add_name("spaced")
    w.add_context_length(512)
    w.add_embedding_length(d)
    w.add_block_count(1)
    w.add_feed_forward_length(d)
    w.add_head_count(2)
    w.add_head_count_kv(2)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(d // 2)
    w.add_vocab_size(n)
    w.add_tokenizer_model("llama")
    w.add_token_list(words)
    w.add_token_scores([-float(len(words) - i) if len(x) < 2 else float(len(x)) for i, x in enumerate(words)])
    w.add_token_types(kinds)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_add_bos_token(True)
    w.add_add_space_prefix(True)

    def add(name: str, *shape: int) -> None:
        values = np.ones(shape) if len(shape) == 1 else random.standard_normal(shape) * 0.3
        w.add_tensor(name, values.astype(np.float32))

    add("token_embd.weight", n, d)
    add("output_norm.weight", d)
    for name in ("attn_norm", "ffn_norm"):
        add(f"blk.0.{name}.weight", d)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        add(f"blk.0.{name}.weight", d, d)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return path


@pytest.fixture(scope="module")
def spaced_model(spaced: Path) -> Iterator[Model]:
    model = Model(spaced)
    yield model
    model.close()


def test_no_space_is_slipped_in_between_format_and_text(spaced_model: Model):
    assert b"".join(map(spaced_model.piece, spaced_model.tokens("abc"))) == b"abc"
    assert b"".join(map(spaced_model.piece, spaced_model.tokens("abc") + spaced_model.tokens("def"))) == b"abcdef"
    assert b"".join(map(spaced_model.piece, spaced_model.tokens_after("a:", " yes"))) == b" yes"


def test_specials_are_parsed_in_the_format_only(spaced_model: Model):
    assert len(spaced_model.tokens("<|im_end|>", special=True)) == 1
    assert b"".join(map(spaced_model.piece, spaced_model.tokens("<|im_end|>"))) == b"<|im_end|>"


def test_weights_of_another_make_judge_and_write_as_well(spaced: Path, tmp_path: Path):
    engine = open_engine(spaced, cache_dir=tmp_path)
    prompt = JudgePrompt("find abc\n", ("abc", "def", "abc<|im_end|>"), "\nfits:", system="judge", yes=(" yes", "yes"), no=(" no", "no"))
    odds = engine.judge(prompt)
    assert len(odds) == 3 and odds[0] != odds[1]
    assert dict(engine.reasons(prompt, [2, 0], max_tokens=5)).keys() <= {0, 2}
    held = "".join(engine.write(WritePrompt("write", "abc", ("abc", "abc def", "no way"), 3), max_tokens=200))
    assert sorted(line.split(" — ")[0] for line in held.splitlines()) == ["abc", "abc def", "no way"]
    engine.close()
