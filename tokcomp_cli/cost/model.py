"""A model of the table: its formula with parameters, its tiers, where they come from."""

from dataclasses import dataclass
from typing import Literal

from tokcomp_cli.cost.seen import PictureRule, Seen
from tokcomp_cli.cost.video import AsPictures, Clip, Sampler, VideoRule

Kind = Literal["picture", "video"]

SIZED = "@"
"""In a tier's name, between the engine's setting and to what a picture is sized down before it is sent."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A setting of a model that changes what a picture or a video costs.

    Attributes:
        name: As the model's own engine writes it; None where the model has only one.
        picture: Formula of a picture.
        video: Formula of a video; None where the model takes none.
    """

    name: str | None
    picture: PictureRule
    video: VideoRule | None


@dataclass(frozen=True, slots=True)
class CostModel:
    """A model.

    Attributes:
        name: For users.
        family: Another name that stands for several models; None without.
        formula: In words.
        source: Address of what states it.
        date: Day on which the entry was last checked, as `2026-11-26`; None where nobody says.
        tiers: Its default for pictures first.
        video_tier: Name of the tier that is the default for videos; None for the first.
        frames: Which frames of a video the model takes; None where it takes no video.
        notes: What the count depends on.
        video_notes: What it leaves out of a video.
        rejects_above: Side in pixels from which the vendor refuses a picture.
        examples: Width, height and tokens by the source, for the default tier.
        price_per_million: Of input tokens, in the currency of whoever set it; the table itself has none.
        currency: Of the price.
    """

    name: str
    family: str | None
    formula: str
    source: str
    date: str | None
    tiers: tuple[Tier, ...]
    video_tier: str | None = None
    frames: Sampler | None = None
    notes: tuple[str, ...] = ()
    video_notes: tuple[str, ...] = ()
    rejects_above: int | None = None
    examples: tuple[tuple[int, int, int], ...] = ()
    price_per_million: float | None = None
    currency: str = ""

    @property
    def takes_video(self) -> bool:
        """Return whether the model takes a video as such."""
        return self.frames is not None and self.tiers[0].video is not None

    def offered(self, kind: Kind) -> tuple[Tier, ...]:
        """Return the tiers that differ for this kind of input, the default first."""
        first = self.tiers[0]
        if kind == "video" and self.takes_video:
            named = [tier for tier in self.tiers if tier.name == self.video_tier]
            first = named[0] if named else first
        ordered = (first, *(tier for tier in self.tiers if tier is not first))
        rules = [self._rule(tier, kind) for tier in ordered]
        return tuple(tier for at, tier in enumerate(ordered) if rules[at] not in rules[:at])

    def _rule(self, tier: Tier, kind: Kind) -> object:
        return tier.video if kind == "video" and self.takes_video else tier.picture

    def of_picture(self, tier: Tier, width: int, height: int) -> Seen:
        """Return what a picture costs at a tier."""
        return tier.picture.picture(width, height)

    def of_video(self, tier: Tier, clip: Clip, frames_at_rate: int) -> tuple[Seen, int]:
        """Return what a video costs at a tier, and how many frames of it are seen.

        Args:
            tier: Of this model.
            clip: The video.
            frames_at_rate: Frames that are sent as pictures to a model that takes no video.
        """
        if self.frames is None or tier.video is None:
            return AsPictures(tier.picture).video(clip, frames_at_rate), frames_at_rate
        frames = self.frames.count(clip)
        return tier.video.video(clip, frames), frames
