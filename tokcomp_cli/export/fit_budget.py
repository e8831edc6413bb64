"""How many frames of each input are sent: what the target asks for, within a budget of tokens."""

from collections.abc import Sequence

from tokcomp_cli.core.results.sending import SentFile, SentPicture
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.cost.estimate import file_cost
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.choice import Run, explained_by, fewest
from tokcomp_cli.export.look import Looked
from tokcomp_cli.export.sent_size import Unit
from tokcomp_cli.export.wishes import Wishes

WORTH = 0.9
"""Share of the tokens before above which sending something else is not worth it."""


def fit_budget(
    looked: Sequence[Looked], model: CostModel, wishes: Wishes, *, target: float
) -> list[SentFile]:
    """Return what is sent of each input.

    Without bounds each video gets the fewest frames that keep the target and every screen. Where the budget
    does not hold those, pictures keep theirs and videos share the rest in proportion to what they need.

    Args:
        looked: The inputs.
        model: For which they are sized and priced.
        wishes: Bounds.
        target: Content to explain.

    Raises:
        PlanError: The budget does not hold one frame of each.
    """
    units = [one.unit for one in looked]
    wanted = [fewest(one.apart, target=target, most=len(one.ordinal), floor=one.floor) for one in looked]
    bounds = _bounds(units, [len(runs) for runs in wanted], wishes)
    found = []
    for one, unit, runs, most in zip(looked, units, wanted, bounds, strict=True):
        if most < len(runs):
            runs = fewest(one.apart, target=target, most=most, floor=one.floor)
        found.append(_sent(one, unit, runs, model, target=target))
    return found


def _bounds(units: Sequence[Unit], wanted: Sequence[int], wishes: Wishes) -> list[int]:
    """Return the most frames of each input."""
    bounds = list(wanted)
    if wishes.max_pictures is not None:
        bounds = _shared(bounds, [1] * len(bounds), wishes.max_pictures, "--max-frames", "frames")
    if wishes.max_tokens is not None:
        sheets = [-(-one // unit.pictures) for one, unit in zip(bounds, units, strict=True)]
        costs = [unit.tokens for unit in units]
        fit = _shared(sheets, costs, wishes.max_tokens, "--max-tokens", "tokens")
        bounds = [min(one, most * unit.pictures) for one, most, unit in zip(bounds, fit, units, strict=True)]
    return bounds


def _shared(wanted: Sequence[int], costs: Sequence[int], budget: int, option: str, what: str) -> list[int]:
    """Return how many of each fit into a budget: one each, then the one furthest from what it wants."""
    least = sum(costs)
    if least > budget:
        one = "a frame" if len(costs) == 1 else f"one frame of each of {len(costs)} inputs"
        raise PlanError(
            f"{option} {count(budget)} is below {one} at the lowest setting that keeps the target: that is "
            f"{count(least)} {what}; ask for as many, or for a lower --target"
        )
    fit, left = [1] * len(costs), budget - least
    while True:
        open_ = [at for at in range(len(fit)) if fit[at] < wanted[at] and costs[at] <= left]
        if not open_:
            return fit
        at = min(open_, key=lambda at: (fit[at] / wanted[at], at))
        fit[at] += 1
        left -= costs[at]


def _sent(one: Looked, unit: Unit, runs: Sequence[Run], model: CostModel, *, target: float) -> SentFile:
    chosen = [run.chosen for run in runs]
    kept = explained_by(one.apart, chosen, floor=one.floor)
    before = file_cost(
        one.media, [(model, None)], sampling=one.sampling, frames=len(one.frame_index)
    ).estimates[0]
    after = unit.tokens * -(-len(runs) // unit.pictures)
    tier = one.tiers.best
    return SentFile(
        media=one.media,
        tier=tier,
        pictures=tuple(_picture(one, run) for run in runs),
        size=unit.cell,
        grid=unit.grid,
        tokens_before=before.tokens,
        tokens_after=after,
        sampled=len(one.frame_index),
        measured=len(one.ordinal),
        explained=kept,
        sampling=one.sampling,
        warnings=(
            *one.notes,
            *_about_size(one, unit, model),
            *_about_frames(one, runs, kept, target=target),
            *_worth(before.tokens, after),
        ),
    )


def _picture(one: Looked, run: Run) -> SentPicture:
    ordinal = one.ordinal[run.chosen]
    frame = one.frame_index[ordinal]
    start, end, frames = one.span(run.first, run.last)
    if one.media.kind == "image":
        return SentPicture(frame, None, None, None, 1)
    return SentPicture(frame, round(one.pts_seconds[ordinal], 3), round(start, 3), round(end, 3), frames)


def _about_size(one: Looked, unit: Unit, model: CostModel) -> list[str]:
    """Return what is to be said of the size that pictures are sent at."""
    found, (width, height) = [], unit.cell
    limit, best = model.rejects_above, one.tiers.best
    if limit is not None and max(one.media.width, one.media.height) > limit:
        found.append(
            f"{model.name} refuses a side above {limit:,} px; it was sized down to {width}×{height} px"
        )
    if one.tiers.smallest is None:
        found.append(
            f"no setting of {model.name} is known to keep the target; {best.name or 'the only one'} is taken"
        )
    if best.ruins_writing:
        found.append("at this setting writing cannot be read any more; send parts of the picture instead")
    return found if unit.grid is None else found + _cell_warning(one, unit)


def _about_frames(one: Looked, runs: Sequence[Run], kept: float, *, target: float) -> list[str]:
    """Return what is to be said of the frames that are left out."""
    found = []
    if len(runs) < one.screens:
        screens, frames = plural(one.screens, "screen"), plural(len(runs), "frame")
        found.append(f"{screens} of other writing were found, and {frames} fit")
    if kept < target - 1e-6:
        found.append(f"the chosen frames explain {kept:.3f}, less than the target of {target:g}")
    return found


def _worth(before: int | None, after: int) -> list[str]:
    if before is None or after <= WORTH * before:
        return []
    return [f"not worth it: {count(after)} tokens as pictures, {count(before)} as the file is; send the file"]


def _cell_warning(one: Looked, unit: Unit) -> list[str]:
    """Return what a cell of a contact sheet leaves of a frame."""
    left = one.in_cell
    if left is None:
        return []
    found = [
        f"in a cell of {unit.cell[0]}×{unit.cell[1]} px {left.explained:.3f} of a frame's content is left"
    ]
    if left.words:
        found.append(f"and {left.words_read} of {plural(left.words, 'word')} can still be read")
    return [", ".join(found)]
