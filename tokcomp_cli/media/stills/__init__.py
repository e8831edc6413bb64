"""Pictures and animations, through Pillow."""
