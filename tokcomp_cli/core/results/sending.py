"""Which tier of a model is enough for a file: sizes by formula, what survives is measured."""

from dataclasses import dataclass

from tokcomp_cli.core.frames import MediaFacts


@dataclass(frozen=True, slots=True)
class Survival:
    """What of pictures survives being brought to a size and back.

    Attributes:
        explained: Share of the content that is explained, against the full pictures.
        contrast: Share of the variance of grey values.
        gradient: Share of the gradient energy: fine structure, and noise just as well.
        words: Words read in the full pictures; None where nothing reads them.
        words_read: How many of them can still be read.
        words_share: Their share in the picture with words where it is least; None where there are too few.
    """

    explained: float
    contrast: float
    gradient: float
    words: int | None = None
    words_read: int | None = None
    words_share: float | None = None


@dataclass(frozen=True, slots=True)
class TierLoss:
    """A tier of a model, and what it leaves of a file.

    Attributes:
        name: The setting as the model's engine writes it; None where there is only one.
        setting: What to set or do for it.
        default: Whether it is the model's default for this kind of input.
        tokens: Visual tokens; None where the model refuses the size. An estimate by formula.
        size: Width and height that a picture is brought to; None where nobody says.
        survival: What survives; None where the size is not known.
        enough: Whether it keeps the target, and the writing; False where that is not known.
        ruins_writing: Whether too few of the words can still be read.
    """

    name: str | None
    setting: str
    default: bool
    tokens: int | None
    size: tuple[int, int] | None
    survival: Survival | None
    enough: bool
    ruins_writing: bool


@dataclass(frozen=True, slots=True)
class ModelTiers:
    """The tiers of a model for a file.

    Attributes:
        model: Its name.
        source: Address of what states the formula.
        date: Day on which the entry was last checked; None for a user's own.
        tiers: By tokens, the cheapest first.
        smallest: The cheapest tier that is enough; None where none is known to be.
        warning: What must not be sent at which tier, or None.
    """

    model: str
    source: str
    date: str | None
    tiers: tuple[TierLoss, ...]
    smallest: TierLoss | None
    warning: str | None

    @property
    def best(self) -> TierLoss:
        """Return the cheapest tier that is enough, else the one that keeps most, else the default."""
        if self.smallest is not None:
            return self.smallest
        known = [one for one in self.tiers if one.survival is not None and one.tokens is not None]
        if not known:
            return next((one for one in self.tiers if one.default), self.tiers[0])
        return max(known, key=_kept)


def _kept(one: TierLoss) -> tuple[bool, float]:
    return not one.ruins_writing, -1.0 if one.survival is None else one.survival.explained


@dataclass(frozen=True, slots=True)
class FileTiers:
    """Which tier of each model is enough for a file.

    Attributes:
        media: The file.
        target: Content to explain.
        pictures: How many pictures were measured.
        encoder: In whose features `explained` is measured.
        models: In the order of the table.
        notes: What holds for all of them.
    """

    media: MediaFacts
    target: float
    pictures: int
    encoder: str
    models: tuple[ModelTiers, ...]
    notes: tuple[str, ...] = ()
