"""Protocols that services receive and adapters implement."""
