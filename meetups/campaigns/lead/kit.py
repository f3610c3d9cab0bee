"""A campaign's kit and its versions: a change reaches drafts, in the parts that their hosts left as they were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from hosts.models import Campaign
from meetups.models import Kit, KitVersion, Meetup
from meetups.planning.services.kit import write_kit
from meetups.times import clock

# What a draft takes over from the campaign's kit. A campaign's kit has no cover of its own.
PARTS = tuple(name for name in Kit.COPIED_FIELDS if name != "cover")
BATCH = 500


@transaction.atomic
def write_campaign_kit(campaign: Campaign, **words: Any) -> int:
    """Write the campaign's kit, `words` being what write_kit takes; return how many drafts the change reached.

    Changed words are a new version, and each draft that came from the kit takes over the parts in which it still had the words
    of before; a published evening never changes. A second call changes nothing.
    """
    # A row lock, so that of two changes at once the second starts from the words of the first.
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    kit = campaign.kits.first()
    if kit is None:
        made = write_kit(Kit(campaign=campaign), **words)
        KitVersion.objects.create(kit=made, number=made.version, at=clock.now())
        return 0
    before = _words_of(kit)
    write_kit(kit, **words)
    after = _words_of(kit)
    if after == before:
        return 0
    KitVersion.objects.get_or_create(kit=kit, number=kit.version, defaults={"at": campaign.created_at})
    kit.version += 1
    kit.save(update_fields=["version"])
    KitVersion.objects.create(kit=kit, number=kit.version, at=clock.now())
    return _reach_drafts(kit, before, after)


def _words_of(kit: Kit) -> dict[str, Any]:
    return {"title": kit.title, "book_id": kit.book_id} | {name: getattr(kit, name) for name in PARTS if name != "book"}


def _reach_drafts(kit: Kit, before: dict[str, Any], after: dict[str, Any]) -> int:
    drafts = Meetup.objects.drafts().filter(kit__copied_from=kit).order_by("pk")
    reached, last = 0, 0
    while True:
        # Locked, so that none of them is published in between with half of the words.
        batch = list(drafts.filter(pk__gt=last).select_related("kit").select_for_update(of=("self",))[:BATCH])
        if not batch:
            return reached
        for draft in batch:
            _take_over(draft, before, after)
            draft.kit.copied_version = kit.version
        Meetup.objects.bulk_update(batch, ["title"])
        Kit.objects.bulk_update([draft.kit for draft in batch], ["copied_version", *PARTS])
        reached, last = reached + len(batch), batch[-1].pk


def _take_over(draft: Meetup, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Give a draft the new words of each part in which it has the words of before, line ends apart."""
    for name, words in after.items():
        row = draft if name == "title" else draft.kit
        if name == "title" and not words:
            continue
        if _plain(getattr(row, name)) == _plain(before[name]):
            setattr(row, name, words)


def _plain(value: object) -> object:
    return "\n".join(value.split("\r\n")).strip() if isinstance(value, str) else value


@dataclass(frozen=True)
class VersionRow:
    """A version of the kit, since when, and how many evenings have it; `number` is None for kits that came another way."""

    number: int | None
    at: datetime | None
    num_published: int = 0
    num_drafts: int = 0


def kit_versions(campaign: Campaign) -> list[VersionRow]:
    """Return the versions of the campaign's kit, the latest first, and last the evenings with a kit of another origin.

    Three queries, however many evenings and versions.
    """
    kit = campaign.kits.first()
    if kit is None:
        return []
    is_copy = Q(kit__copied_from=kit)
    alive = Meetup.objects.order_by().filter(campaign=campaign).exclude(status=Meetup.Status.CANCELED)
    counts = {
        "num_published": Count("pk", filter=Q(status=Meetup.Status.PUBLISHED)),
        "num_drafts": Count("pk", filter=Q(status=Meetup.Status.DRAFT)),
    }
    rows = alive.filter(is_copy).values_list("kit__copied_version").annotate(**counts)
    found = {number: {"num_published": published, "num_drafts": drafts} for number, published, drafts in rows}
    others = alive.exclude(is_copy).aggregate(**counts)
    return [*_rows(kit, found), *([VersionRow(None, None, **others)] if any(others.values()) else [])]


def _rows(kit: Kit, found: dict[int | None, dict[str, int]]) -> Iterable[VersionRow]:
    dates = dict(kit.versions.values_list("number", "at"))
    for number in sorted({kit.version, *dates, *(number for number in found if number)}, reverse=True):
        yield VersionRow(number, dates.get(number), **found.get(number, {}))
