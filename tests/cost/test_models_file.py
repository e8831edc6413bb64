import pytest

from tokcomp_cli.cost.table import choose, load_models
from tokcomp_cli.errors import PlanError

HEAD, NEW = "[[model]]\nname = 'gpt-4o'\n", "[[model]]\nname = 'x'\n"
FIXED = "picture = { kind = 'fixed', tokens = 1 }\n"
WRONG = {
    "[[model]]\nname = 3\n": ("line 2", "name", "without a colon"),
    NEW: ("line 2", "name", "needs `picture`"),
    NEW + "like = 'qwen2-vll'\n": ("line 3", "like", "did you mean 'qwen2-vl'"),
    HEAD + "\n" + NEW + FIXED + "price = 2\n": ("line 7", "price", "no such key"),
    HEAD + "price_per_million = -1\n": ("line 3", "price_per_million", "0 or more"),
    HEAD + "price_per_million = 'two'\n": ("line 3", "price_per_million", "'two'"),
    HEAD + "examples = [[1, 2]]\n": ("line 3", "examples", "width, height, tokens"),
    HEAD + HEAD: ("line 4", "name", "twice"),
    NEW + "picture = { kind = 'fixd', tokens = 3 }\n": ("line 3", "picture.kind", "'fixed'"),
    NEW + "picture = { kind = 'fixed' }\n": ("line 3", "picture.tokens", "missing"),
    NEW + "picture = { kind = 'fixed', tokens = 1.5 }\n": ("line 3", "picture.tokens", "whole"),
    NEW + "picture = { kind = 'fixed', tokens = true }\n": ("line 3", "picture.tokens", "whole"),
    NEW + "picture = { kind = 'fixed', token = 1 }\n": ("line 3", "picture.token", "'tokens'"),
    NEW + "picture = 3\n": ("line 3", "picture", "a table"),
    NEW + FIXED + "video = { kind = 'per-frame', per_frame = 1 }\n": ("line 4", "video", "`frames`"),
    NEW + FIXED + "tiers = [{ nam = 'low' }]\n": ("line 4", "tiers.nam", "'name'"),
    NEW + FIXED + "frames = { fps = 1, rounding = 'no' }\n": ("line 4", "frames.rounding", "nearest"),
    "prices = 3\n": ("line 1", "prices", "[[model]]"),
}


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "models.toml"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.replace("\n", " ")[-40:])
def test_what_is_wrong_is_told_by_line_and_key(text, written):
    line, key, about = WRONG[text]
    with pytest.raises(PlanError) as caught:
        load_models(written(text))
    message = str(caught.value)
    assert f"{line}: {key}: " in message
    assert about in message


def test_no_toml_names_the_line(written):
    with pytest.raises(PlanError, match="line 2"):
        load_models(written("[[model]]\nname = \n"))
    with pytest.raises(PlanError, match="at least one"):
        load_models(written(""))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(PlanError, match="No such file"):
        load_models(str(tmp_path / "gone.toml"))
    (tmp_path / "binary.toml").write_bytes(bytes([255, 254]))
    with pytest.raises(PlanError, match="UTF-8"):
        load_models(str(tmp_path / "binary.toml"))


def test_a_price_leaves_the_formula_as_it_is(written):
    ours = load_models()["gpt-4o"]
    priced = load_models(written("[[model]]\nname = 'gpt-4o'\nprice_per_million = 2.5\n"))["gpt-4o"]
    assert (priced.formula, priced.tiers, priced.date) == (ours.formula, ours.tiers, ours.date)
    assert priced.price_per_million == 2.5


def test_another_formula_is_not_passed_off_as_the_vendors(written):
    text = "[[model]]\nname = 'gemma-3'\npicture = { kind = 'fixed', tokens = 64 }\n"
    model = load_models(written(text))["gemma-3"]
    assert model.of_picture(model.tiers[0], 9, 9).tokens == 64
    assert "models.toml" in model.source
    assert model.date is None
    assert len(model.tiers) == 1


def test_a_model_like_another(written):
    text = (
        "[[model]]\nname = 'mine'\nlike = 'qwen2.5-vl'\n"
        "picture = { kind = 'smart-resize', patch = 28, min_pixels = 3136, max_pixels = 200704 }\n"
    )
    model = load_models(written(text))["mine"]
    assert model.takes_video
    assert model.of_picture(model.tiers[0], 1920, 1080).tokens <= 256


def test_models_are_chosen_by_name_family_and_tier():
    models = load_models()
    names = [(model.name, tiers) for model, tiers in choose(models, ["Gemini", "gemma-4:70"])]
    assert [name for name, _ in names] == ["gemini-2", "gemini-3", "gemma-4"]
    assert [tier.name for tier in names[2][1]] == ["max_soft_tokens=70"]
    assert len(choose(models, [])) == len(models)
    with pytest.raises(PlanError, match=r"did you mean 'gpt-4o'.*--models-file adds one"):
        choose(models, ["gpt-4"])
    with pytest.raises(PlanError, match="no tier '71'"):
        choose(models, ["gemma-4:71"])
