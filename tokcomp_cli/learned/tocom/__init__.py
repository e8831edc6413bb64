"""Low-rank adapters of the embedded ViT that make up for another merge ratio (ToCom)."""
