"""An export: inputs and a model in, a folder out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tokcomp_cli.core.results.sending import Export
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.export.descriptions import captions, manifest, prompt
from tokcomp_cli.export.file_names import file_names
from tokcomp_cli.export.fit_budget import fit_budget
from tokcomp_cli.export.folder import MANIFEST, check_folder, whole_folder
from tokcomp_cli.export.look import look
from tokcomp_cli.export.messages import Attached, message
from tokcomp_cli.export.pictures import encoded_pictures
from tokcomp_cli.export.wishes import Wishes
from tokcomp_cli.plan.budget import RESIZED_TARGET
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.render.schema.document import dumps, meta

RECORDED = (
    *("fps", "every", "frames", "start", "end", "max_pixels", "ocr", "seed"),
    *("layer", "resolution", "fit", "precision"),
)
"""Settings that decide what is sent; those of speed and of places do not."""


def export_files(
    paths: Sequence[str],
    plan: Plan,
    model: CostModel,
    encoder: Encoder,
    wishes: Wishes,
    folder: str,
    progress: Callable[[float, int], None],
) -> Export:
    """Return what was written into a folder for a model: pictures, manifest, prompt, and a message.

    Args:
        paths: Local pictures and videos.
        plan: For decoding, sampling and the target.
        model: For which frames are chosen, sized and priced.
        encoder: In whose features frames are compared.
        wishes: What else was asked for.
        folder: To write; it is there whole or not at all.
        progress: Called with frames done and frames to do of a single input, else with inputs, in parts.

    Raises:
        MediaError: An input cannot be read.
        PlanError: The budget does not hold one frame of each, or the folder cannot be written.
    """
    check_folder(folder, force=wishes.force)
    target = plan.budget.aim(RESIZED_TARGET)
    looked = []
    for number, path in enumerate(paths):
        of_all = progress if len(paths) == 1 else partial(_of_all, progress, number, len(paths))
        looked.append(look(path, plan, encoder, model, of_all, grid=wishes.grid))
    export = Export(
        folder=folder,
        model=model.name,
        formula=model.formula,
        source=model.source,
        date=model.date,
        target=target,
        encoder=encoder.facts.name,
        files=tuple(fit_budget(looked, model, wishes, target=target)),
        price_per_million=model.price_per_million,
        currency=model.currency,
    )
    with whole_folder(folder) as part:
        written = _write(export, plan, wishes, part)
    return replace(export, written=written)


def _of_all(progress: Callable[[float, int], None], number: int, inputs: int, done: int, total: int) -> None:
    progress(number + done / total, inputs)


def _write(export: Export, plan: Plan, wishes: Wishes, part: Path) -> tuple[str, ...]:
    """Write all files and return their names, pictures first."""
    names = file_names(export.files, wishes.picture_format)
    attached = []
    for one, files in zip(export.files, names, strict=True):
        pictures = encoded_pictures(one, plan, wishes.picture_format)
        for name, said, content in zip(files, captions(one, files), pictures, strict=True):
            (part / name).write_bytes(content)
            attached.append(Attached(name, said, content if wishes.inline else None, one.tier.name))
    others = {"prompt.txt": prompt(export, names)}
    if wishes.shape is not None:
        found = message(wishes.shape, attached, _question(export), wishes.picture_format)
        others[f"message_{wishes.shape}.json"] = json.dumps(found, indent=1) + "\n"
    about = manifest(export, names, wishes, _settings(plan), meta("tokcomp.export"))
    others[MANIFEST] = dumps(about) + "\n"
    for name, text in others.items():
        (part / name).write_text(text, encoding="utf-8")
    return (*(name for files in names for name in files), *others)


def _settings(plan: Plan) -> dict[str, object]:
    record = plan.to_record()
    return {key: record[key] for key in RECORDED if record.get(key) is not None}


def _question(export: Export) -> str:
    """Return what is said before the pictures; the user's own question comes behind it."""
    videos = sum(one.media.kind != "image" for one in export.files)
    if not videos:
        return "Here are pictures. Answer the question about them."
    return "These frames stand for a video; each has its time. Answer the question about the video."
