"""Results as JSON documents and as terminal pages; reads results and nothing else."""
