"""Doors for anybody: home, find, a meetup, a campaign, privacy, report. None sets a cookie."""

from datetime import UTC

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from hosts.models import Campaign
from meetups import when
from meetups.exceptions import MeetupError
from meetups.forms.public import SeatForm, TownForm, make_stamp
from meetups.forms.report import ReportForm
from meetups.kept import digest_meetup, find_page, keep_page
from meetups.limits import client_ip, too_many
from meetups.models import Kit, Meetup, Recap
from meetups.models.meetup import MeetupQuerySet
from meetups.models.town import fold_name
from meetups.services.asking import ask_for_seat
from meetups.services.report import send_report
from meetups.telling import full_url, script_json
from meetups.visibility import public_place

ON_A_PAGE = 20
ON_HOME = 6
# Requests for a seat from one address of the internet in ten minutes.
SEAT_REQUESTS, SEAT_REQUEST_SECONDS = 20, 600
REPORTS, REPORT_SECONDS = 6, 3600


def home(request: HttpRequest) -> HttpResponse:
    """What this is, tables with free chairs, and what tables said."""
    town = _town(request)
    context = {
        "town": town,
        "meetups": _listed(town)[:ON_HOME],
        "recaps": Recap.objects.public().with_meetup()[:4],
    }
    return render(request, "public/home.html", context)


def find(request: HttpRequest) -> HttpResponse:
    """Listed evenings to come, of one town or of all."""
    town = _town(request)
    page = Paginator(_listed(town), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/find.html", {"town": town, "page": page})


def _town(request: HttpRequest) -> str:
    form = TownForm(request.GET)
    return form.cleaned_data["town"] if form.is_valid() else ""


def _listed(town: str) -> MeetupQuerySet:
    """Return listed evenings to come whose town begins with these words, whatever its accents; all of them without words."""
    meetups = Meetup.objects.listed().upcoming().with_kit().with_seat_counts()
    if not town:
        return meetups
    # A town that our list does not know is kept as its host typed it.
    return meetups.filter(Q(town__search_name__startswith=fold_name(town)) | Q(town_name__istartswith=town))


# Without CSRF on purpose: whoever posts here has no cookie, and only a letter to the typed address makes it count (R90).
@gzip_page
@csrf_exempt
def meetup(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows an evening, never its street. POST asks for a seat and says the same to everybody."""
    # Whatever else is asked for in the address stands in the links of the page too, so that one is not kept.
    digest = digest_meetup(code) if request.method == "GET" and not request.GET else None
    page = find_page(code, digest, stamp=make_stamp()) if digest else None
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
            return render(request, "public/inbox_page.html", context)
    response = render(request, "public/meetup_page.html", _meetup_page(row, form))
    if row.visibility != Meetup.Visibility.LISTED or not row.is_published:
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    if digest and row.takes_strangers:
        keep_page(code, digest, response, stamp=form.initial["asked"])
    return response


def _may_see(request: HttpRequest, row: Meetup) -> bool:
    """Tell whether the page is there for this reader. The session is looked at only where somebody must be known."""
    if row.visibility == Meetup.Visibility.PRIVATE or row.is_draft:
        return row.is_hosted_by(request.user)
    return True


def _ask(row: Meetup, form: SeatForm) -> bool:
    """Ask for the seat; False with the reason on the form when the table takes no requests any more."""
    if form.is_filled_by_a_machine:
        return True
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
    return {
        "meetup": row,
        "form": form,
        "place": public_place(row),
        "recap": recap,
        "num_free": num_free,
        "num_in_line": row.num_waiting - (row.num_taken - row.num_yes),
        "until": when.clock_words(row.ends_at, row.zone) if row.ends_at else "",
        "event_json": event_json(row) if row.is_published and row.visibility != Meetup.Visibility.PRIVATE else "",
    }


def event_json(row: Meetup) -> SafeString:
    """Return schema.org's Event as JSON that may stand in a script element: an allow-list, the area and never the street."""
    place = public_place(row)
    facts = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": row.title,
        "startDate": row.starts_at.astimezone(UTC).isoformat(),
        "endDate": row.ends_at.astimezone(UTC).isoformat(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": place.area, "address": place.area},
        "organizer": {"@type": "Person", "name": str(row.host)},
        "url": full_url(row.get_absolute_url()),
    }
    return script_json(facts)


def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """A call to meet: its kit, its evenings to come, what its tables said."""
    row = get_object_or_404(Campaign, slug=slug)
    context = {
        "campaign": row,
        "kit": Kit.objects.select_related("book").filter(campaign=row).first(),
        "meetups": Meetup.objects.listed().upcoming().for_campaign(row).with_kit().with_seat_counts()[:50],
        "recaps": Recap.objects.public().with_meetup().filter(meetup__campaign=row)[:12],
    }
    return render(request, "public/campaign_page.html", context)


def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept about whom, and for how long; the days are those of the settings."""
    context = {
        "address_days": settings.RETAIN_ADDRESS_DAYS,
        "comers_days": settings.RETAIN_CONTACT_OF_COMERS_DAYS,
        "outbox_days": settings.RETAIN_OUTBOX_DAYS,
        "unproven_hours": settings.PURGE_UNPROVEN_HOURS,
        "POSTAL_ADDRESS": settings.POSTAL_ADDRESS,
        "passes_on_replies": settings.INBOUND_IS_SET_UP,
    }
    return render(request, "public/privacy.html", context)


# No session and no cookie, so no CSRF token: a forged report does nothing that an honest one could not.
@csrf_exempt
def report(request: HttpRequest) -> HttpResponse:
    """Take a word to the operator from anybody, and mail it at once."""
    form = ReportForm(request.POST or None, initial={"page": request.GET.get("page", "")[:300]})
    if request.method == "POST" and form.is_valid():
        if form.is_from_a_machine:
            return redirect(f"{reverse('report')}?sent=1")
        if too_many("report", client_ip(request), limit=REPORTS, seconds=REPORT_SECONDS):
            return render(request, "429.html", status=429)
        words = {name: form.cleaned_data[name] for name in ["what", "page", "email"]}
        try:
            send_report(**words, reference=request.reference)
        except MeetupError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{reverse('report')}?sent=1")
    return render(request, "public/report.html", {"form": form, "is_sent": "sent" in request.GET})
