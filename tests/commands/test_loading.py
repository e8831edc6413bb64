import subprocess
import sys

import pytest

from tokcomp_cli.cli.loading import loading
from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.errors import PlanError

UNUSED = ("av", "scipy", "open_clip", "timm", "torchvision", "transformers", "numpy.testing")


def said_by(code: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


def test_torch_is_imported_without_collections_and_set_aside():
    code = """
import gc
from tokcomp_cli.cli.loading import import_torch
began = []
gc.callbacks.append(lambda phase, info: began.append(phase))
import_torch()
print(len(began), gc.isenabled(), gc.get_freeze_count() > 100_000)
before = gc.get_freeze_count()
import_torch()
print(gc.get_freeze_count() == before)
"""
    assert said_by(code) == ["0", "True", "True", "True"]


def test_a_photo_imports_nothing_that_only_videos_and_other_encoders_need(samples):
    code = f"""
import contextlib, io, sys
from tokcomp_cli.commands.app import run
with contextlib.redirect_stdout(io.StringIO()):
    assert run(["analyze", {str(samples / "flower.jpg")!r}, "--encoder", "embedded", "--quiet"]) == 0
print(*[name for name in {UNUSED} if name in sys.modules])
"""
    assert said_by(code) == []


def test_encoder_loads_while_something_else_is_done():
    with loading(EncoderChoice("handcrafted")) as encoder:
        pass
    assert encoder.result().facts.name == "handcrafted"


def test_what_an_encoder_refuses_comes_with_its_result():
    with loading(EncoderChoice("handcrafted", precision="bfloat16")) as encoder:
        pass
    with pytest.raises(PlanError, match="handcrafted"):
        encoder.result()
