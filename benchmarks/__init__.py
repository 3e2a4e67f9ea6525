"""How long things take, each beside a function written by hand. `python -m benchmarks` prints the table."""
