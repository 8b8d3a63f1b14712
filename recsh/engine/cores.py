"""How many threads pay: physical cores that this process may use, whatever the machine has.

llama.cpp's threads spin while they wait for each other, so that one more than there are cores costs far more than one less. Leaves out: systems
other than Linux, where it is what Python says.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def physical_cores(root: Path = ROOT) -> int:
    """Cores of this process's affinity, hyper-threads counted once, no more than its CPU quota (rounded up); at least 1. `root` holds sys and proc."""
    try:
        allowed = sorted(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return max(1, os.cpu_count() or 1)
    cores = set()
    for cpu in allowed:
        topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        try:
            cores.add(((topology / "physical_package_id").read_text(), (topology / "core_id").read_text()))
        except OSError:
            cores.add(("", str(cpu)))
    return max(1, min([len(cores), *map(math.ceil, quotas(root))]))


def quotas(root: Path = ROOT) -> Iterator[float]:
    """CPUs' worth of time that each control group around this process grants, of those that set a limit (cgroups(7), versions 2 and 1)."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = ["0::/"]
    for line in lines:
        number, names, path = line.split(":", 2)
        if number != "0" and "cpu" not in names.split(","):
            continue
        base = root / "sys/fs/cgroup" / ("" if number == "0" else names)
        inside = Path(path.lstrip("/"))  # a container sees its own group as the root, whatever the path says
        for group in (*(base / part for part in (inside, *inside.parents)), base):
            try:
                if number == "0":
                    quota, period = (group / "cpu.max").read_text().split()
                else:
                    quota, period = ((group / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
                if quota not in ("max", "-1") and int(period) > 0:
                    yield int(quota) / int(period)
            except (OSError, ValueError):
                continue
