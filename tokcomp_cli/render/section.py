"""The parts that a page is made of, not yet laid out."""

from dataclasses import dataclass

from tokcomp_cli.render.bars import Grid, Line


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page.

    Attributes:
        title: Its name.
        gloss: What it says, in a few words beside the name.
        body: Lines and tables from top to bottom.
        framed: Whether it stands in a frame.
    """

    title: str
    gloss: str
    body: tuple[Line | Grid, ...]
    framed: bool = False


Page = tuple[tuple[Section, ...], ...]  # sections of one inner tuple stand side by side
