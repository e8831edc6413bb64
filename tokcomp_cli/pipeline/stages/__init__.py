"""The stages of a run, one a file; a run is a list of them."""
