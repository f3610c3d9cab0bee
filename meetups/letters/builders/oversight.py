"""Letters about what organizers and staff did to an evening: to its host, and the host's answer back."""

from django.urls import reverse
from django.utils.translation import gettext as _

from hosts.models import Organizer, User
from meetups.exceptions import MeetupError
from meetups.letters.context import host_facts, meetup_of, public_url, user_facts, user_of
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery, Intervention, Meetup
from meetups.outbox.free_text import mailed_words
from meetups.text.clean import clean_line, clean_words, shorten
from meetups.times import words as when

Kind = Intervention.Kind


def name_to_mail(user: User | None) -> str:
    """Return the name of an organizer or of one of the staff as it may leave by mail, or ""."""
    return shorten(clean_line(mailed_words(user, user.shown_name)), 40) if user is not None else ""


def say_who(user: User | None, meetup: Meetup, *, is_staff: bool) -> str:
    """Return who did something to a meetup: the name, and what they are."""
    name = name_to_mail(user)
    if is_staff or meetup.campaign is None:
        nameless = _("One of the people who run this site")
        return _("%(name)s, one of the people who run this site,") % {"name": name} if name else nameless
    campaign = shorten(clean_line(meetup.campaign.name), 60)
    if not name:
        return _("An organizer of %(campaign)s") % {"campaign": campaign}
    return _("%(name)s, an organizer of %(campaign)s,") % {"name": name, "campaign": campaign}


def _say_what(kind: str, who: str) -> str:
    sentences = {
        Kind.FREEZE: _("%(who)s has put your evening on hold, and says why:"),
        Kind.UNFREEZE: _("%(who)s has ended the hold on your evening, and says why:"),
        Kind.CANCEL: _("%(who)s has canceled your evening, and says why:"),
        Kind.RESTORE: _("%(who)s has taken the cancellation of your evening back, and says why:"),
        Kind.GIVE_BACK: _("%(who)s has given your recap back to you, and says why:"),
        Kind.TAKE_OUT: _("%(who)s has taken something out of your recap, and says why:"),
        Kind.PUT_BACK: _("%(who)s has put something back into your recap, and says why:"),
        Kind.COVER: _("%(who)s has taken the picture of your evening down, and says why:"),
        Kind.TAKE_DOWN: _("%(who)s has taken your recap down, and says why:"),
    }
    return str(sentences[Kind(kind)]) % {"who": who}


def _say_then(row: Intervention, meetup: Meetup) -> str:
    """Return what holds from now on, or ""."""
    if row.kind == Kind.FREEZE and row.until is not None:
        words = _(
            "It lasts until %(until)s, and ends by itself. Until then your guests see the town and not your street, and emails"
            " about the evening wait. Your own pages are as they were, and you can answer there."
        )
        return words % {"until": when.full_moment(row.until, meetup.zone)}
    return {
        Kind.UNFREEZE: _("Your guests see the street again, and emails that waited go out as far as they are still of use."),
        Kind.CANCEL: _("Your guests are told. Nothing you wrote is lost."),
        Kind.RESTORE: _("The evening is on again."),
        Kind.GIVE_BACK: _("You can publish it again."),
    }.get(Kind(row.kind), "")


def _row_of(delivery: Delivery) -> Intervention:
    row = Intervention.objects.select_related("by").filter(pk=delivery.context.get("intervention")).first()
    if row is None:
        raise MeetupError(_("Nobody knows any more what was done."))
    return row


def intervened(delivery: Delivery) -> Letter:
    """To the host: what an organizer or the staff did to the evening, who, why, and until when."""
    row, meetup = _row_of(delivery), meetup_of(delivery)
    who = say_who(row.by, meetup, is_staff=row.is_by_staff)
    facts = host_facts(delivery) | {
        "what": _say_what(row.kind, who),
        "reason": clean_line(mailed_words(row.by, row.reason) if row.by else row.reason),
        "then": _say_then(row, meetup),
        "is_freeze": row.kind == Kind.FREEZE,
        "hold": public_url(reverse("host_hold", args=[meetup.code])),
    }
    return write_letter("intervened", facts, sender=name_to_mail(row.by))


def freeze_answered(delivery: Delivery) -> Letter:
    """To whoever froze an evening: what its host answers. Raises MeetupError when an organizer is not one any more, or
    only a helper."""
    row, meetup, reader = _row_of(delivery), meetup_of(delivery), user_of(delivery)
    page = ""
    if not row.is_by_staff:
        leading = Organizer.objects.filter(campaign=meetup.campaign_id, user=reader, role__in=Organizer.LEADING)
        if not leading.exists():
            raise MeetupError(_("Whoever put the evening on hold is not an organizer any more."))
        page = public_url(reverse("campaign_hold", args=[meetup.campaign.slug, meetup.code])) if meetup.campaign else ""
    by = User.objects.filter(pk=delivery.context.get("host")).first() or meetup.host
    facts = user_facts(delivery) | {
        "title": shorten(clean_line(meetup.title), 60),
        "by": name_to_mail(by) or _("The host"),
        "said": clean_words(mailed_words(by, row.answer)),
        "page": page,
        "is_to_freezer": True,
    }
    return write_letter("freeze_answered", facts, sender=name_to_mail(by))
