"""The documentation does what it says: its blocks run, in order, as a reader would run them."""

import shutil
from pathlib import Path

import pytest
import typer
from PIL import Image

from tests.helpers.blocks import PAGES, ROOT, Block, blocks_of
from tokcomp_cli.commands.app import app, run

PICTURES = ("flower.jpg", "coffee.png", "chelsea.png", "dogs.jpg")
MOST_NOT_RUN = 12


def laid_out(folder: Path) -> None:
    """Put the samples where the documentation has a reader's own files."""
    samples = ROOT / "samples"
    (folder / "samples").symlink_to(samples)
    readers = {"clip.mp4": "bigbuckbunny.mp4", "photo.jpg": "flower.jpg", "page.png": "text.png"}
    for name, sample in readers.items():
        shutil.copy(samples / sample, folder / name)
    for name in ("photos", "my_pictures"):
        (folder / name).mkdir()
    for name in PICTURES:
        shutil.copy(samples / name, folder / "photos")
        with Image.open(samples / name) as picture:
            for at, size in enumerate((400, 120, 40)):
                small = picture.convert("RGB").resize((size, size)).resize((224, 224))
                small.save(folder / "my_pictures" / f"{Path(name).stem}{at}.png")


@pytest.fixture
def readers_folder(tmp_path, monkeypatch):
    """Stand in a folder with a reader's files and no settings."""
    laid_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TOKCOMP_ENCODER", "handcrafted")  # of commands: a third of the time
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page, readers_folder, request, capsys):
    blocks = blocks_of(page)
    if any("my-llava" in block.code for block in blocks):
        shutil.copytree(request.getfixturevalue("vlm_folder")("llava"), readers_folder / "my-llava")
    names: dict[str, object] = {"__name__": "documentation"}
    for block in blocks:
        if block.no_run or (block.language == "sh" and not block.code.startswith("tokcomp ")):
            continue
        if block.file:
            Path(block.file).write_text(block.code)
        if block.language == "python":
            exec(compile(block.code, block.where, "exec"), names)
        for arguments in block.commands:
            code, said = run(arguments), capsys.readouterr().err
            assert code == 0, f"{block.where}: tokcomp {' '.join(arguments)}: {said}"


def all_blocks() -> list[Block]:
    return [block for page in PAGES for block in blocks_of(page)]


def command_of(arguments: list[str]) -> object:
    """Parse a command line without running it; what is not known raises."""
    found = typer.main.get_command(app)
    while getattr(found, "commands", None) and arguments and arguments[0] in found.commands:
        found, arguments = found.commands[arguments[0]], arguments[1:]
    return found.make_context("tokcomp", list(arguments))


@pytest.mark.parametrize("block", [one for one in all_blocks() if one.no_run], ids=lambda block: block.where)
def test_what_does_not_run_is_written_right(block, readers_folder):
    if block.language == "python":
        compile(block.code, block.where, "exec")
    for arguments in block.commands:
        command_of(arguments)


def test_few_blocks_do_not_run():
    assert sum(bool(block.no_run) for block in all_blocks()) <= MOST_NOT_RUN


def test_every_tokcomp_line_is_in_a_block_that_runs_or_says_why_not():
    for block in all_blocks():
        if block.language == "sh" and "tokcomp " in block.code and not block.no_run:
            assert block.code.startswith(("tokcomp ", "python -m pip install")), block.where
