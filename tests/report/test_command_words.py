"""The command that makes a result again."""

import shlex
from dataclasses import replace

import pytest

from tests.helpers.results import make_photo
from tokcomp_cli.core.results.difficulty import Resolution
from tokcomp_cli.report.command_words import command_words


def photo(plan, path="a.jpg"):
    made = make_photo()
    return replace(made, plan=plan, media=replace(made.media, path=path))


def test_defaults_are_left_out_and_what_was_asked_for_is_there():
    plan = {
        "budget": "auto",
        "target": 0.995,
        "threshold": 0.75,
        "similarity": "mean",
        "layers": 32,
        "query": None,
    }
    assert command_words(photo(plan), "budget") == "tokcomp budget a.jpg --encoder embedded"
    asked = {**plan, "budget": "25%", "query": "what is it?", "threshold": 0.5, "temporal_every": 3}
    words = command_words(photo(asked), "analyze")
    assert "--budget 25%" in words
    assert "--query 'what is it?'" in words
    assert "--threshold 0.5" in words
    assert "--target 0.995" in words


@pytest.mark.parametrize("path", ["a b.jpg", "it's.jpg", "$(rm -rf x).jpg"])
def test_a_path_is_quoted_for_the_shell(path):
    assert path in shlex.split(command_words(photo({}, path), "analyze"))


def test_a_path_is_never_an_option():
    assert " ./-x.jpg " in command_words(photo({}, "-x.jpg"), "analyze")


def test_reading_words_is_there():
    read = Resolution(0.5, 0.9, True, 1, 4, 3)
    made = replace(photo({}), resolution=read)
    assert command_words(made, "budget") == "tokcomp budget a.jpg --ocr --encoder embedded"
    unread = replace(made, resolution=replace(read, words_full=None, words_encoder=None))
    assert "--ocr" not in command_words(unread, "budget")


def test_the_rule_of_sampling_is_there():
    made = photo({})
    clip = replace(made, sampling=replace(made.sampling, rule="every=10"))
    assert command_words(clip, "analyze") == "tokcomp analyze a.jpg --every 10 --encoder embedded"
