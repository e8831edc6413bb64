"""A checkpoint comes back as it was, and what does not fit is refused."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.core.tensor_file import write_sealed
from tokcomp_cli.encoders.embedded import FACTS
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.checkpoint import ToComCard, read_adapters, write_adapters

CARD = ToComCard(
    encoder="embedded",
    encoder_sha256=FACTS.weights_sha256,
    dim=8,
    most=4,
    rank=2,
    seed=0,
    epochs=1,
    scenes=100,
    precision="float32",
    minutes=0.1,
    data=("made here",),
    figures={"0 to 4: tokens": 148.0},
    judged=(0, 1),
)


@pytest.fixture
def file(tmp_path):
    adapters = Adapters(4, 2, depth=3, width=8)
    torch.nn.init.normal_(adapters.up)
    write_adapters(tmp_path / "tocom.safetensors", adapters, CARD)
    return tmp_path / "tocom.safetensors"


def test_it_comes_back_with_its_card(file):
    adapters, card = read_adapters(file)
    assert card == CARD
    assert torch.equal(adapters.up.half(), load_file(file)["up"])
    assert not adapters.up.requires_grad


def test_an_altered_file_is_refused(file):
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        about = opened.metadata()
    tensors = load_file(file)
    tensors["up"][0, 0, 0, 0, 0] += 1
    save_file(tensors, file, about)
    with pytest.raises(EvidenceError, match="the ToCom checkpoint was altered"):
        read_adapters(file)


def test_other_files_are_refused(file, tmp_path):
    with pytest.raises(EvidenceError, match="no ToCom checkpoint is there"):
        read_adapters(tmp_path / "missing.safetensors")
    (tmp_path / "text.safetensors").write_text("text")
    with pytest.raises(EvidenceError, match="expected, and this is none"):
        read_adapters(tmp_path / "text.safetensors")
    other = tmp_path / "compressor.safetensors"
    write_sealed(other, LearnedCompressor(8).state_dict(), {"dim": 8})
    with pytest.raises(EvidenceError, match="and this is another one"):
        read_adapters(other)


@pytest.mark.parametrize("other", [{"name": "clip"}, {"weights_sha256": "0"}, {"dim": 768}])
def test_another_encoder_or_width_is_refused(other):
    facts = replace(FACTS, dim=8)
    CARD.check(facts)
    with pytest.raises(EvidenceError, match=r"trained for embedded, 8 wide, and .* choose that encoder"):
        CARD.check(replace(facts, **other))
