"""A closer look at pictures: tiles, resolution, tiers of relevance."""
