"""Commands that show: a page, an overlay, a first example."""
