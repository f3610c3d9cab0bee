"""Public pages: home, find, a meetup, a campaign, privacy, report. None sets a cookie."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from hosts.models import Campaign
from meetups.access.rate_limit import client_ip, too_many
from meetups.access.visibility import public_place
from meetups.caching.meetup_page import find_page, meetup_page_key, store_page
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import is_anything_typed, keeps_typed
from meetups.forms.town import TownForm
from meetups.guests.forms.seat_request import SeatForm, make_stamp
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import Kit, Meetup, Recap
from meetups.models.meetup import MeetupQuerySet
from meetups.planning.town_filter import TownFilter, filter_by_town
from meetups.planning.town_search import say_choice
from meetups.public.forms import ReportForm
from meetups.public.report import send_report
from meetups.sharing.metadata import event_facts, meetup_card_url, script_json
from meetups.times import words as when

ON_A_PAGE = 20
ON_HOME = 6
# Requests for a seat from one address of the internet in ten minutes.
SEAT_REQUESTS, SEAT_REQUEST_SECONDS = 20, 600
REPORTS, REPORT_SECONDS = 6, 3600


def home(request: HttpRequest) -> HttpResponse:
    """Show what this site is, meetups with free seats, and recaps."""
    wanted = filter_by_town(TownForm(request.GET))
    context = {
        "town": wanted.typed,
        "meetups": _listed(wanted)[:ON_HOME],
        "recaps": Recap.objects.public().with_meetup()[:4],
    }
    return render(request, "public/home.html", context)


def find(request: HttpRequest) -> HttpResponse:
    """List the listed meetups to come, of one town or of all; where several towns have that name, ask which one is meant."""
    wanted = filter_by_town(TownForm(request.GET))
    page = Paginator(_listed(wanted), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "town": wanted.typed,
        "place": wanted.place,
        "query": urlencode(wanted.query),
        "question": wanted.search.question if wanted.choices else "",
        "choices": _offers(wanted),
        "page": page,
    }
    return render(request, "public/find.html", context)


def _offers(wanted: TownFilter) -> list[dict]:
    """Return the towns to choose from: name, local time, number of meetups."""
    if not wanted.choices:
        return []
    there = Meetup.objects.listed().upcoming().filter(town__in=wanted.choices).order_by()
    numbers = dict(there.values_list("town").annotate(Count("pk")))
    return [
        {
            "words": say_choice(town),
            "query": urlencode({"town": wanted.typed, "which": str(town.geonames_id)}),
            "num_evenings": numbers.get(town.pk, 0),
        }
        for town in wanted.choices
    ]


def _listed(wanted: TownFilter) -> MeetupQuerySet:
    """Return listed meetups to come in the town that was asked for; all of them where none was."""
    return Meetup.objects.listed().upcoming().with_kit().with_seat_counts().filter(wanted.condition())


# Without a CSRF token: whoever posts here has no cookie, and the request counts only after a letter to the typed address (R90).
@gzip_page
@csrf_exempt
@keeps_typed
def meetup(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows a meetup, never its street. POST asks for a seat and gives every address the same answer."""
    # A query string is repeated in the links of the page, so a page that was asked for with one is not cached.
    is_plain = request.method == "GET" and not request.GET and not is_anything_typed()
    key = meetup_page_key(code) if is_plain else None
    page = find_page(key, stamp=make_stamp()) if key else None
    if page is not None:
        return page
    row = Meetup.objects.with_kit().with_seat_counts().filter(code=code).first()
    if row is None or not _may_see(request, row):
        raise Http404
    form = SeatForm()
    if request.method == "POST" and row.takes_strangers:
        if too_many("seat", client_ip(request), limit=SEAT_REQUESTS, seconds=SEAT_REQUEST_SECONDS):
            return render(request, "429.html", status=429)
        form = SeatForm(request.POST)
        if form.is_valid() and _ask(row, form):
            context = {"meetup": row, "email": form.cleaned_data["email"]}
            return render(request, "guests/friend_asked.html" if row.looks_at_strangers else "guests/inbox_page.html", context)
    response = render(request, "public/meetup_page.html", _meetup_page(row, form))
    if row.visibility != Meetup.Visibility.LISTED or not row.is_published:
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    if key and row.takes_strangers:
        store_page(key, code, response, stamp=form.initial["asked"])
    return response


def _may_see(request: HttpRequest, row: Meetup) -> bool:
    """Tell whether this reader may see the page. The session is read only for a private meetup and a draft."""
    if row.visibility == Meetup.Visibility.PRIVATE or row.is_draft:
        return row.is_hosted_by(request.user)
    return True


def _ask(row: Meetup, form: SeatForm) -> bool:
    """Ask for the seat; False with the reason on the form when the meetup takes no requests any more."""
    data = form.cleaned_data
    try:
        ask_for_seat(row, name=data["name"], email=data["email"], language=get_language() or "")
    except MeetupError as error:
        form.add_error(None, str(error))
        return False
    return True


def _meetup_page(row: Meetup, form: SeatForm) -> dict:
    num_free = max(0, (row.seats or 0) - row.num_taken)
    recap = Recap.objects.public().filter(meetup=row).first() if row.is_held else None
    # A canceled evening is named too: whoever keeps a preview or a calendar of it learns that it is off.
    is_named = not row.is_draft and row.visibility != Meetup.Visibility.PRIVATE
    return {
        "meetup": row,
        "form": form,
        "place": public_place(row),
        "recap": recap,
        "held_until": when.full_moment(row.frozen_until, row.zone) if row.frozen_until and row.is_frozen else "",
        "num_free": num_free,
        "num_in_line": row.num_waiting - (row.num_taken - row.num_yes),
        "until": when.clock_words(row.ends_at, row.zone) if row.ends_at else "",
        "full_moment": when.full_moment(row.starts_at, row.zone) if row.starts_at else "",
        "event_json": script_json(event_facts(row)) if is_named else "",
        "card_url": meetup_card_url(row) if is_named else "",
    }


def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a campaign: its kit, its meetups to come, its recaps."""
    row = get_object_or_404(Campaign, slug=slug)
    context = {
        "campaign": row,
        "kit": Kit.objects.select_related("book").filter(campaign=row).first(),
        "meetups": Meetup.objects.listed().upcoming().for_campaign(row).with_kit().with_seat_counts()[:50],
        "recaps": Recap.objects.public().with_meetup().filter(meetup__campaign=row)[:12],
    }
    return render(request, "public/campaign_page.html", context)


def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored about whom, and for how long; the days are those of the settings."""
    context = {
        "address_days": settings.RETAIN_ADDRESS_DAYS,
        "comers_days": settings.RETAIN_CONTACT_OF_COMERS_DAYS,
        "outbox_days": settings.RETAIN_OUTBOX_DAYS,
        "unproven_hours": settings.PURGE_UNPROVEN_HOURS,
        "POSTAL_ADDRESS": settings.POSTAL_ADDRESS,
        "passes_on_replies": settings.INBOUND_IS_SET_UP,
    }
    return render(request, "public/privacy.html", context)


# No session and no cookie, so no CSRF token: a forged report can do no more than anybody's.
@csrf_exempt
@keeps_typed
def report(request: HttpRequest) -> HttpResponse:
    """Take a message to the operator from anybody, and mail it at once."""
    form = ReportForm(request.POST or None, initial={"page": request.GET.get("page", "")[:300]})
    if request.method == "POST" and form.is_valid():
        if too_many("report", client_ip(request), limit=REPORTS, seconds=REPORT_SECONDS):
            return render(request, "429.html", status=429)
        words = {name: form.cleaned_data[name] for name in ["what", "page", "email"]}
        try:
            send_report(**words, reference=getattr(request, "reference", ""))
        except MeetupError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{reverse('report')}?sent=1")
    return render(request, "public/report.html", {"form": form, "is_sent": "sent" in request.GET})
