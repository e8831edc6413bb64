import pytest

from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.sampling import Sampling


@pytest.mark.parametrize(
    "options",
    [
        {"fps": 2, "every": 3},
        {"fps": "native", "frames": 3},
        {"every": 1, "frames": 1},
        {"fps": 0},
        {"fps": -1.0},
        {"fps": float("nan")},
        {"fps": float("inf")},
        {"every": 0},
        {"frames": 0},
        {"max_frames": 0},
        {"start_seconds": float("nan")},
        {"start_seconds": 3.0, "end_seconds": 3.0},
    ],
)
def test_wrong_options_are_plan_errors(options):
    with pytest.raises(PlanError):
        Sampling(**options)
