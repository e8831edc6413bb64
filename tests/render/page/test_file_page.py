"""The page of one file: what it says, that nothing leaves it, and that names stay text."""

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.render.console.page_results import full_budget, missed_budget
from tests.render.page.page_documents import MARKUP, seen_clip
from tokcomp_cli.core.results.analysis import Analysis, TimelineEntry
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.results.difficulty import ReadLine, Resolution
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree
from tokcomp_cli.render.page.entries import MOST_PICTURES, pictured_entries, weakest_entry
from tokcomp_cli.render.page.environment import data_block, digest
from tokcomp_cli.render.page.file_page import file_page
from tokcomp_cli.render.page.picture import PagePicture

PICTURE = PagePicture(b"\xff\xd8jpeg", 1.5, (0.0, 0.25, 1.0, 0.5))


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self.inside, self.blocks, self.words = [], "", {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = tag if tag in {"script", "style"} else ""
        if self.inside:
            self.inside = dict(attrs).get("type", tag)

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside:
            self.blocks[self.inside] = self.blocks.get(self.inside, "") + data
        else:
            self.words += data


def page(analysis: Analysis, **changes) -> str:
    return file_page(analysis, **{"pictures": {}, "command": "tokcomp analyze x", **changes})


def test_nothing_is_fetched_and_only_our_script_may_run():
    made = Elements(page(seen_clip(), pictures={0: PICTURE, 16: PICTURE}))
    assert {tag for tag, _ in made.found} & {"link", "iframe", "object", "form", "base"} == set()
    addresses = [value for _, attrs in made.found for key in ("src", "href") if (value := attrs.get(key))]
    assert addresses
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    policy = next(attrs["content"] for _, attrs in made.found if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"script-src '{digest(made.blocks['script'])}'" in policy
    assert f"style-src '{digest(made.blocks['style'])}'" in policy
    assert not [key for _, attrs in made.found for key in attrs if key.startswith("on") or key == "style"]


def test_a_name_with_markup_stays_text():
    made = Elements(page(replace(seen_clip(), verdict=f"see {MARKUP}", warnings=(MARKUP,))))
    assert [tag for tag, _ in made.found].count("script") == 2
    assert made.words.count(MARKUP) == 4  # title, heading, verdict, warning; not as an element
    assert json.loads(made.blocks["application/json"])["entries"][0][5] == 40


def test_marks_that_turn_text_around_are_shown_as_what_they_are():
    assert "\u202e" not in (made := page(seen_clip("a\u202egpj.exe")))
    assert "a\\u202egpj.exe" in made


@pytest.mark.parametrize("text", ["</script>", "<!--", "a&b", "\u2028\u2029", "]]>"])
def test_no_text_ends_the_block_of_data(text):
    block = data_block({"name": text})
    assert not re.search(r"[<>&\u2028\u2029]", block)
    assert json.loads(block) == {"name": text}


def test_the_page_says_what_the_terminal_says():
    words = Elements(page(full_budget())).words
    for said in ("54 of 196 tokens keep 90.0%", "196 → 49", "54 tokens", "Words read: 12 at full size, 3"):
        assert said in words
    assert "10 salient regions" in words


def test_what_was_not_measured_is_said():
    clip = seen_clip()
    last = replace(clip.stages[-1], fidelity=replace(clip.fidelity, lift=None))
    words = Elements(page(replace(clip, stages=(*clip.stages[:-1], last)))).words
    assert re.search(r"lift\s*not measured", words)


def test_a_target_out_of_reach_is_said():
    words = Elements(page(missed_budget())).words
    assert re.search(r"fewest for 90%\s*none\s*the most is 71\.2%", words)
    assert "The file is damaged" in words


def test_without_maps_and_file_both_are_said():
    made = Elements(page(replace(seen_clip(), maps=(), nested=None), without="x.mp4 is not there any more"))
    assert "No keep-map: the document was made without --maps." in made.words
    assert "x.mp4 is not there any more" in made.words


def test_the_weakest_moment_is_drawn_first():
    clip = seen_clip()
    at = weakest_entry(clip)
    entry = clip.timeline[at]
    assert entry.first_frame <= clip.weakest.frame <= entry.last_frame
    assert f"Merged frame {at + 1} of 25" in Elements(page(clip)).words


def long_clip(count: int) -> Analysis:
    clip = seen_clip()
    entries = tuple(TimelineEntry(i * 0.5, i * 0.5 + 0.5, i, i, 1, 3, None) for i in range(count))
    nested = replace(clip.nested, trees=clip.nested.trees[:1] * count, starts=clip.nested.starts[:1] * count)
    return replace(clip, timeline=entries, maps=clip.maps[:1] * count, nested=nested)


def test_ten_thousand_merged_frames_stay_below_three_megabytes():
    clip = long_clip(10_000)
    chosen = pictured_entries(clip)
    assert len(chosen) <= MOST_PICTURES
    assert weakest_entry(clip) in chosen
    picture = replace(PICTURE, jpeg=bytes(9_000))
    made = page(clip, pictures=dict.fromkeys(chosen, picture))
    assert len(made.encode()) < 3_000_000
    data = json.loads(Elements(made).blocks["application/json"])
    assert len(data["entries"]) == 10_000
    assert {str(at) for at in chosen} <= data["maps"].keys()


def test_the_page_of_two_hours_takes_less_than_two_seconds():
    clip = long_clip(1_400)  # as many merged frames as two hours had, each with a whole grid
    whole = KeepMap((14, 14), tuple(at // 2 for at in range(196)), (0.5,) * 196)
    tree = MergeTree(tuple(at for one in range(1, 98) for at in (0, one)), (1, 2, 3, 98))
    starts = (whole.owner,) * 1_400
    nested = replace(clip.nested, trees=(tree,) * 1_400, starts=starts)
    clip = replace(clip, maps=(whole,) * 1_400, nested=nested)
    picture, start = replace(PICTURE, jpeg=bytes(9_000)), time.process_time()
    made = page(clip, pictures=dict.fromkeys(pictured_entries(clip, 20), picture))
    assert time.process_time() - start < 2
    assert len(made.encode()) < 3_000_000


def test_words_are_marked_where_they_are_lost():
    lines = (
        ReadLine(("one", "two"), (), (0.0, 0.0, 0.5, 0.1)),
        ReadLine((MARKUP, "four"), (MARKUP,), (0.25, 0.5, 0.75, 0.6)),
    )
    photo = full_budget()
    found = Resolution(0.5, 0.9, True, 1, 4, 3, "x", lines)
    made = Elements(page(replace(photo, resolution=found), pictures={0: PICTURE}))
    boxes = [attrs for tag, attrs in made.found if tag == "rect" and attrs.get("class") in {"gone", "read"}]
    lost = next(one for one in boxes if one["class"] == "gone" and one["x"] == "150.0")
    assert (lost["y"], lost["width"], lost["height"]) == ("200.0", "300.00", "20.00")
    assert f"Lost: {MARKUP}." in made.words
    assert "Words lost where read" not in Elements(page(photo)).words


def test_another_chain_has_its_own_curve_and_the_command_that_draws_it():
    clip = seen_clip()
    curve = tuple(CurvePoint(tokens, 0.3 + tokens / 200) for tokens in (10, 60, 120))
    options = {"temporal": "space-time", "spatial_ratio": 1.0}
    advice = Recommendation(0.9, curve[2], 0.9, curve[1], curve, options=options)
    made = page(replace(clip, recommendation=advice))
    assert made.count('class="line shown"') == 1
    assert "--temporal space-time --spatial-ratio 1.0 --budget 120 --html page.html" in made
    data = json.loads(Elements(made).blocks["application/json"])
    assert (data["curve"]["first"], data["curve"]["last"]) == (10, 150)
    same = page(replace(clip, recommendation=replace(advice, options={})))
    assert 'class="line shown"' not in same


@pytest.mark.parametrize("count", [1, 2])
def test_short_clips_have_a_page(count):
    assert f"Merged frame {weakest_entry(long_clip(count)) + 1} of {count}" in page(long_clip(count))


def test_one_token_has_a_page():
    clip = long_clip(1)
    last = replace(clip.stages[-1], tokens_out=1)
    nested = replace(
        clip.nested, tokens=(1,), explained=(0.3,), trees=(replace(clip.nested.trees[0], tokens=(1,)),)
    )
    made = page(replace(clip, stages=(last,), nested=nested))
    assert "1 token keep" in made
