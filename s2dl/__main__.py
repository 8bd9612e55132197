"""`python -m s2dl`."""

from s2dl.cli import main

if __name__ == "__main__":
    main()
