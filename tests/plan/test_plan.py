import pytest

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.budget import Budget, parse_budget
from tokcomp_cli.plan.layers import schedule
from tokcomp_cli.plan.plan import LAYER_KEEP, Plan
from tokcomp_cli.reduce.budget import asked_tokens


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("auto", Budget("auto")),
        (" AUTO ", Budget("auto")),
        ("64", Budget("count", 64)),
        ("25%", Budget("percent", 25)),
        ("12.5%", Budget("percent", 12.5)),
        ("target=0.9", Budget("target", 0.9)),
        ("target=.95", Budget("target", 0.95)),
    ],
)
def test_budgets_parse(text, budget):
    assert parse_budget(text) == budget


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-3",
        "1.5",
        "0%",
        "101%",
        "-5%",
        "target=0",
        "target=1.1",
        "target=90%",
        "many",
        "",
        "nan",
        "inf",
        "1e999",
    ],
)
def test_bad_budgets_say_what_is_taken(text):
    with pytest.raises(PlanError, match="--budget"):
        parse_budget(text)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"spatial": "wrd"}, "did you mean 'ward'"),
        ({"temporal": "frame_merge"}, "did you mean 'frame-merge'"),
        ({"similarity": "median"}, "--similarity takes mean, p10, min"),
        ({"allocate": "cuts"}, "did you mean 'cut'"),
        ({"reduce": "x"}, "--reduce"),
        ({"spatial_ratio": 0.0}, "--spatial-ratio"),
        ({"spatial_ratio": float("nan")}, "--spatial-ratio"),
        ({"threshold": 2.0}, "--threshold"),
        ({"target": 1.2}, "--target"),
        ({"layers": 0}, "--layers"),
        ({"layer_keep": (1.0, 0.5)}, "--layer-keep"),
        ({"query": "  "}, "--query"),
        ({"temporal_every": 0}, "--temporal-every"),
        ({"max_pixels": 0}, "--max-pixels"),
        ({"seed": -1}, "--seed"),
        ({"layer_keep": (0.1, 0.5, 0.9, 1.0)}, "--layer-keep cannot rise"),
        ({"seed": 2**63}, "--seed"),
        ({"timeout_seconds": float("nan")}, "--timeout"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused(settings, word):
    with pytest.raises(PlanError, match=word):
        Plan(**settings)


@pytest.mark.parametrize(("value", "rounded"), [(0.2, 1), (0.5, 1), (1.5, 2), (2.5, 3), (2.4999, 2)])
def test_half_up(value, rounded):
    assert half_up(value) == rounded


@pytest.mark.parametrize(("band", "tokens"), [("easy", 22), ("medium", 49), ("hard", 86), ("very hard", 135)])
def test_auto_is_a_share_of_the_grid_for_each_merged_frame(band, tokens):
    found = asked_tokens(Budget("auto"), band=band, original=10 * 196, merged_frames=3, num_patches=196)
    assert found == 3 * tokens


def test_percent_is_of_the_original_count():
    assert (
        asked_tokens(Budget("percent", 25), band="easy", original=999, merged_frames=3, num_patches=9) == 250
    )


def test_layer_fractions_are_of_the_input_and_never_below_one():
    found = schedule(98, layers=32, keep=LAYER_KEEP)
    assert found.tokens == (98,) * 8 + (69,) * 8 + (49,) * 8 + (39,) * 8
    assert (found.last, found.mean) == (39, (98 + 69 + 49 + 39) / 4)
    assert schedule(1, layers=6, keep=LAYER_KEEP).tokens == (1,) * 6
