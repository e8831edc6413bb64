"""What prints text only must not wait seconds for torch."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "code",
    [
        "from tokcomp_cli.encoders import ENCODERS, load_encoder",
        "from tokcomp_cli.encoders.kept import kept_encoder",
        "from tokcomp_cli.encoders.registry.catalogue import on_disk; on_disk()",
        "from tokcomp_cli.encoders.registry.catalogue import shipped_facts; shipped_facts('embedded')",
        "from tokcomp_cli.encoders.registry.catalogue import describe; describe('clip:ViT-B-16/openai')",
        "from tokcomp_cli.encoders.registry.auto import choose_auto; choose_auto()",
        "from tokcomp_cli.encoders.registry.open_clip_tables import every_clip; list(every_clip())",
        "from tokcomp_cli.encoders.clip.source import find",
        "from tokcomp_cli.difficulty.rules import parse_rule; parse_rule('measured')",
        "from tokcomp_cli.difficulty.ocr import missing; missing()",
        "from tokcomp_cli.plan.plan import Plan; Plan.of(fps=2)",
    ],
)
def test_torch_is_not_imported(code):
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}; import sys; print({{'torch', 'open_clip', 'cv2'}} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "set()\n"
