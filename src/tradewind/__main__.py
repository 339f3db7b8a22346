"""`python -m tradewind` is `tradewind`."""

import sys

from tradewind.app.cli import main

sys.exit(main())
