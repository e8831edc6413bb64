"""Results as a document, a terminal page, a web page and a plot; reads results and nothing else."""
