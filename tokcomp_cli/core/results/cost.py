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


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """What one file, or several, cost in a model as they are, and as the frames that are left.

    Attributes:
        model: Its name.
        tokens_before: As the file is; None where the model refuses it. An estimate by formula.
        tokens_after: Of one picture a merged frame; of a picture, of itself.
        saved: Share of the tokens that is saved; below 0 where it costs more.
        frames_before: Frames that were looked at; 1 for a picture.
        frames_after: Frames that are left.
        worth_it: Whether at least a tenth is saved.
        price_before: None where the user set no price.
        price_after: The same of what is left.
        currency: As the user wrote it.
        estimated: Always true.
    """

    model: str
    tokens_before: int | None
    tokens_after: int
    saved: float | None
    frames_before: int
    frames_after: int
    worth_it: bool
    price_before: float | None = None
    price_after: float | None = None
    currency: str = ""
    estimated: bool = True
