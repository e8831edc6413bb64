"""Results as terminal pages, one file a page."""
