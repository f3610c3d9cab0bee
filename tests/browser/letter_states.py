"""Rows for letters in every state, and the path of each page of a host's timeline."""

import json
from datetime import timedelta

from meetups.access.tokens import make_contribution_token
from meetups.models import Mailing
from meetups.times import clock
from tests.browser.page_states import sign_in
from tests.factories import make_contribution, make_delivery, make_draft, make_guest, make_held_meetup, make_meetup, make_user

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def make_states() -> dict:
    """Write an evening whose letters are in every state, and return {"paths": …, "session": …}."""
    host = make_user("ana.letters@example.org", shown_name="Ana")
    meetup = make_meetup(host, title="Soup and one question", in_days=14, plan=True)
    guests = [make_guest(meetup, rsvp="yes", name=name, shown_name="") for name in ("Maria", "Ben", LONG)]
    make_guest(meetup, rsvp="maybe")
    _edit(meetup, "three_days", words="I found the recipe.\n\nIt is the one with the beans.", subject="Soup it is")
    _edit(meetup, "please_confirm", is_off=True)
    gone = _own(meetup, "Bring a chair", is_off=False, fanned_out_at=clock.now(), num_owed=3)
    states = [{"state": "sent"}, {"state": "queued"}, {"state": "failed", "last_code": 550, "last_words": "5.1.1 no such user"}]
    for guest, state in zip(guests, states, strict=True):
        make_delivery("host_letter", guest=guest, mailing=gone, finished_at=clock.now(), **state)
        make_delivery("confirmation", guest=guest, finished_at=clock.now(), **state)
    draft = _own(meetup, LONG)
    held = make_held_meetup(host)
    promised = make_contribution(make_guest(held, rsvp="yes", attended=True), promise="Ask my neighbors to the next one.")
    letters = f"{meetup.get_desk_url()}letters/"
    paths = {f"letter_{mailing.kind}": f"{letters}{mailing.pk}/" for mailing in meetup.mailings.planned()}
    paths |= {"letter_gone": f"{letters}{gone.pk}/", "letter_draft": f"{letters}{draft.pk}/"}
    paths |= {"letters": letters, "letters_none": f"{held.get_desk_url()}letters/", "letters_new": f"{letters}new/"}
    paths |= {"letters_draft": f"{make_draft(host, in_days=30).get_desk_url()}letters/"}
    paths |= {"words": f"/w/{make_contribution_token(promised)}"}
    return {"paths": paths, "session": sign_in(host)}


def _edit(meetup, kind: str, **fields) -> None:
    meetup.mailings.filter(kind=kind).update(**fields)


def _own(meetup, subject: str, **fields) -> Mailing:
    now = clock.now()
    words = {"subject": subject, "words": "A folding one, if you have it.", "segment": "yes", "is_planned": False}
    times = {"due_at": now, "not_after": now + timedelta(days=3)}
    return Mailing.objects.create(meetup=meetup, kind="host_letter", **(words | times | {"is_off": True} | fields))


def print_states() -> None:
    """Print what `make_states` returns."""
    print(json.dumps(make_states()))
