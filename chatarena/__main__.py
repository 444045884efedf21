"""`python -m chatarena` is the `chatarena` command."""

import sys

from chatarena.cli import main

sys.exit(main())
