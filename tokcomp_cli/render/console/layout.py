"""What a page is made of: text that is safe to print, and sections."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.shares import Loss, loss
from tokcomp_cli.render.console.glyphs import encodable

PLAIN, QUIET, STRONG, BAR, ALERT, GOOD, TITLE = "", "dim", "bold", "cyan", "yellow", "green", "bold cyan"
INDENT = 2
SIDE_BY_SIDE = 130  # columns from which two narrow sections share the page's width

Part = str | tuple[str, str]  # text, or text and its style
_LOSS_STYLE: dict[Loss, str] = {"little": "green", "moderate": "yellow", "much": "red"}


@dataclass(frozen=True, slots=True)
class Words:
    """Text of users and files beside our own: made printable and encodable when drawn, never markup."""

    parts: tuple[Part, ...]

    def text(self, encoding: str) -> Text:
        """Return the text as a stream of this encoding can carry it."""
        spans = [(part, PLAIN) if isinstance(part, str) else part for part in self.parts]
        safe = [(encodable(printable(text), encoding), style) for text, style in spans]
        return Text.assemble(*safe, overflow="fold")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the text."""
        yield self.text(options.encoding)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the widths of the text."""
        return Measurement.get(console, options, self.text(options.encoding))


def words(*parts: Part) -> Words:
    """Return a line of text in parts."""
    return Words(parts)


def loss_style(explained: float) -> str:
    """Return the colour of a share of the content kept: little, moderate or much is lost."""
    return _LOSS_STYLE[loss(explained)]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page.

    Attributes:
        title: Its name.
        gloss: What it says, in a few words beside the name.
        body: From top to bottom.
        framed: Whether it stands in a frame.
        quoted: A line to copy, printed last and never wrapped.
        picture: Drawn last, as the terminal shows it; None for none.
    """

    title: str
    gloss: str = ""
    body: Sequence[RenderableType] = ()
    framed: bool = False
    quoted: str = ""
    picture: RenderableType | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the section laid out, without `quoted` and `picture`."""
        if self.framed:
            title = Text(self.title, TITLE)
            yield Panel(Group(*self.body), title=title, title_align="left", border_style=QUIET)
            return
        yield words((self.title, TITLE), "  " + self.gloss)
        yield Padding(Group(*self.body), (0, 0, 0, INDENT))


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two sections that share the width of a wide page and follow each other on a narrow one."""

    left: Section
    right: Section

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield both."""
        if options.max_width < SIDE_BY_SIDE:
            yield from (self.left, "", self.right)
            return
        row = Table.grid(padding=(0, 2 * INDENT, 0, 0), pad_edge=False)
        for _ in range(2):
            row.add_column(width=options.max_width // 2 - INDENT)
        row.add_row(self.left, self.right)
        yield row


Page = Sequence[Section | SideBySide]
