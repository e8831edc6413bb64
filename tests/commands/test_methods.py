import pytest

GOOD = """
from tokcomp_cli.compress import Method, selected
import torch

def compress(tokens, *, num_keep, generator):
    {body}
    return selected(tokens, torch.arange(num_keep))

METHOD = Method(
    name="{name}", stage="spatial", rule="keep the first", paper="a test", compress=compress, merges=False
)
"""


@pytest.fixture
def plugin(tmp_path):
    def write(body="pass", name="first", text=None):
        path = tmp_path / "mine.py"
        path.write_text(text if text is not None else GOOD.format(body=body, name=name))
        return path

    return write


def test_show_tells_all_of_a_method(tokcomp):
    page = tokcomp("methods", "show", "visionzip").out
    for words in ("arXiv 2412.04467", "saliency", "contextual 10 of 64", "visionzip:original", "true mean"):
        assert words in " ".join(page.split())
    (record,) = tokcomp("methods", "show", "visionzip:original", "--json").document["methods"]
    assert record["kept tokens"] == "weighted sums of inputs"
    both = tokcomp("methods", "show", "uniform", "--json").document["methods"]
    assert [one["stage"] for one in both] == ["spatial", "temporal"]
    assert tokcomp("methods", "show", "evs").code == 0
    ended = tokcomp("methods", "show", "tomme")
    assert ended.code == 2
    assert "did you mean 'tome'" in ended.err


def test_a_file_of_ones_own_is_compared_and_cited_with_its_hash(tokcomp, samples, plugin):
    path = plugin()
    arguments = ("--methods", f"{path},ward", "--encoder", "handcrafted", "--budget", 20, "--json")
    found = tokcomp("compare", samples / "coffee.png", *arguments).document
    assert {"first", "ward"} < {row["method"] for row in found["methods"]}
    assert "first@" in found["signature"]
    assert "keep the first" in tokcomp("methods", "show", path).out


def test_a_file_may_leave_the_generator_out_or_draw_with_it(tokcomp, samples, plugin):
    for text in (
        GOOD.replace(", generator", "").format(body="pass", name="first"),
        GOOD.replace(
            "torch.arange(num_keep)", "torch.randperm(len(tokens), generator=generator)[:num_keep]"
        ).format(body="pass", name="drawn"),
    ):
        arguments = ("--methods", plugin(text=text), "--encoder", "handcrafted", "--budget", 20, "--json")
        assert tokcomp("compare", samples / "coffee.png", *arguments).code == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return selected(tokens, torch.arange(min(len(tokens), num_keep + 1)))", "tokens were asked for"),
        ("return 3", "not Compressed"),
        ("raise ValueError('no')", "raised ValueError: no"),
        ("tokens.features.zero_()", "changed the tokens"),
        ("return selected(tokens, torch.randperm(len(tokens))[:num_keep].sort().values)", "one seed differ"),
        (
            "import dataclasses; r = selected(tokens, torch.arange(num_keep)); "
            "return dataclasses.replace(r, sizes=r.sizes + 1)",
            "sizes that are not the sums",
        ),
        (
            "import dataclasses; r = selected(tokens, torch.arange(num_keep)); "
            "return dataclasses.replace(r, features=r.features / 0)",
            "must be finite",
        ),
    ],
)
def test_a_broken_plug_in_is_named_with_what_it_broke(tokcomp, samples, plugin, body, said):
    ended = tokcomp("compare", samples / "coffee.png", "--methods", plugin(body), "--budget", 20)
    assert ended.code == 1
    assert said in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"text": "x ="}, 1, "does not run"),
        ({"text": "x = 1"}, 1, "must end in METHOD"),
        ({"name": "ward"}, 2, "like a built-in"),
        ({"name": "a|b"}, 1, "a name needs"),
    ],
)
def test_what_is_no_plug_in_is_refused(tokcomp, plugin, tmp_path, given, code, said):
    ended = tokcomp("methods", "show", plugin(**given))
    assert ended.code == code, ended.err
    assert said in ended.err
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.py"]
    assert tokcomp("methods", "show", tmp_path / "none.py").code == 2


def test_entry_points_of_installed_packages(tokcomp, monkeypatch):
    from dataclasses import replace

    from tokcomp_cli.compress import find

    class Entry:
        name, module, dist = "theirs", "their.package", None

        def load(self):
            return replace(find("spatial", "uniform"), name="theirs")

    monkeypatch.setattr("tokcomp_cli.comparison.plugin.entry_points", lambda group: [Entry()])
    assert tokcomp("methods", "show", "theirs").code == 0
    assert tokcomp("methods", "show", "their").code == 2
