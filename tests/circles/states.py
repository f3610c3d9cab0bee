"""Rows of evenings and questions for a date, in each of their states, for the tests that open every page in a browser."""

from datetime import timedelta

from hosts.models import User
from meetups.access.tokens import make_guest_token
from meetups.circles.people import Person, same_people
from meetups.circles.services.circle import leave_circle, skip_evening, start_circle, stop_circle
from meetups.circles.services.date_poll import answer_dates, stop_asking
from meetups.models import CircleEvening, Guest, Meetup
from tests.circles.polls import make_polled
from tests.factories import make_guest, make_held_meetup, make_meetup


def make_circle_states(host: User) -> dict[str, str]:
    """Return the paths of pages about the same people again, by name."""
    again = make_held_meetup(host, title="Once more", word="Come as you are.")
    for name, facts in {"Ada": {"rsvp": "yes"}, "Bo": {"rsvp": "maybe"}, "Cy": {"rsvp": "no"}}.items():
        make_guest(again, name=name, **facts)
    alone = make_held_meetup(host, title="Nobody left to ask")
    forgotten = make_held_meetup(host, title="Forgotten", street="")
    meetups = {"again": again, "again_alone": alone, "again_forgotten": forgotten}
    paths = {f"desk_{name}": meetup.get_desk_url() for name, meetup in meetups.items()}
    return paths | _rows(host) | _polls(host)


def _rows(host: User) -> dict[str, str]:
    """A row of evenings with one left out and somebody who left; one that was stopped; one that goes on when the host says so."""
    row = make_meetup(host, title="Every Tuesday", in_days=9, plan=True)
    stays, left = make_guest(row, name="Dana", rsvp="yes"), make_guest(row, name="Eva", rsvp="yes")
    start_circle(row, rhythm="weekly", people=same_people(row), first=row.date + timedelta(days=7), count=3)
    row.refresh_from_db()
    evening = CircleEvening.objects.filter(circle=row.circle, meetup=None).first()
    skip_evening(CircleEvening.objects.filter(circle=row.circle, meetup=None).last())
    left.meetup = stays.meetup = row
    leave_circle(left)
    stopped = make_meetup(host, title="Stopped", in_days=8)
    stop_circle(start_circle(stopped, rhythm="monthly", people=[], first=stopped.date + timedelta(days=28), count=2))
    on_word = make_held_meetup(host, title="One after another")
    start_circle(on_word, rhythm="on_word", people=[Person("", "a-rather-long-address-of-somebody@neighbors.example.org")])
    paths = {"desk_row": row.get_desk_url(), "desk_stopped": stopped.get_desk_url(), "desk_on_word": on_word.get_desk_url()}
    paths |= {"row_evening": f"/host/{row.code}/circle/evenings/{evening.pk}/"}
    return paths | {"guest_of_row": f"/r/{make_guest_token(stays)}", "guest_left_row": f"/r/{make_guest_token(left)}"}


def _polls(host: User) -> dict[str, str]:
    """Days that nobody has answered, that some have, and that are not asked about any more."""
    silent = make_polled(host, "Maria Lindqvist", "Olga", title="Which day, nobody said")
    said = make_polled(host, "Bo Said", "Carl Said", "Dana Said", title="Which day")
    stopped = make_polled(host, "Hana Stopped", title="Which day, stopped")
    answers = {"Bo Said": ("yes", "no", "if_needed"), "Carl Said": ("yes", "if_needed", "no")}
    for name, says in answers.items():
        options = said.date_poll.options.all()
        answer_dates(_guest_of(said, name), {option.pk: word for option, word in zip(options, says, strict=True)})
    stop_asking(stopped)
    paths = {
        f"desk_poll_{name}": poll.get_desk_url() for name, poll in [("silent", silent), ("said", said), ("stopped", stopped)]
    }
    guests = {
        "asked": _guest_of(silent, "Maria Lindqvist"),
        "asks_nothing": _guest_of(silent, "Olga"),
        "said": _guest_of(said, "Bo Said"),
        "asked_no_more": _guest_of(stopped, "Hana Stopped"),
    }
    return paths | {f"guest_{name}": f"/r/{make_guest_token(guest)}" for name, guest in guests.items()}


def _guest_of(meetup: Meetup, name: str) -> Guest:
    return meetup.guests.get(name=name)
