"""Results as one HTML page that works without a network: views in Python, layout in templates."""
