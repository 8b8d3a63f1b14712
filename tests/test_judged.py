"""The judged requests in models/judged: every file is well formed, every id exists, no request stands twice or on two sides of the split."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "models" / "judged.py"


@pytest.mark.skipif(not SCRIPT.exists(), reason="only in the source tree")
def test_every_file_is_well_formed(tmp_path: Path) -> None:
    """`python models/judged.py check` finds nothing wrong and counts the requests."""
    done = subprocess.run([sys.executable, str(SCRIPT), "check"], capture_output=True, text=True, env={**os.environ, "RECSH_HOME": str(tmp_path)}, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) >= 700
