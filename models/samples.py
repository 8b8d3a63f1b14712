"""Read the rows of the sample catalogs with the sentence model once, so that the first question after an install need not.

    python models/samples.py            writes models/samples/keys.npy and models/samples/vectors.npy (float16)

Run it again when a sample catalog, `recsh.index.describe` or the sentence model changes; tests/test_semantic.py says when it is due.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy

from recsh.catalog import SAMPLES
from recsh.semantic import Semantic, key_of
from recsh.session import load_catalog


def main() -> None:
    vectors: dict[int, numpy.ndarray] = {}
    semantic = Semantic()
    with tempfile.TemporaryDirectory() as home:
        os.environ["RECSH_HOME"] = home
        for name in SAMPLES:
            index = load_catalog(name, semantic=semantic).index
            texts = map(index.describe, index.items(range(index.rows)))
            vectors |= {key_of(t): v for t, v in zip(texts, numpy.array(index.vectors), strict=True)}
            print(f"{name}: {index.rows} rows")
    keys = numpy.array(sorted(vectors), dtype=numpy.int64)
    folder = Path(__file__).parent / "samples"
    folder.mkdir(exist_ok=True)
    numpy.save(folder / "keys.npy", keys)
    numpy.save(folder / "vectors.npy", numpy.stack([vectors[int(k)] for k in keys]))


if __name__ == "__main__":
    main()
