"""The message that a host sends in a messenger, and the link in it. It never holds the street."""

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from meetups.access.public_url import full_url
from meetups.access.tokens import make_link_token
from meetups.access.visibility import public_place
from meetups.models import Meetup
from meetups.times import words


def link_to_give(meetup: Meetup) -> str:
    """Return the whole link that a host gives away: their own, else that of the public page; nothing for a private meetup
    without one, or where nobody can answer any more."""
    if not meetup.takes_answers:
        return ""
    if meetup.link_selector:
        return full_url(reverse("come", args=[make_link_token(meetup)]))
    return full_url(meetup.get_absolute_url()) if meetup.takes_strangers else ""


def write_message(meetup: Meetup, link: str) -> str:
    """Return the message in the language of the evening, with the link at its end. The meetup is published."""
    with translation.override(meetup.spoken_language):
        facts = {
            "title": meetup.title,
            "when": words.full_moment(meetup.start, meetup.zone),
            "area": public_place(meetup).area,
        }
        said = [_("I would like to have you at my table: “%(title)s”, %(when)s, in %(area)s.") % facts]
        book = meetup.kit.book
        if book is not None:
            said.append(_("We talk about “%(book)s”; nobody has to have read it.") % {"book": book.title})
        said.append(_("Here you can read what it is, and say whether you will come. You need no account:"))
        return "\n".join([" ".join(said), link])
