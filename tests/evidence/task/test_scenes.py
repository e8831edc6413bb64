import numpy as np
import pytest

from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.task.ingredients import GROUNDS, NUM_THINGS, PACKAGES, SPLITS, Ingredients
from tokcomp_cli.evidence.task.questions import KINDS, VOCABULARY, ask_about
from tokcomp_cli.evidence.task.scene import SIDE, make_scene


def scenes(ingredients, count, split="train"):
    grounds = ingredients.of_split(split)
    for number in range(count):
        rng = np.random.default_rng([1, number])
        scene = make_scene(ingredients, grounds, rng)
        yield scene, ask_about(scene, rng)


def test_ingredients_are_what_the_packages_hold_and_no_ground_is_in_two_splits(ingredients):
    assert len(ingredients.things) == NUM_THINGS
    assert {ground.kind for ground in ingredients.grounds} == set(GROUNDS)
    seen = [ground.pixels.tobytes() for ground in ingredients.grounds]
    assert len(set(seen)) == len(seen)
    assert sum(len(of) for split in SPLITS for of in ingredients.of_split(split).values()) == len(seen)
    assert min(len(ingredients.of_split("train")[kind]) for kind in GROUNDS) > 0


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path):
    with pytest.raises(EvidenceError, match=r"apt-get install .*tuxpaint-stamps-default") as told:
        _ = Ingredients(tmp_path).things
    assert PACKAGES[0] in str(told.value)
    with pytest.raises(EvidenceError, match="gcompris-qt-data"):
        _ = Ingredients(tmp_path).grounds


def test_scenes_follow_from_their_seed_and_what_is_laid_does_not_overlap(ingredients):
    first, again = (list(scenes(ingredients, 30)) for _ in range(2))
    for (one, asked), (other, asked_again) in zip(first, again, strict=True):
        assert np.array_equal(one.rgb, other.rgb)
        assert asked == asked_again
        assert one.rgb.shape == (SIDE, SIDE, 3)
        covered = np.zeros((SIDE, SIDE), dtype=int)
        for laid in one.laid:
            left, top, right, bottom = laid.box
            covered[top:bottom, left:right] += 1
        assert covered.max(initial=0) <= 1


def test_answers_are_true_of_the_scene(ingredients):
    seen = set()
    for scene, asked in scenes(ingredients, 150):
        for question in asked:
            seen.add(question.kind)
            assert question.answer in question.allowed
            answer = question.answer - min(question.allowed)
            if question.kind == "presence":
                assert answer == bool(scene.of(question.about[0]))
            if question.kind == "count":
                assert answer == len(scene.of(question.about[0]))
            if question.kind == "which":
                assert len(question.allowed) == 4
            if question.kind == "left of":
                a, b = (scene.of(name)[0].box for name in question.about)
                assert answer == (a[0] + a[2] < b[0] + b[2])
            if question.kind == "quadrant":
                left, top, right, bottom = scene.of(question.about[0])[0].box
                assert answer == 2 * (top + bottom > SIDE) + (left + right > SIDE)
    assert seen == set(KINDS)


def test_the_question_alone_tells_next_to_nothing(ingredients):
    answers = {}
    for _, asked in scenes(ingredients, 400):
        for question in asked:
            answers.setdefault(question.kind, []).append(question.answer)
    for kind, expected in {"presence": 0.5, "left of": 0.5, "quadrant": 0.25, "colour": 1 / 6}.items():
        share = np.bincount(answers[kind]).max() / len(answers[kind])
        assert share < expected + 0.12, kind


def test_the_vocabulary_holds_every_question(ingredients):
    for _, asked in scenes(ingredients, 50):
        for question in asked:
            assert question.kind in VOCABULARY.kinds
            assert max(question.allowed) < VOCABULARY.answers
            assert all(0 <= name < VOCABULARY.named for name in question.about)
