"""The worker: frame descriptions in, encoded chunks out (design §4).

`timeline` and `motion` decide what is seen, `pacing` when, `stream` what of it is written; `service` does the I/O.
"""
