"""tokcomp: how many visual tokens, how far they compress, and what is lost."""

__version__ = "0.1.0"
