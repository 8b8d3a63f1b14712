"""`python -m recsh` is `recsh`."""

from recsh.cli import main

if __name__ == "__main__":
    main()
