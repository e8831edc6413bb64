"""The most memory that one run needs, measured in a process of its own."""

import json
import sys
from pathlib import Path

from tokcomp_cli.core.processes import die_with_parent, start_module
from tokcomp_cli.errors import MediaError
from tokcomp_cli.plan.plan import Plan

STATUS = Path("/proc/self/status")


def peak_memory(path: str, plan: Plan) -> tuple[int, str]:
    """Return the most bytes that a fresh process held that ran a plan on a file, and how they were read.

    Raises:
        MediaError: The process ended without an answer, for example because memory did not suffice.
    """
    process = start_module(__name__)
    request = json.dumps({"path": path, "plan": plan.to_record()})
    try:
        answer, _ = process.communicate(request.encode())
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    try:
        found = json.loads(answer)
        return int(found["bytes"]), f"a fresh process that runs ours once ({found['source']})"
    except (ValueError, KeyError, TypeError):
        raise MediaError(
            f"the process that measures memory ended with code {process.returncode} and no answer; "
            "close other programs and try again"
        ) from None


def _main() -> None:
    die_with_parent()
    request = json.loads(sys.stdin.buffer.read())
    from tokcomp_cli.encoders import open_encoder
    from tokcomp_cli.pipeline.run import run

    plan = Plan.of(**request["plan"])
    run(request["path"], plan, open_encoder(plan.encoder))
    most, source = _peak()
    sys.stdout.write(json.dumps({"bytes": most, "source": source}))


def _peak(status: Path = STATUS) -> tuple[int, str]:
    """Return the most bytes that this process held, and where that is said.

    Linux's `ru_maxrss` also counts what the parent held when it started this process; `VmHWM` does not.
    """
    try:
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), "VmHWM"
    except (OSError, StopIteration):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, "ru_maxrss"


if __name__ == "__main__":
    _main()
