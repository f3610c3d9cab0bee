"""A guest in each state that French and Spanish have to find room for."""

import json

from meetups.access.tokens import make_contribution_token, make_guest_token, make_unsubscribe_token
from tests.factories import make_contribution, make_guest, make_held_meetup, make_host, make_meetup


def print_states() -> None:
    """Write the rows and print the path of each page as JSON."""
    host = make_host(shown_name="Ana")
    meetup, full = make_meetup(host, visibility="listed"), make_meetup(host, title="A full table", seats=1)
    make_guest(full, rsvp="yes")
    guests = {
        "invited": make_guest(meetup, name="Maria"),
        "typing": make_guest(meetup, name="Olga"),
        "yes": make_guest(meetup, name="Bo", rsvp="yes", party_size=2),
        "maybe": make_guest(meetup, name="Carl", rsvp="maybe"),
        "waiting": make_guest(full, name="Dana", rsvp="waiting"),
        "came": make_guest(make_held_meetup(host), name="Eva", rsvp="yes", attended=True),
    }
    words = make_contribution(guests["came"])
    paths = {name: f"/r/{make_guest_token(guest)}" for name, guest in guests.items()}
    paths |= {
        f"{name} {page}": f"{paths[name]}/{page}" for name in ("yes",) for page in ("calendar", "map", "data", "leave", "not-me")
    }
    paths |= {"came after": f"{paths['came']}/after", "words": f"/w/{make_contribution_token(words)}"}
    paths |= {"unsubscribe": f"/u/{make_unsubscribe_token(guests['yes'])}", "meetup": meetup.get_absolute_url(), "home": "/"}
    print(json.dumps(paths))
