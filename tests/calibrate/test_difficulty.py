import numpy as np
import pytest
from scipy.stats import spearmanr

from tokcomp_cli.calibrate.difficulty import (
    NOTE,
    MeasuredFile,
    cuts_of,
    fit_of,
    rank_correlation,
    ranked,
    verdict,
)
from tokcomp_cli.core.results.calibration import Predictor
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan


def test_the_rank_correlation_is_that_of_scipy_ties_included():
    generator = np.random.default_rng(3)
    x = generator.integers(0, 8, 40).astype(float)
    y = x + generator.normal(0, 3, 40)
    found = rank_correlation(x, y, seed=0)
    assert found.mean == pytest.approx(spearmanr(x, y).statistic)
    assert found.low < found.mean < found.high


def test_a_perfect_order_has_no_interval_and_a_constant_no_correlation():
    x = np.arange(12.0)
    assert rank_correlation(x, x**3, seed=0) == Interval(*[pytest.approx(1.0)] * 3)
    assert rank_correlation(x, np.ones(12), seed=0) == Interval(0.0, 0.0, 0.0)


def files(fit: tuple[float, float], count: int = 20) -> list[MeasuredFile]:
    found = []
    for variety in np.linspace(20, 90, count):
        share = float(np.exp(fit[0] + fit[1] * np.log(variety / 196)))
        signals = {"variety": float(variety), NOTE: float(-variety), "text likelihood": None}
        found.append(MeasuredFile(share, float(variety) / 100, signals))
    return found


def test_a_planted_fit_is_found_and_a_falling_one_refused():
    assert fit_of(files((1.2, 2.5)), 196) == (pytest.approx(1.2), pytest.approx(2.5))
    assert fit_of(files((-3.0, -1.0)), 196) is None
    assert fit_of([MeasuredFile(0.1, 0.2, {"variety": 30.0})] * 20, 196) is None
    assert fit_of([MeasuredFile(0.1, 0.2, {"variety": 1.0})] * 20, 196) is None


def test_signals_come_strongest_first_and_unmeasured_ones_are_left_out():
    found = ranked(files((1.2, 2.5)), seed=0)
    assert [one.signal for one in found] == ["variety", NOTE]
    assert [one.correlation.mean for one in found] == [pytest.approx(1.0), pytest.approx(-1.0)]


def test_cut_points_are_percentiles():
    assert cuts_of([n / 100 for n in range(101)]) == (0.3, 0.7, 0.9)


def test_the_verdict_says_so_where_the_note_does_not_predict():
    weak = Predictor(NOTE, Interval(0.2, -0.1, 0.5), 20)
    strong = Predictor("variety", Interval(0.9, 0.8, 0.95), 20)
    said = verdict([strong, weak])
    assert "heuristic score does not reliably predict" in said
    assert "--difficulty measured" in said
    assert "--difficulty" not in verdict([Predictor(NOTE, Interval(0.9, 0.8, 0.95), 20), weak_variety()])


def weak_variety() -> Predictor:
    return Predictor("variety", Interval(0.3, -0.2, 0.6), 20)


CLASSES = {"blank": 0, "flower.jpg": 1, "chelsea.png": 1, "coffee.png": 1, "dogs.jpg": 2, "typewriter.png": 3}


@pytest.mark.slow
def test_tokens_needed_go_with_a_hand_made_order(samples, tmp_path, embedded: Encoder):
    """Blank, one object, busy scene, text: the figure is printed (pytest -s), only its sign is held."""
    from PIL import Image

    Image.new("RGB", (320, 240), (90, 90, 90)).save(tmp_path / "blank", "PNG")
    needed = []
    for name in CLASSES:
        path = (tmp_path if name == "blank" else samples) / name
        advice = run(str(path), Plan.of(target=0.9), embedded).analysis.recommendation
        assert advice is not None
        assert advice.recommended is not None
        needed.append(advice.recommended.tokens)
    found = spearmanr(list(CLASSES.values()), needed).statistic
    print(f"\nrank correlation of tokens needed with four classes: {found:.2f}, {needed}")  # noqa: T201
    assert found > 0
