"""Use cases: each takes the house (the ports) and an actor, calls stages and ports, and never another use case."""
