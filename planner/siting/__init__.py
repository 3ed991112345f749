"""Siting: where to build next, proven, ranked and checked."""
