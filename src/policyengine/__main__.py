"""`python -m policyengine` is the command line."""

from policyengine.cli import main

main()
