"""open_clip's tables as read from its files, beside what open_clip itself says."""

import open_clip
import pytest

from tokcomp_cli.encoders.clip.source import find
from tokcomp_cli.encoders.registry import open_clip_tables
from tokcomp_cli.encoders.registry.open_clip_tables import every_clip, model_config, pretrained, tag_config
from tokcomp_cli.errors import PlanError


def test_the_tables_are_open_clips():
    assert set(open_clip_tables.model_configs()) == set(open_clip.list_models())
    assert model_config("ViT-B-16-SigLIP2") == open_clip.get_model_config("ViT-B-16-SigLIP2")
    assert pretrained() == open_clip.pretrained._PRETRAINED
    assert list(every_clip()) == [f"clip:{model}/{tag}" for model, tag in open_clip.list_pretrained()]
    assert tag_config("ViT-B-16", "DataComp-XL_s13b_b90k") == tag_config("ViT-B-16", "datacomp_xl_s13b_b90k")


def test_a_table_that_cannot_be_run_is_imported(tmp_path, monkeypatch):
    (tmp_path / "constants.py").write_text("")
    (tmp_path / "pretrained.py").write_text("_PRETRAINED = made_otherwise()")
    monkeypatch.setattr(open_clip_tables, "_folder", lambda: tmp_path)
    assert pretrained.__wrapped__() == open_clip.pretrained._PRETRAINED


def test_a_config_may_be_changed_without_changing_the_table():
    model_config("ViT-B-16")["vision_cfg"]["layers"] = 1
    assert model_config("ViT-B-16")["vision_cfg"]["layers"] == 12


@pytest.mark.parametrize(
    ("model", "tag", "near"),
    [
        ("vit-b16", "openai", "ViT-B-16"),
        ("ViT-B-16", "openay", "openai"),
        ("ViT-B-16", "laion2b_s32b_b79k", "ViT-H-14"),
    ],
)
def test_names_that_are_nearly_right(model, tag, near):
    with pytest.raises(PlanError, match=near):
        find(f"clip:{model}/{tag}")
