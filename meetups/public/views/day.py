"""The day of action of a campaign: its tables of one local day, as the sun goes round."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import conditional_page, require_safe

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.models import Meetup
from meetups.times import clock
from meetups.times import words as when

ON_A_PAGE = 60


@require_safe
@conditional_page
def day(request: HttpRequest, slug: str) -> HttpResponse:
    """List a campaign's listed tables of its day of action by the moment they begin; the area alone says where.

    404 while the campaign has no such day. Three queries, however many tables; private ones and those by link are not counted.
    """
    campaign = get_object_or_404(Campaign, slug=slug)
    if campaign.day is None:
        raise Http404
    now = clock.now()
    tables = Meetup.objects.listed().for_campaign(campaign).filter(date=campaign.day, starts_at__isnull=False)
    counts = tables.aggregate(
        num_tables=Count("pk"),
        num_begun=Count("pk", filter=Q(starts_at__lte=now)),
        num_over=Count("pk", filter=Q(ends_at__lte=now)),
    )
    pages = Paginator(tables.select_related("host").order_by("starts_at", "pk"), ON_A_PAGE)
    # The counts have the number, which saves a query.
    pages.count = counts["num_tables"]
    page = pages.get_page(request.GET.get("page"))
    rows = [(table, when.clock_words(table.start, table.zone), table.has_started and not table.has_ended) for table in page]
    context = {"campaign": campaign, "page": page, "rows": rows, "canonical": full_url(request.path)} | counts
    response = render(request, "public/campaign_day.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response
