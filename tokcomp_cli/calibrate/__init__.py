"""Figures of an encoder or a difficulty rule, measured on the user's own files."""
