"""The command onethread where it is not on the path: `python -m onethread`."""

from onethread.cli.main import main

raise SystemExit(main())
