"""``python -m qunxiang`` is the command ``qunxiang``."""

import sys

from qunxiang.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
