"""A program that draws the papers of an evening: `python -m meetups.drawing.paper_program < order.json > papers.pdf`.

In a process of its own, because what writes PDFs takes 40 MB that the site's processes would keep, and names that people typed
meet fonts there: it has limits of memory and time, and no key and no database.
"""

import contextlib
import json
import resource
import sys

from meetups.drawing.layouts import draw_order
from meetups.drawing.paper import Agenda, Head, Invitations, NameTags, Order, Poster, SignIn, TableCards

# Two hundred guests with companions on all papers take about ten seconds of a slow machine; a font for Chinese 130 MB.
MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 60


def read_order(text: bytes) -> Order:
    """Return the order that was written with `dataclasses.asdict` and json."""
    said = json.loads(text)
    kinds = {"sign_in": SignIn, "agenda": Agenda, "name_tags": NameTags, "table_cards": TableCards, "invitations": Invitations}
    kinds |= {"poster": Poster}
    for name, kind in kinds.items():
        if said.get(name):
            parts = said[name] | ({"head": Head(**said[name]["head"])} if "head" in said[name] else {})
            said[name] = kind(**parts)
    return Order(**said)


def main() -> int:
    """Read standard input and write standard output. macOS refuses some limits; Linux refuses none."""
    for name, most in {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_SECONDS, resource.RLIMIT_CORE: 0}.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (most, most))
    pdf = draw_order(read_order(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
