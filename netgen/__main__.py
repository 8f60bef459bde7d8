"""``python -m netgen``."""

from netgen.cli.start import main

if __name__ == "__main__":
    main()
