"""What can be done with a program: each interpreter is one file with one exhaustive match over the nodes."""
