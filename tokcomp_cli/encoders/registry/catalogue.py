"""Which encoders there are, which are on disk, how large they are and under which licence."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.encoders import ENCODERS
from tokcomp_cli.encoders.embedded import WEIGHTS
from tokcomp_cli.encoders.registry import preprocess
from tokcomp_cli.encoders.registry.open_clip_tables import every_clip, model_config, tag_config
from tokcomp_cli.encoders.registry.weights_on_disk import cached, cached_weights, hub_cache, repository
from tokcomp_cli.errors import PlanError

CARD = "README.md"
HUB = "https://huggingface.co/"
EMBEDDED_LICENCE = "MIT, as the package that the weights are from states; its card says more"


@dataclass(frozen=True, slots=True)
class Entry:
    """An encoder as the catalogue knows it.

    Attributes:
        name: As users give it.
        size_bytes: Of its weights; None where they are not on disk.
        path: Its weights; None where there are none, or not on disk.
        licence: As its model card states it; None where no card is on disk or it states none.
        page: Where to read of it; None for what ships with tokcomp and for folders.
        input_size: Height and width of its input; None where only its weights would tell.
        preprocessing: How the model's own evaluation showed it pictures; None as before.
    """

    name: str
    size_bytes: int | None
    path: Path | None
    licence: str | None
    page: str | None = None
    input_size: tuple[int, int] | None = None
    preprocessing: str | None = None

    @property
    def on_disk(self) -> bool:
        """Return whether it can be used without a download."""
        return self.size_bytes is not None


def on_disk() -> list[Entry]:
    """Return what can be used now: what ships with tokcomp, then what the hub's cache holds."""
    shipped = [
        Entry("embedded", WEIGHTS.stat().st_size if WEIGHTS.is_file() else None, WEIGHTS, EMBEDDED_LICENCE),
        Entry("handcrafted", 0, None, "Apache-2.0"),
    ]
    if not any(hub_cache().glob("models--*/snapshots/*")):
        return shipped
    return shipped + [entry for entry in map(describe, every_clip()) if entry.on_disk]


def shipped_facts(name: str) -> EncoderFacts:
    """Return the facts of an encoder that ships with tokcomp, without loading it."""
    facts: EncoderFacts = import_module(ENCODERS[name]).FACTS
    return facts


def describe(name: str) -> Entry:
    """Return what is known of a `clip:<model>/<pretrained>`, on disk or not, without loading it.

    Raises:
        PlanError: open_clip knows none of that name.
    """
    model, tag = split(name)
    config, stated = model_config(model), tag_config(model, tag)
    side = config["vision_cfg"].get("image_size", 224)
    size = (side, side) if isinstance(side, int) else (int(side[0]), int(side[1]))
    weights, hub = cached_weights(stated), repository(stated)
    expects = preprocess.parse(stated)
    return Entry(
        name,
        size_bytes=None if weights is None else weights.stat().st_size,
        path=weights,
        licence=None if hub is None else licence_in(cached(hub[0], CARD)),
        page=None if hub is None else HUB + hub[0],
        input_size=size,
        preprocessing=expects.words(size, expects.trained_fit),
    )


def split(name: str) -> tuple[str, str]:
    """Return model and tag of a `clip:<model>/<pretrained>`.

    Raises:
        PlanError: The name has another form.
    """
    model, slash, tag = name.removeprefix("clip:").partition("/")
    if (
        not name.startswith("clip:")
        or name.startswith("clip:local-dir:")
        or not model
        or not slash
        or not tag
    ):
        raise PlanError(
            f"expected clip:<model>/<pretrained>, as `tokcomp models list --all` names them; got {name!r}"
        )
    return model, tag


def licence_in(card: Path | None) -> str | None:
    """Return the licence that a model card states in its head, or None."""
    if card is None:
        return None
    try:
        lines = card.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    if not lines or lines[0].strip() != "---":
        return None
    for line in lines[1:]:
        if line.strip() == "---":
            return None
        key, colon, value = line.partition(":")
        if colon and key == "license" and value.strip():
            return value.strip().strip("'\"")
    return None
