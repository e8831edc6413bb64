"""The two tables of a comparison: within merged frames, and over the whole video."""

from collections.abc import Sequence

from tokcomp_cli.comparison.downsample import downsampled
from tokcomp_cli.comparison.inputs import ComparisonInput, shares
from tokcomp_cli.comparison.rows import CONTROLS, PoolRows
from tokcomp_cli.comparison.run_method import around, chained, one_shot, over_time, within_frames
from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import check_needs
from tokcomp_cli.core.results.comparison import MERGED_FRAMES, WHOLE_VIDEO, ComparedMethod
from tokcomp_cli.core.timing import Progress, counted, unwatched

DRAWS = 5
OTHER_MERGING = ("adjacent", "uniform", "none")
DOWNSAMPLE = (
    "the encoder answers otherwise to smaller pictures, which counts against it here; "
    "its time is that of encoding"
)


def compared(
    given: ComparisonInput, chosen: Sequence[Method] | None, progress: Progress = unwatched
) -> tuple[list[ComparedMethod], list[str]]:
    """Return the rows of both tables, and a sentence for each method that was left out.

    A still has the first table only, and so has a clip where no method over the whole video was chosen.

    Args:
        given: The input.
        chosen: Methods to run beside the controls; None for all without weights.
        progress: Called with methods done and methods to do, for each table.
    """
    ready = tuple(method for method in METHODS if method.load is None)
    methods = ready if chosen is None else tuple(chosen)
    spatial = [one for one in methods if one.stage == "spatial" and one.name not in {"random", "none"}]
    over_video = [one for one in methods if one.compress_video is not None]
    tables, notes = [], []
    if given.frames == 1 and chosen is not None:
        notes = [f"left out {one.name}: it compares frames" for one in over_video]
    if given.frames > 1 and over_video:
        tables.append(_whole_video(given, over_video, progress, chains=chosen is None))
    if not tables or len(over_video) < len(methods):
        tables.insert(0, _merged_frames(given, spatial, progress, chains=chosen is None))
    rows = [row for table in tables for row in table.rows]
    return rows, [*(note for table in tables for note in table.left_out), *notes]


def _merged_frames(
    given: ComparisonInput, methods: Sequence[Method], progress: Progress, *, chains: bool
) -> PoolRows:
    """Return the table of methods that each merged frame is given to, an equal share of the tokens each."""
    random, seed = find("spatial", "random"), given.plan.seed
    draws = [within_frames(given, random, seed=seed + number, repeat=number == 0) for number in range(DRAWS)]
    table = PoolRows(given, MERGED_FRAMES, "spatial", draws)
    for method in counted(_with_controls(methods), progress):
        with table.or_left_out(method.name):
            check_needs(method, given.grids[0])
            method.check_encoder(given.facts)
            if method.any_count:
                table.add(method.name, "spatial", within_frames(given, method, seed=seed))
            else:
                table.add_between(method.name, "spatial", *around(given, method))
    with table.or_left_out("downsample"):
        table.add_between("downsample", "spatial", *downsampled(given), DOWNSAMPLE)
    if chains:
        merging = () if given.frames == 1 else (given.settings.temporal,)
        for reduce, last in (("ward", "cut"), ("steps", "steps")):
            name = " + ".join(("ward", *merging, last))
            table.add(name, "progressive", chained(given, given.groups, reduce=reduce))
    return table


def _whole_video(
    given: ComparisonInput, methods: Sequence[Method], progress: Progress, *, chains: bool
) -> PoolRows:
    """Return the table of methods that are given the tokens of all frames at once."""
    random, seed = find("spatial", "random"), given.plan.seed
    draws = [over_time(given, random, seed=seed + number) for number in range(DRAWS)]
    table = PoolRows(given, WHOLE_VIDEO, "temporal", draws)
    for method in counted((find("spatial", "uniform"), *methods), progress):
        with table.or_left_out(method.name):
            table.add(method.name, "temporal", over_time(given, method))
    if not chains:
        return table
    for merging in OTHER_MERGING:
        if merging != given.settings.temporal:
            name = f"ward + {merging} + cut"
            with table.or_left_out(name):
                table.add(name, "progressive", chained(given, given.regrouped(merging), reduce="ward"))
    if given.total < given.frames:
        few = f"{given.total} tokens are too few for {given.frames} frames"
        table.left_out.append(f"left out one-shot reduction: {few}")
    else:
        table.add("ward", "one-shot", one_shot(given, shares(given.total, given.frames)))
    return table


def _with_controls(methods: Sequence[Method]) -> list[Method]:
    """Return the methods, then the controls that are not among them."""
    asked = {method.name for method in methods}
    return [*methods, *(find("spatial", name) for name in CONTROLS[1:3] if name not in asked)]
