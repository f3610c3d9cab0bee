"""What organizers send around: texts with the campaign's link, a poster with its square code. Only reads."""

from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.drawing.paper import Order, Poster
from meetups.sharing.share_texts import ShareText, shorten_by, units, x_length
from meetups.text.clean import clean_line, clean_words, shorten

# The shortest of the networks takes so many, counted as it counts; the others take more.
SHORTEST = 280
LONGEST_SUBJECT = 78
ON_POSTER = 420


def campaign_link(campaign: Campaign) -> str:
    """Return the address of the campaign's public page."""
    return full_url(campaign.get_absolute_url())


def make_frame(campaign: Campaign) -> str:
    """Return the HTML that shows the campaign's card on another site."""
    frame = '<iframe src="{}" width="480" height="320" title="{}" loading="lazy"></iframe>'
    return frame.format(full_url(reverse("campaign_embed", args=[campaign.slug])), escape(clean_line(campaign.name)))


def make_texts(campaign: Campaign) -> list[ShareText]:
    """Return a text for a messenger, one for social networks, and one for an email, in the active language."""
    link, name, call = campaign_link(campaign), clean_line(campaign.name), clean_words(campaign.call)
    door = _("Open your door for an evening, or find a table near you:")
    message = "\n\n".join([name, shorten(clean_line(call), ON_POSTER), f"{door}\n{link}"])
    letter = "\n\n".join([call, door, link])
    return [
        ShareText("message", _("For a messenger"), message, units(message), 0, shorten(name, LONGEST_SUBJECT)),
        _post(name, clean_line(call), link),
        ShareText("email", _("Email"), letter, units(letter), 0, shorten(name, LONGEST_SUBJECT)),
    ]


def _post(name: str, call: str, link: str) -> ShareText:
    """Return the text for social networks: the name, and as much of the call as fits into the shortest of them."""

    def joined(words: str) -> str:
        return "\n\n".join([part for part in (name, words, link) if part])

    said = shorten_by(lambda words: x_length(joined(words)) <= SHORTEST, call)
    text = joined(said)
    return ShareText("post", _("For social networks"), text, x_length(text), SHORTEST)


def make_poster(campaign: Campaign, *, size: str) -> Order:
    """Return what to draw on a poster of this size ("a4", "letter"), in the active language."""
    poster = Poster(
        eyebrow=_("A call to meet"),
        title=clean_line(campaign.name),
        words=shorten(clean_words(campaign.call), ON_POSTER),
        link=campaign_link(campaign),
        link_words=_("Open your door for an evening, or find a table near you."),
    )
    return Order(size=size, language=get_language() or "en", title=campaign.name, poster=poster)
