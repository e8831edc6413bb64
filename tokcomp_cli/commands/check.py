"""`tokcomp models check`: whether what an encoder says of texts fits its pictures."""

from collections.abc import Callable
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.encoder_options import load_named, print_document
from tokcomp_cli.errors import PlanError

T = TypeVar("T")
Name = Annotated[str, typer.Argument(help="Encoder, as clip:ViT-B-16/openai.", show_default=False)]


def check(
    context: typer.Context,
    encoder: Name,
    pairs: Annotated[str | None, typer.Option("--pairs", help="Lines of picture path, tab, caption.")] = None,
    boxes: Annotated[
        str | None,
        typer.Option("--boxes", help="Lines of image, phrase, x0, y0, x1, y1."),
    ] = None,
    as_json: o.AsJson = False,
    debug: o.Debug = False,
    **given: object,
) -> None:
    """Check that pictures and texts find each other.

    With --pairs pictures and captions; with --boxes phrases and what they name, which `--query` rests on.
    """
    if (pairs is None) == (boxes is None):
        raise PlanError("one file was expected: give either --pairs or --boxes")
    if pairs is not None:
        _check_pairs(context, encoder, pairs, as_json=as_json)
    elif boxes is not None:
        _check_boxes(context, encoder, boxes, as_json=as_json)


def _counted(
    read: Callable[[str], T], tick: Callable[[int, int | None], None], total: int
) -> Callable[[str], T]:
    """Return a reader of pictures that tells how many it has read."""
    done = count(1)

    def counted(path: str) -> T:
        tick(next(done), total)
        return read(path)

    return counted


def _check_pairs(context: typer.Context, encoder: str, pairs: str, *, as_json: bool) -> None:
    from tokcomp_cli.cli.progress import watched

    with watched(pairs, "pictures", quiet=False) as tick:
        from tokcomp_cli.calibrate.encoder import pooled_of
        from tokcomp_cli.calibrate.retrieval import check as measure
        from tokcomp_cli.calibrate.retrieval import read_pairs

        wanted, tower = read_pairs(Path(pairs)), load_named(context, encoder)
        read = _counted(lambda path: pooled_of(path, tower), tick, len(wanted))
        found = measure(tower, wanted, read)
    if as_json:
        print_document("tokcomp.check", encoder=tower.facts.name, **asdict(found))
        return
    from tokcomp_cli.render.console.terminal import print_table

    sides = (("image to text", found.image_to_text), ("text to image", found.text_to_image))
    rows = [(name, f"{one.top1:.3f}", f"{one.top5:.3f}", f"{one.mean_rank:.1f}") for name, one in sides]
    rows.append(
        ("chance", f"{1 / found.ways:.3f}", f"{found.chance_top5:.3f}", f"{(found.ways + 1) / 2:.1f}")
    )
    print_table(("direction", "top 1", "top 5", "mean rank"), rows, title=f"{found.ways} pairs")


def _check_boxes(context: typer.Context, encoder: str, boxes: str, *, as_json: bool) -> None:
    from tokcomp_cli.cli.progress import watched

    with watched(boxes, "pictures", quiet=False) as tick:
        from tokcomp_cli.calibrate.boxes import check_boxes, read_boxes
        from tokcomp_cli.calibrate.encoder import first_frame
        from tokcomp_cli.encoders.pointing import save

        wanted, tower = read_boxes(Path(boxes)), load_named(context, encoder)
        pictures = len({box.picture for box in wanted})
        read = _counted(lambda path: first_frame(path, tower), tick, pictures)
        found = check_boxes(tower, wanted, read)
    where = save(found, tower.facts)
    if as_json:
        print_document(
            "tokcomp.pointing", encoder=tower.facts.name, **asdict(found), beats_saliency=found.beats_saliency
        )
        return
    from tokcomp_cli.render.console.terminal import print_table

    shares = [(name, getattr(found, name)) for name in ("relevance", "saliency", "centre")]
    more = [("relevance - saliency", found.over_saliency), ("relevance - centre", found.over_centre)]
    rows = [(name, f"{one.mean:.3f}", f"{one.low:.3f} to {one.high:.3f}") for name, one in (*shares, *more)]
    title = f"{found.phrases} phrases in {found.pictures} pictures"
    print_table(("what points", "in the box", "95% interval"), rows, title=title)
    typer.echo(found.verdict)
    typer.echo(f"kept in {where.parent}", err=True)
