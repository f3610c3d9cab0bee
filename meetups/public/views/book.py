"""Pages of a book: what all tables that read it said, and the reports an organizer froze."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import conditional_page, require_safe

from hosts.models import Campaign
from hosts.requests import SignedInRequest
from meetups.access.public_url import full_url
from meetups.exceptions import MeetupError
from meetups.models import Book, Meetup, Recap, SenseReport
from meetups.models.recap import RecapQuerySet
from meetups.public.book_findings import MOST_TABLES, gather_questions, make_sense, thaw
from meetups.public.freeze_book_report import freeze_sense
from meetups.sharing.metadata import book_facts, script_json

ON_A_PAGE = 20
MOST_UPCOMING = 12
MOST_REPORTS = 50


def recaps_of(book: Book) -> RecapQuerySet:
    return Recap.objects.public().with_meetup().filter(meetup__kit__book=book)


@require_safe
@conditional_page
def book(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every table that read a book: the meetups to come, the findings side by side, and each recap."""
    row = get_object_or_404(Book.objects.public(), slug=slug)
    recaps = recaps_of(row)
    page = Paginator(recaps, ON_A_PAGE).get_page(request.GET.get("page"))
    upcoming = Meetup.objects.listed().upcoming().filter(kit__book=row).with_kit().with_seat_counts()
    evenings = list(upcoming[:MOST_UPCOMING]) if page.number == 1 else []
    told = list(recaps[:MOST_TABLES]) if page.number == 1 else []
    context = {
        "book": row,
        "page": page,
        "evenings": evenings,
        "sense": make_sense(told),
        "questions": gather_questions([meetup.kit for meetup in (*(recap.meetup for recap in told), *evenings)]),
        "reports": row.reports.order_by("-frozen_at")[:6] if page.number == 1 else [],
        "latest": told[0] if told else None,
        "description": describe_book(row, page.paginator.count),
        "canonical": full_url(row.get_absolute_url()),
        "book_json": script_json(book_facts(row, page.object_list)),
    }
    response = render(request, "public/book_page.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response


def describe_book(book: Book, number: int) -> str:
    """Return what a preview says below the title."""
    if not number:
        return _("A book to talk about at a table.")
    said = ngettext("What %(n)d table said about this book.", "What %(n)d tables said about this book.", number)
    return said % {"n": number}


@require_safe
@conditional_page
def report(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show a frozen report, without the sentences that were withdrawn since."""
    row = get_object_or_404(SenseReport.objects.select_related("book"), book__slug=slug, name=name)
    recaps = {recap.pk: recap for recap in Recap.objects.public().with_meetup().filter(pk__in=row.recap_ids)}
    sense, num_gone = thaw(row.content, recaps)
    tables = sorted(recaps.values(), key=lambda recap: (recap.published_at, recap.pk))
    context = {
        "report": row,
        "book": row.book,
        "sense": sense,
        "num_gone": num_gone,
        "tables": tables,
        "canonical": full_url(row.get_absolute_url()),
    }
    response = render(request, "public/book_report.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response


@login_required
def reports(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the reports of a book, POST freezes one; for staff and for organizers whose tables read it."""
    row = get_object_or_404(Book.objects.public(), slug=slug)
    if not may_freeze(request, row):
        raise Http404
    if request.method == "POST":
        try:
            made = freeze_sense(row, recaps=list(recaps_of(row)[:MOST_TABLES]), by=request.user)
            messages.success(request, _("Frozen. This page stays as it is now, but for words that are taken back."))
            return redirect(made)
        except MeetupError as error:
            messages.error(request, str(error))
            return redirect("book_reports", slug)
    return render(
        request, "public/book_reports.html", {"book": row, "reports": row.reports.order_by("-frozen_at")[:MOST_REPORTS]}
    )


def may_freeze(request: HttpRequest, book: Book) -> bool:
    """Tell whether this user may freeze a report: staff with a second factor, or an organizer whose campaign reads the book."""
    if admin.site.has_permission(request):
        return True
    campaigns = Campaign.objects.led_by(request.user)
    return campaigns.filter(kits__book=book).exists() or campaigns.filter(meetups__kit__book=book).exists()
