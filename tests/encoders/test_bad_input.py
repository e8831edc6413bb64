"""What goes wrong with a name, a config, a checkpoint or a machine: each an error that says what to do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.clip.weights import require_memory
from tokcomp_cli.encoders.precision import choose, cpu_flags
from tokcomp_cli.errors import EncoderError, PlanError

Open = Callable[[str], Any]
WEIGHTS = "open_clip_model.safetensors"


@pytest.fixture
def folder(tmp_path: Path, opened: Open) -> Path:
    return Path(shutil.copytree(opened("vit").folder, tmp_path / "model"))


def load(folder: Path, **options: Any) -> Any:
    return load_encoder(f"clip:local-dir:{folder}", **options)


@pytest.mark.parametrize("name", ["clip:ViT-B-16", "clip:", "clip:ViT-B-16/nothing", "clip:nothing/openai"])
def test_names_that_stand_for_nothing(name: str) -> None:
    with pytest.raises(PlanError):
        load_encoder(name)


def test_an_unknown_encoder_names_the_nearest() -> None:
    with pytest.raises(PlanError, match="'embedded'"):
        load_encoder("embeded")


def test_weights_that_are_not_on_disk_are_not_fetched() -> None:
    name = "clip:ViT-B-16/openai"
    with pytest.raises(EncoderError, match=f"tokcomp models pull {name}"):
        load_encoder(name)
    with pytest.raises(EncoderError) as offline:
        load_encoder(name, offline=True)
    assert "pull" not in str(offline.value)


def test_folder_without_config_or_weights(folder: Path) -> None:
    config = folder / "open_clip_config.json"
    for spoil in (
        (folder / WEIGHTS).unlink,
        lambda: config.write_text("{}"),
        lambda: config.write_text("{"),
        config.unlink,
        lambda: folder.rename(folder.with_name("elsewhere")),
    ):
        spoil()
        with pytest.raises(EncoderError):
            load(folder)


@pytest.mark.parametrize(
    "preprocess",
    [
        None,
        {},
        {"mean": [0.5] * 3},
        {"mean": [0.5] * 2, "std": 1},
        {"mean": 0, "std": 0},
        {"mean": 0, "std": "x"},
    ],
)
def test_preprocessing_that_is_not_stated(folder: Path, preprocess: Any) -> None:
    stated = json.loads((folder / "open_clip_config.json").read_text())
    stated.pop("preprocess_cfg")
    if preprocess is not None:
        stated["preprocess_cfg"] = preprocess
    (folder / "open_clip_config.json").write_text(json.dumps(stated))
    with pytest.raises(EncoderError, match="preprocess_cfg"):
        load(folder)


def test_truncated_and_foreign_checkpoints(folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    for content in (whole[: len(whole) // 2], b""):
        (folder / WEIGHTS).write_bytes(content)
        with pytest.raises(EncoderError, match=WEIGHTS):
            load(folder)
    save_file({"layer.weight": torch.zeros(2)}, folder / WEIGHTS)
    with pytest.raises(EncoderError, match=r"'layer\.weight'"):
        load(folder)


def test_another_models_checkpoint(folder: Path) -> None:
    state = load_file(folder / WEIGHTS)
    state["visual.proj"] = torch.zeros(32, 48)
    save_file(state, folder / WEIGHTS)
    with pytest.raises(EncoderError, match=r"visual.proj: \[32, 48\], not \[32, 24\]"):
        load(folder)


def test_pickles_hold_tensors_or_are_not_opened(folder: Path, opened: Open) -> None:
    state = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    torch.save(
        {"state_dict": {f"module.{key}": value for key, value in state.items()}}, folder / "epoch_3.pt"
    )
    case = opened("vit")
    assert torch.equal(load(folder).encode(case.rgb).features, case.tokens.features)
    torch.save({"state_dict": Path("code")}, folder / "epoch_3.pt")
    with pytest.raises(EncoderError):
        load(folder)
    torch.save([1, 2], folder / "epoch_3.pt")
    with pytest.raises(EncoderError):
        load(folder)
    whole = (folder / "epoch_3.pt").read_bytes()
    (folder / "epoch_3.pt").write_bytes(whole[:100])
    with pytest.raises(EncoderError, match="epoch_3"):
        load(folder)


def test_a_model_without_text_tower_says_so(folder: Path, opened: Open) -> None:
    state = load_file(folder / WEIGHTS)
    save_file({key: value for key, value in state.items() if key.startswith("visual.")}, folder / WEIGHTS)
    encoder, case = load(folder), opened("vit")
    assert not encoder.facts.text
    assert encoder.encode_text("a cat") is None
    tokens = encoder.encode(case.rgb)
    assert tokens.text_features is None
    assert torch.equal(tokens.features, case.tokens.features)


def test_a_text_tower_of_transformers_is_left_out(folder: Path) -> None:
    stated = json.loads((folder / "open_clip_config.json").read_text())
    stated["model_cfg"]["text_cfg"] = {"hf_model_name": "roberta-base", "hf_tokenizer_name": "roberta-base"}
    (folder / "open_clip_config.json").write_text(json.dumps(stated))
    encoder = load(folder)
    assert encoder.encode_text("a cat") is None
    assert "transformers" in encoder.facts.notes[0]


@pytest.mark.parametrize("family", ["vit", "siglip", "mobileclip2"])
def test_a_resolution_that_does_not_divide(opened: Open, family: str) -> None:
    case = opened(family)
    patch = case.encoder.facts.patch_size
    with pytest.raises(PlanError, match=f"`resolution` .* {2 * patch} and {3 * patch}"):
        load(case.folder, resolution=2 * patch + 4)


@pytest.mark.parametrize("layer", [0, 4, -4])
def test_blocks_that_are_not_there(opened: Open, layer: int) -> None:
    with pytest.raises(PlanError, match="`layer`"):
        load(opened("vit").folder, layer=layer)


def test_layers_of_a_tower_without_blocks(opened: Open) -> None:
    with pytest.raises(PlanError, match="`layer`"):
        load(opened("mobileclip2").folder, layer=2)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("device", "cuda:9"),
        ("device", "abacus"),
        ("precision", "float8"),
        ("fit", "stretch"),
        ("resolution", 0),
    ],
)
def test_settings_that_no_tower_can_have(opened: Open, setting: str, value: Any) -> None:
    with pytest.raises(PlanError, match=f"`{setting}`"):
        load(opened("vit").folder, **{setting: value})


@pytest.mark.parametrize(
    "setting", [{"layer": -1}, {"resolution": 96}, {"fit": "crop"}, {"precision": "bfloat16"}]
)
def test_settings_of_clip_do_not_apply_elsewhere(setting: Any) -> None:
    with pytest.raises(PlanError, match=f"`{next(iter(setting))}`"):
        load_encoder("handcrafted", **setting)


def test_memory_is_asked_before_loading(folder: Path) -> None:
    size = (folder / WEIGHTS).stat().st_size
    require_memory(folder / WEIGHTS, available=2 * size)
    with pytest.raises(EncoderError):
        require_memory(folder / WEIGHTS, available=2 * size - 1)


def test_number_format_follows_the_processor(tmp_path: Path) -> None:
    assert choose("auto", "cpu", flags=frozenset({"avx512_bf16"})) is torch.bfloat16
    assert choose("auto", "cpu", flags=frozenset({"avx2"})) is torch.float32
    assert choose("float32", "cpu", flags=frozenset({"amx_bf16"})) is torch.float32
    with pytest.raises(PlanError, match="`precision`"):
        choose("bfloat16", "cpu", flags=frozenset())
    (tmp_path / "cpuinfo").write_text("processor: 0\nflags\t\t: fpu amx_bf16\n")
    assert cpu_flags(tmp_path / "cpuinfo") == {"fpu", "amx_bf16"}
    assert cpu_flags(tmp_path / "none") == frozenset()
