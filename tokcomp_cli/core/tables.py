"""Rows as a data frame, where pandas is installed."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from tokcomp_cli.errors import PlanError


def data_frame(rows: Sequence[Mapping[str, object]]) -> Any:
    """Return a pandas data frame with a row for each mapping.

    Raises:
        PlanError: pandas is not installed.
    """
    try:
        pandas: Any = import_module("pandas")
    except ImportError as error:
        raise PlanError("to_pandas needs pandas, which is not installed; pip install pandas") from error
    return pandas.DataFrame([dict(row) for row in rows])
