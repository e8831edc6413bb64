"""The page of one file: what it says, that nothing leaves it, and that names stay text."""

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.helpers.results import make_timeline
from tests.render.console.page_results import full_budget, missed_budget
from tests.render.page.page_documents import MARKUP, advised_clip, seen_clip
from tokcomp_cli.core.results.analysis import Analysis, TimelineEntry
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.results.difficulty import ReadLine, Resolution
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree, NestedMaps
from tokcomp_cli.render.page.entries import MOST_PICTURES, pictured_frames, weakest_entry
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
    made = Elements(page(seen_clip(), pictures={0: PICTURE, 84: PICTURE}))
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
    assert json.loads(made.blocks["application/json"])["views"][0]["entries"][0][5] == 3


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
    chosen = pictured_frames(clip)
    assert len(chosen) == MOST_PICTURES
    assert weakest_entry(clip) in chosen
    picture = replace(PICTURE, jpeg=bytes(9_000))
    made = page(clip, pictures=dict.fromkeys(chosen, picture))
    assert len(made.encode()) < 3_000_000
    view = json.loads(Elements(made).blocks["application/json"])["views"][0]
    assert len(view["entries"]) == 10_000
    assert {str(at) for at in chosen} <= view["maps"].keys()


def test_the_page_of_two_hours_takes_less_than_two_seconds():
    clip = long_clip(1_400)  # as many merged frames as two hours had, each with a whole grid
    whole = KeepMap((14, 14), tuple(at // 2 for at in range(196)), (0.5,) * 196)
    tree = MergeTree(tuple(at for one in range(1, 98) for at in (0, one)), (1, 2, 3, 98))
    starts = (whole.owner,) * 1_400
    nested = replace(clip.nested, trees=(tree,) * 1_400, starts=starts)
    clip = replace(clip, maps=(whole,) * 1_400, nested=nested)
    picture, start = replace(PICTURE, jpeg=bytes(9_000)), time.process_time()
    made = page(clip, pictures=dict.fromkeys(pictured_frames(clip, 20), picture))
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
    assert "--temporal space-time --spatial-ratio 1.0 --budget 120 --html page.html" in Elements(made).words
    data = json.loads(Elements(made).blocks["application/json"])
    assert (data["curve"]["first"], data["curve"]["last"]) == (10, 150)
    same = page(replace(clip, recommendation=replace(advice, options={})))
    assert 'class="line shown"' not in same


def expanded(runs: list[int]) -> list[int]:
    pairs = zip(runs[::2], runs[1::2], strict=True)
    return [first + (n if length < 0 else 0) for first, length in pairs for n in range(abs(length))]


def test_the_page_holds_the_maps_of_a_recommendation_that_another_chain_makes():
    clip = advised_clip()
    made = Elements(page(clip))
    now, best = json.loads(made.blocks["application/json"])["views"]
    assert "the settings in force: 75 tokens the recommendation: 3 tokens" in " ".join(made.words.split())
    assert (now["merged"], best["merged"]) == ("25 merged frames", "50 frames that share tokens")
    assert (best["budgets"]["tokens"], best["budgets"]["now"]) == ([1, 2, 3, 6], 2)
    assert len(best["entries"]) == len(best["maps"]) == 50
    for at, one in enumerate(clip.recommended_maps.maps):
        assert expanded(best["maps"][str(at)]["map"]) == list(one.owner)
        assert expanded(best["maps"][str(at)]["start"]) == list(range(6))
    assert 'id="views"' not in page(seen_clip())


@pytest.mark.parametrize(
    "owner", [(0, 1, 2, 3), (5, 5, 6, 7, 7, 8), (-1, 0, 1, -1, -1, 4, 5), (3,), (2, 1, 0)]
)
def test_runs_of_numbers_that_count_up_or_stay_come_back(owner):
    clip = seen_clip()
    clip = replace(clip, timeline=clip.timeline[:1], maps=(KeepMap((1, len(owner)), owner),), nested=None)
    data = json.loads(Elements(page(clip)).blocks["application/json"])
    assert expanded(data["views"][0]["maps"]["0"]["map"]) == list(owner)


def test_two_ways_to_merge_share_the_pictures():
    clip = advised_clip()  # 25 entries start at 25 frames of the 50 that the other has
    assert pictured_frames(clip) == sorted(
        {one.first_frame for one in clip.recommended_maps.timeline}
        | {one.first_frame for one in clip.timeline}
    )
    for most in (1, 2, 20, 40, 60):
        found = pictured_frames(clip, most)
        assert len(found) == most
        assert clip.timeline[weakest_entry(clip)].first_frame in found


def test_two_ways_of_the_longest_searched_clip_stay_below_three_megabytes():
    clip, whole = advised_clip(), tuple(range(196))  # 255 frames of 196 tokens are the most that are searched
    frames = make_timeline([1] * 255, [98] * 255)
    odd = KeepMap((14, 14), tuple(at * 7 % 98 for at in whole), (0.5,) * 196)
    tree = MergeTree(tuple(at for one in range(1, 98) for at in (0, one)), (1, 2, 3, 98))
    nested = NestedMaps((255, 510, 765, 24_990), (0.4, 0.6, 0.7, 1.0), (tree,) * 255, (odd.owner,) * 255)
    long = MergeTree(tuple(at for one in range(1, 49_980) for at in (0, one)), (1, 2, 3, 49_980))
    starts = tuple(tuple(range(at * 196, at * 196 + 196)) for at in range(255))
    other = replace(clip.recommended_maps.nested, trees=(long,), starts=starts)
    shown = replace(clip.recommended_maps, timeline=frames, maps=(odd,) * 255, nested=other)
    clip = replace(clip, timeline=frames, maps=(odd,) * 255, nested=nested, recommended_maps=shown)
    picture = replace(PICTURE, jpeg=bytes(9_000))
    made = page(clip, pictures=dict.fromkeys(pictured_frames(clip), picture))
    assert len(made.encode()) < 3_000_000
    assert len(json.loads(Elements(made).blocks["application/json"])["views"][1]["maps"]) >= 60


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
    assert "1 token keeps" in made
