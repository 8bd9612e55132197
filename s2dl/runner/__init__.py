"""The runner of jobs: carries one out, in the foreground or in a process of its own, and reports to the store."""
