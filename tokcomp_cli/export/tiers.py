"""Which tier of a model is enough: the cheapest that keeps the target, and the writing."""

from collections.abc import Sequence

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.sending import FileTiers, ModelTiers, Survival, TierLoss
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.cost.model import SIZED, CostModel, Tier
from tokcomp_cli.cost.seen import Seen
from tokcomp_cli.cost.table import Chosen
from tokcomp_cli.cost.video import Clip
from tokcomp_cli.export.survival import Pictures, Size

LEAST_READ = 0.9
"""Share of the words at full size below which a tier ruins writing."""
ROUNDING = 1e-6


def file_tiers(
    media: MediaFacts,
    chosen: Sequence[Chosen],
    pictures: Pictures,
    *,
    target: float,
    encoder: str,
    frames: int,
    notes: tuple[str, ...],
) -> FileTiers:
    """Return which tier of each model is enough for a file.

    Args:
        media: The file.
        chosen: Models, and tiers of them.
        pictures: The picture, or frames of the video.
        target: Content to explain.
        encoder: Name of the encoder that measured.
        frames: Frames sent as pictures to a model that takes no video.
        notes: What holds for all models.
    """
    models = tuple(
        model_tiers(media, model, asked, pictures, target=target, frames=frames) for model, asked in chosen
    )
    return FileTiers(media, target, len(pictures), encoder, models, notes)


def model_tiers(
    media: MediaFacts,
    model: CostModel,
    asked: Sequence[Tier] | None,
    pictures: Pictures,
    *,
    target: float,
    frames: int,
) -> ModelTiers:
    """Return which tier of one model is enough; sizing down that leaves the picture as it is is no tier."""
    offered = model.offered("picture" if media.kind == "image" else "video")
    default = _seen(media, model, offered[0], frames)
    found = []
    for tier in asked or offered:
        seen = _seen(media, model, tier, frames)
        if not asked and SIZED in (tier.name or "") and seen == default:
            continue
        survival = None if seen.size is None else pictures.at(_sizes(media, model, tier, pictures, frames))
        found.append(judged(tier, seen, survival, target=target, default=tier == offered[0]))
    return ranked(model, found)


def judged(tier: Tier, seen: Seen, survival: Survival | None, *, target: float, default: bool) -> TierLoss:
    """Return a tier with the verdict on it.

    It is enough where `explained` keeps the target and, in each picture with at least three words, nine in
    ten of them can still be read.
    """
    share = None if survival is None else survival.words_share
    ruins = share is not None and share < LEAST_READ
    keeps = survival is not None and survival.explained >= target - ROUNDING
    return TierLoss(
        name=tier.name,
        setting=setting_of(tier.name, seen.size),
        default=default,
        tokens=seen.tokens,
        size=seen.size,
        survival=survival,
        enough=keeps and not ruins and seen.tokens is not None,
        ruins_writing=ruins,
    )


def ranked(model: CostModel, found: Sequence[TierLoss]) -> ModelTiers:
    """Return a model's tiers by tokens, with the cheapest that is enough and a warning before ruined writing.

    Of tiers that cost the same the one that explains most comes first.
    """

    def order(one: TierLoss) -> tuple[bool, int, float, bool]:
        kept = 0.0 if one.survival is None else one.survival.explained
        return one.tokens is None, one.tokens or 0, -kept, not one.default

    tiers = tuple(sorted(found, key=order))
    ruined = [one for one in tiers if one.ruins_writing]
    return ModelTiers(
        model=model.name,
        source=model.source,
        date=model.date,
        tiers=tiers,
        smallest=next((one for one in tiers if one.enough), None),
        warning=_warning(ruined[-1], every=len(ruined) == len(tiers)) if ruined else None,
    )


def _warning(tier: TierLoss, *, every: bool) -> str | None:
    left = tier.survival
    if left is None or left.words is None:
        return None
    where = "every setting" if every else f"{tier.name}, and what is below it,"
    advice = "; send parts of the picture instead" if every else ""
    words = plural(left.words, "word")
    return f"{where} ruins the writing: {left.words_read} of {words} can still be read{advice}"


def setting_of(name: str | None, size: Size | None) -> str:
    """Return what to set in an engine, or to do, for a tier."""
    engine, resized, _ = (name or "").partition(SIZED)
    key, _, value = engine.partition("=")
    down = "sized down " + (f"to {size[0]}×{size[1]} px " if size else "") + "before sending"
    if resized:
        return f"{engine}, {down}"
    if key == "size":
        return down
    if key == "max_soft_tokens":
        return f"{name} (transformers, vLLM); --image-max-tokens {value} (llama.cpp)"
    return name or "nothing to set"


def _seen(media: MediaFacts, model: CostModel, tier: Tier, frames: int) -> Seen:
    if media.kind == "image":
        return model.of_picture(tier, media.width, media.height)
    clip = Clip(media.width, media.height, media.frames_in_file, media.duration_seconds or 0.0)
    return model.of_video(tier, clip, frames)[0]


def _sizes(media: MediaFacts, model: CostModel, tier: Tier, pictures: Pictures, frames: int) -> list[Size]:
    """Return what each measured picture is brought to; all frames of a file have one size."""
    size = _seen(media, model, tier, frames).size or (media.width, media.height)
    return [size] * len(pictures)
