"""The fenced blocks of the documentation."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(
    r"^(?:<!-- no-run: (?P<why>[^\n]+) -->\n\n)?"
    r"```(?P<language>\w+)(?: title=\"(?P<file>[^\"\n]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SHELL_ENDS = {"|", "||", ">"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page.

    Attributes:
        where: Page and line, for messages.
        language: `sh`, `python` or another.
        no_run: Why it does not run here; empty where it does.
        file: Name of the file that readers save it as; empty where they do not.
        code: What is in it.
    """

    where: str
    language: str
    no_run: str
    file: str
    code: str

    @property
    def commands(self) -> list[list[str]]:
        """Return the arguments of each `tokcomp` in it, up to what only the shell does."""
        lines = self.code.splitlines() if self.language == "sh" else []
        return [_words(line)[1:] for line in lines if line.startswith("tokcomp ")]


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words = list(lexer)
    ends = [at for at, word in enumerate(words) if word in SHELL_ENDS]
    return words[: ends[0]] if ends else words


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    text, found = page.read_text(), []
    for match in FENCE.finditer(text):
        line = text[: match.start()].count("\n") + 1
        parts = match.groupdict(default="")
        found.append(
            Block(f"{page.name}:{line}", parts["language"], parts["why"], parts["file"], parts["code"])
        )
    return found
