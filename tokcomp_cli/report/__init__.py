"""From results and files to pages, plots and overlays."""
