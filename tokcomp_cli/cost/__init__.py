"""What a picture or a video costs in named models, as it is: published formulas, by size alone."""
