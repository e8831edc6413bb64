"""How many frames of each input are sent: what the target asks for, within a budget of tokens."""

from collections.abc import Sequence
from dataclasses import replace

from tokcomp_cli.core.results.sending import SentFile, SentPicture
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.cost.estimate import file_cost
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.choice import chosen_of, explained_by, fewest
from tokcomp_cli.export.look import Looked
from tokcomp_cli.export.sent_size import Unit
from tokcomp_cli.export.spans import NOTHING, UNLIKE, spans_of
from tokcomp_cli.export.wishes import Wishes

WORTH = 0.9
"""Share of the tokens before above which sending something else is not worth it."""


def fit_budget(
    looked: Sequence[Looked], model: CostModel, wishes: Wishes, *, target: float
) -> list[SentFile]:
    """Return what is sent of each input.

    Without bounds each video gets the fewest frames that keep the target and every screen. Where the budget
    does not hold those, one common cut goes through all inputs: each has its first frame, and the next one
    goes where it explains most for a token.

    Args:
        looked: The inputs.
        model: For which they are sized and priced.
        wishes: Bounds.
        target: Content to explain.

    Raises:
        PlanError: The budget does not hold one frame of each.
    """
    wanted = [fewest(one.apart, one.order, target=target, floor=one.floor) for one in looked]
    bounds = _bounds(looked, [len(chosen) for chosen in wanted], wishes)
    found = []
    for one, chosen, most in zip(looked, wanted, bounds, strict=True):
        if most < len(chosen):
            chosen = chosen_of(one.apart, one.order, most)
        found.append(_sent(one, one.unit, chosen, model, target=target))
    return found


def _bounds(looked: Sequence[Looked], wanted: Sequence[int], wishes: Wishes) -> list[int]:
    """Return the most frames of each input."""
    bounds, single = list(wanted), [1] * len(wanted)
    if wishes.max_pictures is not None:
        bounds = _cut(looked, bounds, single, single, wishes.max_pictures, ("--max-frames", "frames"))
    if wishes.max_tokens is not None:
        costs, held = [one.unit.tokens for one in looked], [one.unit.pictures for one in looked]
        bounds = _cut(looked, bounds, costs, held, wishes.max_tokens, ("--max-tokens", "tokens"))
    return bounds


def _cut(
    looked: Sequence[Looked],
    wanted: Sequence[int],
    costs: Sequence[int],
    held: Sequence[int],
    budget: int,
    names: tuple[str, str],
) -> list[int]:
    """Return how many frames of each input fit into a budget.

    Args:
        looked: The inputs.
        wanted: Most frames of each.
        costs: Of one picture, or contact sheet, of each.
        held: Frames in it.
        budget: For all.
        names: The option that bounds it, and what is counted.
    """
    least = sum(costs)
    if least > budget:
        one = "a frame" if len(costs) == 1 else f"one frame of each of {len(costs)} inputs"
        raise PlanError(
            f"{names[0]} {count(budget)} is below {one} at the lowest setting that keeps the target: that is "
            f"{count(least)} {names[1]}; ask for as many, or for a lower --target"
        )
    fit = [min(most, few) for most, few in zip(wanted, held, strict=True)]
    left = budget - least
    while True:
        open_ = [at for at in range(len(fit)) if fit[at] < wanted[at] and costs[at] <= left]
        if not open_:
            return fit
        at = max(open_, key=lambda at: (looked[at].gain(fit[at], held[at]) / max(costs[at], 1), -at))
        fit[at] = min(fit[at] + held[at], wanted[at])
        left -= costs[at]


def _sent(one: Looked, unit: Unit, chosen: Sequence[int], model: CostModel, *, target: float) -> SentFile:
    kept = explained_by(one.apart, chosen, floor=one.floor)
    before = file_cost(
        one.media, [(model, None)], sampling=one.sampling, frames=len(one.frame_index)
    ).estimates[0]
    after = unit.tokens * -(-len(chosen) // unit.pictures)
    spans: dict[int, list[tuple[float, float, int]]] = {}
    for span in spans_of(one.apart, chosen):
        spans.setdefault(span.chosen, []).append(one.span(span.first, span.last))
    tier = one.tiers.best
    return SentFile(
        media=one.media,
        tier=tier,
        pictures=tuple(_picture(one, at, spans[at]) for at in chosen),
        size=unit.cell,
        grid=unit.grid,
        tokens_before=before.tokens,
        tokens_after=after,
        sampled=len(one.frame_index),
        measured=len(one.ordinal),
        explained=kept,
        sampling=one.sampling,
        nothing=_times(spans.get(NOTHING, [])),
        unlike=_times(spans.get(UNLIKE, [])),
        warnings=(
            *one.notes,
            *_about_size(one, unit, model),
            *_about_frames(one, len(chosen), kept, target=target),
        ),
    )


def _picture(one: Looked, chosen: int, spans: Sequence[tuple[float, float, int]]) -> SentPicture:
    ordinal = one.ordinal[chosen]
    frame = one.frame_index[ordinal]
    if one.media.kind == "image":
        return SentPicture(frame, None, (), 1)
    frames, screen = sum(frames for _, _, frames in spans), int(one.apart.screen[chosen])
    return SentPicture(frame, round(one.pts_seconds[ordinal], 3), _times(spans), frames, screen)


def _times(spans: Sequence[tuple[float, float, int]]) -> tuple[tuple[float, float], ...]:
    """Return spans in seconds, to the millisecond."""
    return tuple((round(start, 3), round(end, 3)) for start, end, _ in spans)


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


def _about_frames(one: Looked, sent: int, kept: float, *, target: float) -> list[str]:
    """Return what is to be said of the frames that are left out."""
    found = []
    if sent < one.apart.screens:
        screens, frames = plural(one.apart.screens, "screen"), plural(sent, "frame")
        found.append(f"{screens} of other writing were found, and {frames} fit")
    if kept < target - 1e-6:
        found.append(f"the chosen frames explain {kept:.3f}, less than the target of {target:g}")
    return found


def with_worth(one: SentFile) -> SentFile:
    """Return an input with a warning where the file itself costs hardly more than what is sent of it."""
    before, after = one.tokens_before, one.tokens_after
    if before is None or after <= WORTH * before:
        return one
    told = f"not worth it: {count(after)} tokens as pictures, {count(before)} as the file is; send the file"
    return replace(one, warnings=(*one.warnings, told))


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
