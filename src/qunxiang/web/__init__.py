"""The web door: the shell of pages, pages and REST."""
