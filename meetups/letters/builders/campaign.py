"""Letters of a campaign: an organizer's words to its hosts, and news to its organizers."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.models import Campaign, Organizer, User
from meetups.exceptions import MeetupError
from meetups.letters.builders.organizer import organizer_who_writes
from meetups.letters.builders.oversight import name_to_mail
from meetups.letters.context import public_url, user_facts, user_of
from meetups.letters.letter import Letter, write_letter
from meetups.models import Announcement, Contribution, Delivery, Guest, Meetup, Recap
from meetups.outbox.free_text import mailed_words
from meetups.text.clean import clean_line, clean_words, shorten


def _words_of(delivery: Delivery) -> tuple[str, str]:
    """Return subject and words; those of a preview stand in the context. Raises MeetupError for a letter that was taken back, and
    for a reader who has left the campaign since."""
    context = delivery.context
    if "announcement" not in context:
        return context["subject"], context["words"]
    row = Announcement.objects.filter(pk=context["announcement"], taken_back_at=None).first()
    if row is None:
        raise MeetupError(_("This letter was taken back."))
    if not _is_of_campaign(user_of(delivery), row):
        raise MeetupError(_("This person does not host the meetup any more."))
    return row.subject, row.words


def _is_of_campaign(reader: User, row: Announcement) -> bool:
    """Tell whether a reader has an evening of the campaign still, or, where the letter is to those, has said that they could."""
    if row.segment != Announcement.Segment.COULD_HOST:
        return Meetup.objects.filter(campaign=row.campaign_id, host=reader).exists()
    said = Guest.objects.counting().filter(meetup__campaign=row.campaign_id, email=reader.email, could_host=True)
    return said.exists()


def campaign_letter(delivery: Delivery) -> Letter:
    """An organizer's words to the hosts of a segment. Raises MeetupError as `organizer_who_writes` and `_words_of` do."""
    organizer = organizer_who_writes(delivery)
    subject, words = _words_of(delivery)
    by = name_to_mail(organizer.user)
    facts = user_facts(delivery) | {
        "by": by or _("an organizer"),
        "campaign": shorten(clean_line(mailed_words(organizer.user, organizer.campaign.name)), 60),
        "letter_subject": clean_line(mailed_words(organizer.user, subject)),
        "said": clean_words(mailed_words(organizer.user, words)),
        "campaign_url": public_url(organizer.campaign.get_absolute_url()),
        "can_reply": True,
        "is_to_hosts_of_campaign": True,
    }
    return write_letter("campaign_letter", facts, sender=by)


def _line(meetup: Meetup) -> str:
    """Return an evening on one line, as organizers may see it: its title, host and town."""
    title = shorten(clean_line(mailed_words(meetup.host, meetup.title)), 60)
    parts = [title, name_to_mail(meetup.host), shorten(clean_line(mailed_words(meetup.host, meetup.town_name)), 40)]
    return " · ".join(filter(None, parts))


def organizer_news(delivery: Delivery) -> Letter:
    """What happened in a campaign: who began, which evenings went live; once a week five numbers, three evenings to help and one
    sentence. Raises MeetupError for somebody who is not an organizer any more, or wants no news."""
    context, reader = delivery.context, user_of(delivery)
    organizer = Organizer.objects.filter(campaign=context.get("campaign"), user=reader).select_related("campaign").first()
    is_weekly = bool(context.get("numbers"))
    if organizer is None or organizer.news == Organizer.News.NONE:
        raise MeetupError(_("This person wants no news of the campaign any more."))
    if organizer.news == Organizer.News.WEEKLY and not is_weekly:
        raise MeetupError(_("This person wants news of the campaign once a week."))
    campaign: Campaign = organizer.campaign
    if campaign.has_ended:
        raise MeetupError(_("This campaign has ended already."))
    needs = [(pk, why) for pk, why in context.get("needs", [])]
    pks = {*context.get("begun", []), *context.get("live", []), *(pk for pk, _why in needs)}
    rows = Meetup.objects.select_related("host").in_bulk(pks)
    facts = user_facts(delivery) | {
        "campaign": clean_line(campaign.name),
        "campaign_in_subject": shorten(clean_line(campaign.name), 60),
        "begun": [_line(rows[pk]) for pk in context.get("begun", []) if pk in rows],
        "num_more_begun": context.get("num_more_begun", 0),
        "live": [_line(rows[pk]) for pk in context.get("live", []) if pk in rows],
        "num_more_live": context.get("num_more_live", 0),
        "numbers": _numbers(*context["numbers"]) if is_weekly else [],
        "needs": [{"line": _line(rows[pk]), "why": why} for pk, why in needs if pk in rows],
        "quote": _quote(context.get("quote")),
        "is_weekly": is_weekly,
        "dashboard": public_url(reverse("dashboard", args=[campaign.slug])),
        "care": public_url(reverse("campaign_care", args=[campaign.slug])),
        "settings": public_url(reverse("campaign_news", args=[campaign.slug])),
        "is_to_organizer": True,
    }
    return write_letter("organizer_news", facts)


def _numbers(began: int, live: int, held: int, came: int, recaps: int) -> list[tuple[int, str]]:
    """Return the numbers of a week, each with what it counts."""
    return [
        (began, ngettext("host began", "hosts began", began)),
        (live, ngettext("evening went public", "evenings went public", live)),
        (held, ngettext("evening was held", "evenings were held", held)),
        (came, ngettext("person came", "people came", came)),
        (recaps, ngettext("recap was published", "recaps were published", recaps)),
    ]


def _quote(pk: int | None) -> dict:
    """Return a sentence that is public as the letter is written, under the name that its guest chose; else nothing."""
    public = Contribution.objects.public().filter(meetup__recap__state=Recap.State.PUBLISHED)
    row = public.filter(pk=pk or 0).select_related("meetup__recap").first()
    if row is None:
        return {}
    return {
        "said": clean_line(row.public_words),
        "name": clean_line(row.shown_as),
        "recap": public_url(row.meetup.recap.get_absolute_url()),
    }
