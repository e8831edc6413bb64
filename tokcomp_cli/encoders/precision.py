"""Which device and number format the forward pass may use."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from tokcomp_cli.core.lazy import torch
from tokcomp_cli.encoders.choice import Precision
from tokcomp_cli.errors import PlanError, check_choice, first_line

BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
CPUINFO = Path("/proc/cpuinfo")


def cpu_flags(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """Return the processor's feature flags; none where the system does not list them."""
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return next(
        (frozenset(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), frozenset()
    )


def choose(precision: str, device: str, *, flags: frozenset[str] | None = None) -> torch.dtype:
    """Return the number format to run in.

    Args:
        precision: `float32`, `bfloat16`, or `auto` for bfloat16 where the hardware has it.
        device: Where the forward pass runs.
        flags: The processor's; None asks the system.

    Raises:
        PlanError: There is no such format, or the processor has no instructions for it.
    """
    check_choice("precision", precision, get_args(Precision))
    if precision == "float32":
        return torch.float32
    if torch.device(device).type == "cpu":
        able = bool(BFLOAT16_FLAGS & (cpu_flags() if flags is None else flags))
    else:
        able = torch.device(device).type == "cuda" and torch.cuda.is_bf16_supported()
    if not able and precision == "bfloat16":
        raise PlanError(
            f"`precision` bfloat16 needs instructions that this device ({device}) does not have "
            f"({' or '.join(sorted(BFLOAT16_FLAGS))} on a CPU); use float32"
        )
    return torch.bfloat16 if able else torch.float32


def check_device(device: str) -> str:
    """Return the device if the machine has it.

    Raises:
        PlanError: There is no such device here.
    """
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise PlanError(f"`device` {device} is not available ({first_line(error)}); use cpu") from error
    return device
