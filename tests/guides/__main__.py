"""`make guides`: all guides, or those whose title is given; what each printed, how long it took."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.guides import DOCUMENTS, GUIDES, ROOT, GuideError, environment_of, read_sections
from tests.guides.stage import staged
from tests.server import run_server, with_template


def main() -> int:
    failed = 0
    with run_server() as server:
        template = with_template(server)
        sections = [*read_sections(GUIDES)]
        sections += [each for each in read_sections(DOCUMENTS) if not each.is_quick]
        for section in sections:
            if sys.argv[1:] and section.title not in sys.argv[1:]:
                continue
            start = time.monotonic()
            try:
                with (
                    tempfile.TemporaryDirectory() as folder,
                    staged(template) as uri,
                ):
                    Path(folder, "app").symlink_to(ROOT / "app")  # as in a checkout
                    print(section.run(Path(folder), environment_of(uri, HOME=folder)))
            except GuideError as error:
                failed += 1
                print(error)
            print(f"{section}: {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
