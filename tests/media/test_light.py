"""What opening the room costs, and what it must not touch."""

import subprocess
import sys

import pytest

from tokcomp_cli.core.names import printable


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )


def test_no_heavy_import_before_a_file_asks_for_it():
    code = (
        "import sys, tokcomp_cli.media.open, tokcomp_cli.media.sampling\n"
        "print([m for m in ('av', 'decord', 'cv2', 'torch', 'PIL.Image') if m in sys.modules])"
    )
    assert run(code).stdout.strip() == "[]"


def test_nothing_leaks_to_the_terminal(clip, tmp_path):
    damaged = tmp_path / "damaged.mp4"
    content = bytearray(clip("closed.mp4").read_bytes())
    content[2000:2400] = bytes(400)
    damaged.write_bytes(content)
    code = (
        "import sys, numpy as np\n"
        "from tokcomp_cli.media.open import open_media\n"
        "for path in sys.argv[1:]:\n"
        "    media = open_media(path, isolate=False)\n"
        "    print(sum(len(b.rgb) for b in media.frames(np.arange(media.pts_seconds.size))) > 0)\n"
        "    print('torch' in sys.modules)\n"
    )
    done = run(code, str(clip("closed.mp4")), str(clip("open_gop.mkv")), str(damaged))
    assert done.stdout.split() == ["True", "False"] * 3
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.mp4", "plain name.mp4"),
        ("写真 é.jpg", "写真 é.jpg"),
        ("a\nb\tc\r.mp4", r"a\nb\tc\r.mp4"),
        ("\x1b[31mred\x07\x7f", r"\x1b[31mred\x07\x7f"),
        ("bad\udcff\udce9.mp4", r"bad\xff\xe9.mp4"),
        ("pair\ud83d", r"pair\ud83d"),
        ("right\u202eleft", r"right\u202eleft"),
        ("line\u2028end\x85", r"line\u2028end\x85"),
        ("[/red] 'quoted' \\ back", "[/red] 'quoted' \\ back"),
        ("", ""),
    ],
)
def test_printable(name, shown):
    assert printable(name) == shown
    printable(name).encode("utf-8")
