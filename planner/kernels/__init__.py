"""Compiled loops: arrays in, arrays out, nothing else. What they may be handed is checked before they are called."""
