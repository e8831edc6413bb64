"""A model asked with all visual tokens and with fewer: what joins the pipeline and the models."""
