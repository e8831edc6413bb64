"""Vision-language models: adapters, the prompt, dropping tokens inside the decoder, answers."""
