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


def price(value: float, currency: str) -> str:
    """Return an amount of money with as many digits as it needs."""
    digits = 6 if value < 0.01 else 4 if value < 1 else 2
    return f"{value:,.{digits}f} {currency}".strip()
