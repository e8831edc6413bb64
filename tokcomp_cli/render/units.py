"""Times and axes as a page shows them."""


def seconds(value: float) -> str:
    """Return `7.25 s`."""
    return f"{value:,.2f} s"


def milliseconds(value: float) -> str:
    """Return `312`, or `0.4` below ten."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def axis_number(value: float) -> str:
    """Return a number of an axis without needless zeros."""
    return f"{value:,.10g}"
