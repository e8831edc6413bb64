"""What a file costs in named models: estimates by formula, nothing measured."""

from dataclasses import dataclass

from tokcomp_cli.core.frames import MediaFacts


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What one file costs in one model at one tier.

    Attributes:
        model: Its name.
        tier: The setting of the model, as its engine writes it; None where there is only one.
        default: Whether the tier is the model's default for this kind of input.
        tokens: Visual tokens; None where the model refuses the size. Text around them is not counted.
        how: The sum as it comes about for this file.
        frames: Frames of a video that the model sees; None for a picture.
        takes_video: Whether the model takes a video as such; else its frames are pictures.
        formula: In words.
        source: Address of what states it.
        date: Day on which the entry was last checked; None for a user's own.
        notes: What has to be known of this file in this model.
        price: Of the tokens, in `currency`; None where the user set no price.
        currency: As the user wrote it.
    """

    model: str
    tier: str | None
    default: bool
    tokens: int | None
    how: str
    frames: int | None
    takes_video: bool
    formula: str
    source: str
    date: str | None
    notes: tuple[str, ...] = ()
    price: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class FileCost:
    """What one file costs in each model.

    Attributes:
        media: The file.
        sampling: Which frames are sent to models that take no video, as `fps=2`; None for a picture.
        estimates: Models in the order of the table, the default tier of each first.
        notes: What holds for all of them.
    """

    media: MediaFacts
    sampling: str | None
    estimates: tuple[CostEstimate, ...]
    notes: tuple[str, ...] = ()
