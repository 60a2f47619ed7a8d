"""Judges the Twilio adapter and the simulated carrier by programs that are not ours, against the real binary, on loopback alone."""
