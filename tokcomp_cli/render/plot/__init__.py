"""Figures for papers, drawn with matplotlib (extra `plot`)."""
