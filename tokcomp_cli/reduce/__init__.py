"""What becomes of merged frames: tensors only, no file, no encoder."""
