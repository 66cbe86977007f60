"""The doctor: what an account, a deployed function and a registry need, each told in one line with its cure."""
