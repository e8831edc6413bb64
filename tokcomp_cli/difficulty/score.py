"""The difficulty score: weighted features, each clipped before it is weighted.

The formula is the reference note's, with clipping and normalisation corrected. How well it predicts the
budget a file needs is measured in docs/budget.md; `difficulty.rules` has another rule for its image part.
"""

from collections.abc import Sequence

from tokcomp_cli.core.results.difficulty import Difficulty, Feature, RegionMap
from tokcomp_cli.difficulty.query import flags, words
from tokcomp_cli.difficulty.rules import NOTE, NOTE_CUTS, Cuts, Rule, band, measured_score
from tokcomp_cli.difficulty.signals import ImageSignals

IMAGE_WEIGHTS = {"edge": 0.3, "colour": 0.2, "objects": 0.5}
IMAGE_SCALES = {"edge": 0.3, "colour": 0.35, "objects": 10.0}
QUERY_WEIGHTS = {"length": 0.2, "negation": 0.3, "counting": 0.3, "reasoning": 0.2}
WORDS_SCALE = 20.0
IMAGE_SHARE, QUERY_SHARE = 0.6, 0.4


def clip(value: float) -> float:
    """Return the value limited to [0, 1]."""
    return min(max(value, 0.0), 1.0)


def image_values(signals: ImageSignals, rule: Rule = NOTE) -> dict[str, float]:
    """Return the clipped image features by name."""
    raw = {"edge": signals.edge, "colour": signals.colour, "objects": float(signals.objects)}
    values = {name: clip(raw[name] / scale) for name, scale in IMAGE_SCALES.items()}
    if rule.fit is None:
        return values
    return values | {"variety": measured_score(signals.variety, len(signals.region), rule.fit)}


def image_weights(rule: Rule) -> dict[str, float]:
    """Return what each image feature weighs; with `measured`, the variety is all of it."""
    return IMAGE_WEIGHTS if rule.fit is None else dict.fromkeys(IMAGE_WEIGHTS, 0.0) | {"variety": 1.0}


def image_score(signals: ImageSignals, rule: Rule = NOTE) -> float:
    """Return the image's part of the score, in [0, 1]."""
    values = image_values(signals, rule)
    return clip(sum(weight * values[name] for name, weight in image_weights(rule).items()))


def shares(query: str | None, rule: Rule) -> tuple[float, float]:
    """Return what image and query weigh in the whole score.

    In the note's sum a query takes weight from the image. With `measured` the query only adds to the
    predicted tokens, since a question cannot make a picture need fewer; the sum is clipped to 1.
    """
    if query is None:
        return 1.0, 0.0
    return (IMAGE_SHARE if rule.fit is None else 1.0), QUERY_SHARE


def query_features(query: str | None, share: float) -> dict[str, Feature]:
    """Return the query's features; zero with raw None where there is no query.

    Args:
        query: The question, or None.
        share: Weight of the query in the whole score.
    """
    if query is None:
        return {name: Feature(0.0, None, 0.0) for name in QUERY_WEIGHTS}
    raw = {"length": float(len(words(query))), **{flag: float(on) for flag, on in flags(query).items()}}
    value = {name: clip(number / WORDS_SCALE if name == "length" else number) for name, number in raw.items()}
    return {
        name: Feature(value[name], raw[name], share * weight * value[name])
        for name, weight in QUERY_WEIGHTS.items()
    }


def difficulty(
    signals: Sequence[ImageSignals],
    frames: Sequence[int],
    starts_seconds: Sequence[float],
    query: str | None,
    *,
    grid: tuple[int, int] | None = None,
    rule: Rule = NOTE,
    cuts: Cuts = NOTE_CUTS,
) -> Difficulty:
    """Return the difficulty of an input: the frame-weighted mean over its merged frames.

    Args:
        signals: One for each merged frame.
        frames: Frames in each merged frame.
        starts_seconds: When each begins.
        query: The question, or None: then the image features alone make the score.
        grid: Rows and columns of patches, for the map of regions; None for no map.
        rule: What the image's part is.
        cuts: Where the bands begin.
    """
    total = sum(frames)

    def mean(numbers: Sequence[float]) -> float:
        return sum(number * count for number, count in zip(numbers, frames, strict=True)) / total

    image_share, query_share = shares(query, rule)
    values, weights = [image_values(one, rule) for one in signals], image_weights(rule)
    asked = query_features(query, query_share)
    features = {
        name: Feature(
            value=mean([one[name] for one in values]),
            raw=mean([float(getattr(one, name)) for one in signals]),
            contribution=image_share * weight * mean([one[name] for one in values]),
        )
        for name, weight in weights.items()
    } | asked
    from_query = sum(feature.contribution for feature in asked.values())
    scores = [
        clip(image_share * sum(weight * one[name] for name, weight in weights.items()) + from_query)
        for one in values
    ]
    score = clip(sum(feature.contribution for feature in features.values()))
    most = max(range(len(scores)), key=scores.__getitem__)
    hardest = most if len(scores) > 1 else None
    return Difficulty(
        score=score,
        band=band(score, cuts),
        features=features,
        effective_rank=mean([one.effective_rank for one in signals]),
        attention_entropy=mean([one.attention_entropy for one in signals]),
        hardest_seconds=None if hardest is None else starts_seconds[hardest],
        hardest_score=None if hardest is None else scores[hardest],
        query=query,
        rule=str(rule),
        cuts=cuts,
        variety=mean([one.variety for one in signals]),
        region_map=RegionMap(starts_seconds[most], grid, signals[most].region) if grid else None,
    )
