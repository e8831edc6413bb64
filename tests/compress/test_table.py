"""The table of methods and what it refuses."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

import tokcomp_cli.compress as room
from tests.compress.tokens import all_spatial, token_set
from tokcomp_cli.compress import METHODS, find, names
from tokcomp_cli.compress.needs import check_needs
from tokcomp_cli.errors import PlanError

FILES = sorted(Path(room.__file__).parent.glob("*.py"))
WHOLE_VIDEO = [method for method in METHODS if method.compress_video]
EVERY_SPATIAL = all_spatial()


def test_every_file_that_ends_in_a_method_is_in_the_table() -> None:
    found = [
        importlib.import_module(f"tokcomp_cli.compress.{path.stem}").METHOD
        for path in FILES
        if re.search(r"^METHOD = Method\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(found) == len(METHODS)
    assert all(any(one is method for method in METHODS) for one in found)


def test_names_are_unique_within_a_stage() -> None:
    for stage in ("spatial", "temporal"):
        listed = names(stage, whole_video=True)
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: f"{method.stage}-{method.name}")
def test_a_row_is_whole(method) -> None:
    functions = (method.compress, method.decide, method.compress_video)
    assert sum(function is not None for function in functions) == 1
    assert (method.compress is not None) == (method.stage == "spatial")
    assert method.rule
    assert method.paper
    assert len({variant.name for variant in method.variants}) == len(method.variants)
    assert all(variant.rule for variant in method.variants)


def test_the_published_methods_are_there() -> None:
    published = "tome prumerge prumerge+ visionzip vispruner divprune scope cdpruner dart flashvid-adts prune"
    assert set(published.split()) | {"ward", "pool", "random", "uniform", "none"} <= set(names("spatial"))
    temporal = names("temporal", whole_video=True)
    assert {"evs", "vidcom2", "dycoke", "framefusion", "fastvid", "holitom"} <= set(temporal)


@pytest.mark.parametrize("method", WHOLE_VIDEO, ids=lambda method: method.name)
def test_whole_video_methods_are_refused_to_who_holds_no_video(method) -> None:
    with pytest.raises(PlanError, match=r"all frames at once.*frame-merge"):
        find("temporal", method.name)
    assert find("temporal", method.name, whole_video=True) is method
    assert method.name not in names("temporal")


def test_a_variant_is_found_as_a_method_of_its_own() -> None:
    original = find("spatial", "visionzip:original")
    assert original.name == "visionzip:original"
    assert original.compress is not find("spatial", "visionzip").compress
    assert original.needs == {"saliency", "keys"}
    with pytest.raises(PlanError, match="no variant 'orignal'; known: original"):
        find("spatial", "visionzip:orignal")
    with pytest.raises(PlanError, match="it has none"):
        find("spatial", "divprune:original")


def test_unknown_method_names_the_nearest() -> None:
    with pytest.raises(PlanError, match="did you mean 'tome'"):
        find("spatial", "tomee")


@pytest.mark.parametrize("method", EVERY_SPATIAL, ids=lambda method: method.name)
def test_what_is_missing_is_named_with_what_to_choose(method, generator) -> None:
    tokens = token_set("random", (4, 4))
    check_needs(method, tokens)
    for need, field in (("saliency", "saliency"), ("keys", "keys"), ("text", "relevance")):
        bare = replace(tokens, **{field: None})
        if need not in method.needs:
            check_needs(method, bare)
            method.run(bare, 5, generator)
            continue
        with pytest.raises(PlanError, match=r"needs .*(ward|divprune)"):
            check_needs(method, bare)
        with pytest.raises(PlanError, match=r"needs .*(ward|divprune)"):
            method.run(bare, 5, generator)


@pytest.mark.parametrize("method", WHOLE_VIDEO, ids=lambda method: method.name)
def test_a_video_method_without_saliency(method) -> None:
    features = token_set("random", (4, 6)).features.view(4, 6, -1)
    if "saliency" in method.needs:
        with pytest.raises(PlanError, match="needs saliency"):
            method.compress_video(features, num_keep=9, saliency=None)
    else:
        assert len(method.compress_video(features, num_keep=9, saliency=None).features) == 9
