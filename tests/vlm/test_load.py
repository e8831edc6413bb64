import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.families import ADAPTERS, adapter_for
from tokcomp_cli.vlm.load import ALIASES, load_vlm


@pytest.fixture
def copied(vlm_folder, tmp_path):
    """A copy of a small model that a test may break."""

    def copy(kind="llava"):
        return shutil.copytree(vlm_folder(kind), tmp_path / kind)

    return copy


def changed(folder, file, **entries):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def refused(folder, named, **settings):
    """Return why a folder is refused: one line that names something."""
    with pytest.raises(ModelError) as told:
        load_vlm(str(folder), **settings)
    message = str(told.value)
    assert named in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", ["llava", "smolvlm", "onevision", "qwen", "fastvlm", "idefics3"])
def test_each_family_is_known_by_its_config(vlm, kind):
    model = vlm(kind)
    assert model.model.config.model_type in model.adapter.model_types
    assert model.layers == len(model.decoder.layers)
    assert model.parameters == sum(weight.numel() for weight in model.model.parameters())
    assert model.text_config._attn_implementation == "sdpa"
    assert not model.model.training
    assert model.context == 2048


def test_a_text_only_model_is_named_as_such(vlm_folder):
    refused(vlm_folder("text_only"), "llama")


def test_an_unknown_architecture_says_which_are_known(copied):
    folder = copied()
    changed(folder, "config.json", model_type="paligemma")
    message = refused(folder, "paligemma")
    assert all(adapter.family in message for adapter in ADAPTERS)
    changed(folder, "config.json", model_type="not_even_a_name")
    refused(folder, "not_even_a_name")
    with pytest.raises(ModelError, match="qwen3_vl"):
        adapter_for("qwen3_vl", "it")


def test_a_folder_without_a_processor(copied):
    folder = copied()
    for name in ("processor_config.json", "preprocessor_config.json"):
        (folder / name).unlink(missing_ok=True)
    refused(folder, "processor_config.json")
    folder = copied("smolvlm")
    for path in folder.glob("*token*"):
        path.unlink()
    refused(folder, "processor_config.json")


def test_a_folder_without_a_chat_template(copied):
    folder = copied()
    (folder / "chat_template.jinja").unlink()
    refused(folder, "chat_template.jinja")


def test_room_is_asked_before_any_weight_is_read(copied):
    folder = copied()
    (folder / "model.safetensors").write_bytes(b"not read")
    refused(folder, "`precision`", room_bytes=1000)
    refused(folder, "see that it is whole")


def test_weights_that_are_missing_are_not_made_up(copied):
    folder = copied()
    weights = load_file(folder / "model.safetensors")
    lost = next(name for name in weights if "q_proj" in name)
    save_file({name: one for name, one in weights.items() if name != lost}, folder / "model.safetensors")
    refused(folder, "q_proj")


def test_pickled_weights_are_not_loaded(copied):
    folder = copied()
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    refused(folder, "see that it is whole")


def test_code_beside_the_weights_is_run_only_where_it_is_trusted(copied, tmp_path, monkeypatch):
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = copied()
    code = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\nclass Own: pass\n"
    (folder / "own.py").write_text(code)
    changed(folder, "config.json", auto_map={"AutoConfig": "own.Own"})
    assert load_vlm(str(folder)).model.config.model_type == "llava"
    assert not (tmp_path / "ran").exists()
    refused(folder, "see that it is whole", trust_remote_code=True)
    assert (tmp_path / "ran").exists()


def test_what_is_not_here_is_not_fetched_but_told_how_to(tmp_path, monkeypatch):
    dialled = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *where, **_: dialled.append(where))
    refused("smolvlm", f"hf download {ALIASES['smolvlm']}")
    assert "hf download" not in refused("smolvlm", ALIASES["smolvlm"], offline=True)
    (tmp_path / "file").write_text("x")
    for name in (tmp_path / "none", "nonsense", tmp_path / "file"):
        refused(name, "config.json and weights")
    refused(tmp_path, "model_type")
    assert not dialled


def test_a_hub_id_is_found_in_the_hubs_cache(vlm_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--some--one"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("0" * 40)
    shutil.copytree(vlm_folder("llava"), place / "snapshots" / ("0" * 40))
    found = load_vlm("some/one", offline=True)
    assert found.name == "some/one"
    assert found.adapter.family == "LLaVA"


def test_a_device_or_number_format_that_is_not_here(vlm_folder):
    with pytest.raises(PlanError, match="`device`"):
        load_vlm(str(vlm_folder("llava")), device="cuda:7")
    with pytest.raises(PlanError, match="`precision`"):
        load_vlm(str(vlm_folder("llava")), precision="int3")
