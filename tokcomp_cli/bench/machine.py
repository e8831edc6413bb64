"""What a speed was measured on."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import torch

from tokcomp_cli import __version__
from tokcomp_cli.core.results.speed import Machine
from tokcomp_cli.encoders.base import Encoder

CPUINFO = Path("/proc/cpuinfo")
LIBRARIES = ("torch", "av", "numpy", "opencv-python-headless")


def machine(encoders: Mapping[str, Encoder], load: float | None) -> Machine:
    """Return what is measured on.

    Args:
        encoders: By variant.
        load: Of the machine when the measurement began.
    """
    versions = {"tokcomp": __version__, "python": platform.python_version()}
    return Machine(
        processor=processor(),
        cores=cores(),
        threads=torch.get_num_threads(),
        load=load,
        encoder=next(iter(encoders.values())).facts.name,
        dtype={name: encoder.facts.dtype for name, encoder in encoders.items()},
        versions=versions | {name: version(name) for name in LIBRARIES},
    )


def cores() -> int:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float | None:
    """Return how many programs wanted to run, mean of the last minute, or None where nothing says so."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Return the processor's name, or its architecture where the system does not name it."""
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
