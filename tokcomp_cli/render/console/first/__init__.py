"""The first screen of a result: what matters in about twelve lines; `--full` shows the rest."""
