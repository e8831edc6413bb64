import pytest

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.budget import Budget, parse_budget
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.plan.layers import Layers
from tokcomp_cli.plan.plan import Plan, all_settings
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
    with pytest.raises(PlanError, match="`budget`"):
        parse_budget(text)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"spatial": "wrd"}, "did you mean 'ward'"),
        ({"temporal": "frame_merge"}, "did you mean 'frame-merge'"),
        ({"similarity": "median"}, "`similarity` takes mean, p10, min"),
        ({"allocate": "cuts"}, "did you mean 'cut'"),
        ({"reduce": "x"}, "`reduce`"),
        ({"spatial_ratio": 0.0}, "`spatial_ratio`"),
        ({"spatial_ratio": float("nan")}, "`spatial_ratio`"),
        ({"threshold": 2.0}, "`threshold`"),
        ({"target": 1.2}, "`target`"),
        ({"target": 0.9, "weakest": 1.2}, "`weakest`"),
        ({"target": 0.9, "weakest": 0.95}, "`weakest` 0.95 is above `target` 0.9"),
        (
            {"budget": "target=0.6", "target": 0.9, "weakest": 0.7},
            "`weakest` 0.7 is above `budget`",
        ),
        ({"weakest": 0.7}, "`weakest` goes with a target"),
        ({"layers": 0}, "`layers`"),
        ({"layer_keep": (1.0, 0.5)}, "`layer_keep`"),
        ({"query": "  "}, "`query`"),
        ({"temporal_every": 0}, "`temporal_every`"),
        ({"max_pixels": 0}, "`max_pixels`"),
        ({"seed": -1}, "`seed`"),
        ({"layer_keep": (0.1, 0.5, 0.9, 1.0)}, "`layer_keep` cannot rise"),
        ({"seed": 2**63}, "`seed`"),
        ({"decode_timeout": float("nan")}, "`decode_timeout`"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused(settings, word):
    with pytest.raises(PlanError, match=word):
        Plan.of(**settings)


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
    found = Layers().schedule(98)
    assert found.tokens == (98,) * 8 + (69,) * 8 + (49,) * 8 + (39,) * 8
    assert (found.last, found.mean) == (39, (98 + 69 + 49 + 39) / 4)
    assert Layers(6).schedule(1).tokens == (1,) * 6


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"fps": "native", "start": 2, "end": 3.5},
        {"budget": "12.5%", "tiers": "14x4,20x2,15x1", "resolution": "224x448", "layer_keep": "1,1,0.5,0.5"},
        {"budget": 64, "spatial": "tome", "spatial_ratio": 0.25, "difficulty_cuts": "0.1,0.2,0.3"},
        *({"preset": name} for name in ("pvc", "fastvlm", "router", "arr-coc")),
    ],
)
def test_a_plan_comes_back_from_its_record(given):
    plan = Plan.of(**given)
    record = plan.to_record()
    assert set(record) == set(all_settings())
    assert Plan.of(**record) == plan


def test_parts_are_not_settings_and_unknown_settings_are_named():
    with pytest.raises(PlanError, match=r"Plan.of\(budget=...\)"):
        Plan(budget="25%")
    with pytest.raises(PlanError, match="did you mean 'budget'"):
        Plan.of(budgets=3)


def test_every_setting_has_a_short_help():
    for key, (_, one) in all_settings().items():
        assert len(one.help) <= 55, key
        assert one.help or not one.option, key


def test_errors_name_settings_and_commands_name_options():
    assert with_flags("`max_frames` 3, `start`") == "--max-frames 3, --start"
    assert with_flags("`features` and `jobs`", ["jobs"]) == "`features` and --jobs"
