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


@dataclass(frozen=True, slots=True)
class Small:
    """How a frame is sent that is to be seen beside one sent large.

    Attributes:
        tier: At which it is sent; what survives counts what the two tell together.
        size: Width and height as sent.
        tokens: Of it, by formula.
        beside: Seconds of the large one.
    """

    tier: TierLoss
    size: tuple[int, int]
    tokens: int
    beside: float


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture that is sent, or a cell of a contact sheet.

    Attributes:
        frame: The file's number of the frame; 0 for a picture.
        seconds: Its presentation time to the millisecond; None for a picture.
        spans: Start and end in seconds of what it stands for, in order of time; none for a picture.
        frames: Sampled frames that it stands for.
        screen: Number of the screen of writing that it shows.
        small: How it is sent where not as large as the others; None where it is.
    """

    frame: int
    seconds: float | None
    spans: tuple[tuple[float, float], ...]
    frames: int
    screen: int = 0
    small: Small | None = None


@dataclass(frozen=True, slots=True)
class SentFile:
    """What is sent of one input.

    Attributes:
        media: The input.
        tier: At which it is sent.
        pictures: In order of time.
        size: Width and height of each picture as sent; of a contact sheet, of a cell.
        grid: Columns and rows of a contact sheet; None for a picture each.
        tokens_before: Of the input as it is, at the model's default; None where it is refused.
        tokens_after: Of what is sent.
        sampled: Frames looked at.
        measured: Of those, frames that `explained` is measured on.
        explained: Share of the content of the whole input that the chosen frames explain.
        sampling: Rule of the frames looked at; None for a picture.
        nothing: Start and end in seconds of what shows nothing, as black between fades; not sent.
        unlike: Start and end in seconds of what no chosen frame looks like.
        warnings: What the user should know, each a sentence.
    """

    media: MediaFacts
    tier: TierLoss
    pictures: tuple[SentPicture, ...]
    size: tuple[int, int]
    grid: tuple[int, int] | None
    tokens_before: int | None
    tokens_after: int
    sampled: int
    measured: int
    explained: float
    sampling: str | None
    nothing: tuple[tuple[float, float], ...] = ()
    unlike: tuple[tuple[float, float], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """A folder that can be sent.

    Attributes:
        folder: As the user gave it.
        model: Its name.
        formula: In words.
        source: Address of what states it.
        date: Day on which the entry was last checked; None for a user's own.
        target: Content to explain.
        encoder: In whose features `explained` is measured.
        files: One an input, in the order given.
        written: Names of the files in the folder.
        price_per_million: Of input tokens; None where the user set no price.
        currency: Of the price.
    """

    folder: str
    model: str
    formula: str
    source: str
    date: str | None
    target: float
    encoder: str
    files: tuple[SentFile, ...]
    written: tuple[str, ...] = ()
    price_per_million: float | None = None
    currency: str = ""

    @property
    def before(self) -> int | None:
        """Return the tokens of all inputs as they are, or None where one is refused."""
        known = [one.tokens_before for one in self.files if one.tokens_before is not None]
        return sum(known) if len(known) == len(self.files) else None

    @property
    def after(self) -> int:
        """Return the tokens of all that is sent."""
        return sum(one.tokens_after for one in self.files)
