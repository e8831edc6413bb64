"""What a plan may say, checked before any file is opened."""

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from tokcomp_cli.compress import find
from tokcomp_cli.core.stats import STATISTICS
from tokcomp_cli.difficulty.ocr import missing
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.errors import PlanError, near
from tokcomp_cli.media.sampling import check_options

if TYPE_CHECKING:
    from tokcomp_cli.plan.plan import Plan

ALLOCATIONS, REDUCTIONS = ("cut", "uniform"), ("ward", "steps")
MOST_SEED = 2**63 - 1
WHOLE_GRID = ("none", "pool")
ENGINES = ("vllm", "tensorrt-llm", "openvino")


def check_stages(plan: "Plan") -> None:
    """Check how the stages compress.

    Raises:
        PlanError: The first thing that cannot be done.
    """
    find("spatial", plan.spatial_method)
    find("temporal", plan.temporal, whole_video=True)
    _choice("--allocate", plan.allocate, ALLOCATIONS)
    _choice("--reduce", plan.reduce, REDUCTIONS)
    if plan.similarity is not None:
        _choice("--similarity", plan.similarity, STATISTICS)
    if not 0 < plan.ratio <= 1:
        raise PlanError(f"--spatial-ratio takes a share above 0 and at most 1; got {plan.ratio:g}")
    if plan.threshold is not None and not -1 <= plan.threshold <= 1:
        raise PlanError(f"--threshold takes a cosine between -1 and 1; got {plan.threshold:g}")
    if plan.target is not None and not 0 < plan.target <= 1:
        raise PlanError(f"--target takes a number above 0 and at most 1; got {plan.target:g}")


def check_rest(plan: "Plan") -> None:
    """Check everything else that is asked for.

    Raises:
        PlanError: The first thing that cannot be done.
    """
    if not 0 <= plan.seed <= MOST_SEED:
        raise PlanError(f"--seed takes a whole number from 0 to 2^63 - 1; got {plan.seed}")
    if plan.max_pixels is not None and plan.max_pixels < 1:
        raise PlanError(f"--max-pixels takes a number of pixels, at least 1; got {plan.max_pixels}")
    if not 0 < plan.timeout_seconds < math.inf:
        raise PlanError(f"--timeout takes a number of seconds above 0; got {plan.timeout_seconds:g}")
    if not 1 <= plan.layers <= 1000:
        raise PlanError(f"--layers takes 1 to 1000 layers; got {plan.layers}")
    if plan.temporal_every < 1:
        raise PlanError(f"--temporal-every takes a whole number, at least 1; got {plan.temporal_every}")
    if any(later > earlier for earlier, later in pairwise(plan.layer_keep)):
        raise PlanError("--layer-keep cannot rise: a token that was dropped does not come back")
    if len(plan.layer_keep) != 4 or not all(0 < share <= 1 for share in plan.layer_keep):
        raise PlanError("--layer-keep takes four shares above 0 and at most 1, as 1,0.7,0.5,0.4")
    if plan.query is not None and not plan.query.strip():
        raise PlanError("--query is empty; write a question or leave it out")
    if plan.serving is not None:
        _choice("--serving", plan.serving, ENGINES)
    if plan.serving == "openvino" and plan.query is None:
        raise PlanError(
            "--serving openvino prunes by the question (CDPruner); give --query, and an encoder with a "
            "text tower"
        )
    if plan.budget.kind == "target" and plan.tiers_in_ledger:
        raise PlanError(
            "--budget target= cannot be held beside tiers, which take tokens after it; leave one of them out"
        )
    check_options(
        fps=plan.fps,
        every=plan.every,
        frames=plan.frames,
        start_seconds=plan.start_seconds,
        end_seconds=plan.end_seconds,
        max_frames=plan.max_frames,
    )
    parse_rule(plan.difficulty)
    if plan.ocr and (absent := missing()):
        raise PlanError(f"--ocr cannot read words: {absent}")


def check_over_time(plan: "Plan") -> None:
    """Check what goes with a temporal method over the whole video.

    Raises:
        PlanError: Something does not.
    """
    if plan.temporal_ratio is not None and not 0 < plan.temporal_ratio <= 1:
        raise PlanError(f"--temporal-ratio takes a share above 0 and at most 1; got {plan.temporal_ratio:g}")
    if not plan.over_time:
        if plan.temporal_ratio is not None:
            raise PlanError(
                f"--temporal-ratio goes with a method over the whole video; --temporal {plan.temporal} "
                "merges frames by --threshold"
            )
        return
    if plan.spatial_method not in WHOLE_GRID:
        raise PlanError(
            f"--temporal {plan.temporal} compares patches at the same place of the grid, which --spatial "
            f"{plan.spatial} breaks; use --spatial {' or '.join(WHOLE_GRID)}, or leave it out"
        )
    if plan.detail:
        raise PlanError(
            f"the detail path reads a merged frame, and --temporal {plan.temporal} merges none; "
            "use --temporal frame-merge"
        )
    if plan.tiers_in_ledger:
        raise PlanError(
            f"tiers of relevance work on merged frames, and --temporal {plan.temporal} merges none; "
            "use --temporal frame-merge"
        )
    if plan.reduce == "steps":
        raise PlanError(f"--reduce steps does not go with --temporal {plan.temporal}; use --reduce ward")


def _choice(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise PlanError(f"{option} takes {', '.join(known)}; got {value!r}{near(value, known)}")
