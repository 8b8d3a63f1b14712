"""What the weights, the sentence model and the reranker learn from can be made without what trains them: requests over invented catalogs, and those judged by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).parent.parent / "models"

pytestmark = pytest.mark.skipif(not (MODELS / "tasks.py").exists(), reason="only in the source tree")

MADE = """
import json, random, sys
from itertools import islice
from pathlib import Path
from sentence import judged_requests, made_requests
from tasks import KINDS, Maker
from worlds import read
path = Path(sys.argv[1])
maker, dice = Maker(read(path), rows=8), random.Random(3)
kinds = {kind: [len(maker.task(dice, kind).rows) for _ in range(5)] for kind in KINDS}
made = [[request, rows] for request, _, rows in islice(made_requests(path, ("tags", "not", "like", "follow")), 40)]
_, judged, rows = next(judged_requests())
print(json.dumps({"kinds": kinds, "made": made, "judged": [len(judged["grades"]), rows]}))
"""


def test_tasks_of_every_kind_are_made(tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, (str(MODELS), str(MODELS.parent), os.environ.get("PYTHONPATH", ""))))

    def python(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": path, "RECSH_HOME": str(tmp_path / "home")}
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=300)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return done.stdout

    python(str(MODELS / "worlds.py"), str(tmp_path / "worlds.json"), "--vectors", "none")
    found = json.loads(python("-c", MADE, str(tmp_path / "worlds.json")))
    assert len(found["kinds"]) > 8 and all(min(rows) > 0 for rows in found["kinds"].values())
    for request, rows in found["made"]:
        assert request and request.isascii() and {grade for _, grade in rows} == {0, 3}
    grades, rows = found["judged"]
    assert len(rows) == grades > 5 and all(text and grade in (0, 1, 2, 3) for text, grade in rows)

    # The program as a whole on such requests: what asks by name is found, and who asks for tags gets them first.
    table = {line[:16].strip(): line[16:].split() for line in python(str(MODELS / "whole.py"), str(tmp_path / "worlds.json"), "--requests", "24", "--kinds", "tags,by").splitlines()[1:]}
    assert table["all"][0] == "24" and table["tags"][0] == "12"
    assert float(table["by"][1]) > 0.9 and float(table["tags"][1]) > 0.85
