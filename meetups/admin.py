"""The admin of meetups: read-only pages, and the few actions that staff need, through the same services as the site's.

No page lists an address, and none shows a street, a door, a phone number, a diet or a note to the host: staff do not need them.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.exceptions import MeetupError
from meetups.models import (
    Contribution,
    Cover,
    Delivery,
    Guest,
    Heartbeat,
    Intervention,
    Mailing,
    Meetup,
    ReaderCount,
    Recap,
    RemovalRequest,
    SenseReport,
    Suppression,
    Town,
)
from meetups.outbox.queue import retry_deliveries, withdraw_deliveries
from meetups.oversight.acts import LONGEST_REASON, check_reason, freeze_meetup, record, unfreeze_meetup
from meetups.planning.services.change import cancel_meetup, restore_meetup
from meetups.planning.services.cover import take_down_cover
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.recaps.services.removal_request import settle_removal
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason

security_log = logging.getLogger("longtable.security")


def act_on_each(request, rows: Iterable, act: Callable) -> None:
    """Act on every row; a MeetupError is shown as a message and does not stop the others."""
    num_done = 0
    for row in rows:
        try:
            act(row)
            num_done += 1
        except MeetupError as error:
            messages.warning(request, f"{row}: {error}")
    security_log.info("staff act user=%s act=%s rows=%s", request.user.pk, act.__name__, num_done)
    messages.success(request, _("Done for %(count)s.") % {"count": num_done})


class ReasonForm(ActionForm):
    """The choice of an action, with the sentence that the host of the evening reads."""

    reason = forms.CharField(label=gettext_lazy("Why? The host reads it:"), required=False, max_length=LONGEST_REASON)


def reason_in(request) -> str:
    """Return the reason that was typed beside the action. Raises MeetupError for none, with what to do about it."""
    return check_reason(request.POST.get("reason", ""))


def act_with_reason(request, rows: Iterable, act: Callable[[Any, str], object]) -> None:
    """Act on every row with the reason that was typed; without one nothing is done, and the page says so."""
    try:
        reason = reason_in(request)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return

    def act_on_one(row: Any) -> None:
        with transaction.atomic():
            act(row, reason)

    act_on_one.__name__ = act.__name__
    act_on_each(request, rows, act_on_one)


def told(request, kind: str, meetup: Meetup, reason: str) -> None:
    """Keep what a member of the staff did to an evening, and owe its host the letter about it."""
    record(kind, meetup, by=request.user, reason=reason, is_staff=True)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Read-only rows with actions. Whoever has the change permission of the model may run its actions."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_act_permission(self, request) -> bool:
        return super().has_change_permission(request)


@admin.register(Meetup)
class MeetupAdmin(ReadOnlyAdmin):
    list_display = ["title", "status", "visibility", "starts_at", "town_name", "country", "host", "seats"]
    list_filter = ["status", "visibility"]
    list_select_related = ["host"]
    search_fields = ["title", "=code", "town_name"]
    date_hierarchy = "starts_at"
    exclude = ["street", "postal_code", "door", "parking", "day_phone", "word", "cancel_word", "kit"]
    actions = ["freeze", "unfreeze", "cancel", "restore"]
    action_form = ReasonForm

    @admin.action(description=gettext_lazy("Put them on hold for seven days: no street, no emails"), permissions=["act"])
    def freeze(self, request, queryset):
        def freeze(meetup: Meetup, reason: str) -> None:
            freeze_meetup(meetup, by=request.user, reason=reason, is_staff=True)

        act_with_reason(request, queryset, freeze)

    @admin.action(description=gettext_lazy("End the hold"), permissions=["act"])
    def unfreeze(self, request, queryset):
        def unfreeze(meetup: Meetup, reason: str) -> None:
            unfreeze_meetup(meetup, by=request.user, reason=reason, is_staff=True)

        act_with_reason(request, queryset, unfreeze)

    @admin.action(description=gettext_lazy("Cancel them; guests are told after ten minutes"), permissions=["act"])
    def cancel(self, request, queryset):
        def cancel(meetup: Meetup, reason: str) -> None:
            was_canceled = meetup.is_canceled
            if not cancel_meetup(meetup).is_canceled or was_canceled:
                return
            told(request, Intervention.Kind.CANCEL, meetup, reason)

        act_with_reason(request, queryset, cancel)

    @admin.action(description=gettext_lazy("Take the cancellation back"), permissions=["act"])
    def restore(self, request, queryset):
        def restore(meetup: Meetup, reason: str) -> None:
            if meetup.is_canceled and restore_meetup(meetup).is_published:
                told(request, Intervention.Kind.RESTORE, meetup, reason)

        act_with_reason(request, queryset, restore)


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    list_display = ["pk", "meetup", "rsvp", "party_size", "origin", "attended", "answered_at"]
    list_filter = ["rsvp", "origin"]
    list_select_related = ["meetup"]
    search_fields = ["=email", "=email_hash"]
    exclude = ["diets", "diet", "note", "party_names", "num_children", "has_read"]


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    list_display = ["kind", "meetup", "segment", "due_at", "is_off", "fanned_out_at", "num_owed"]
    list_filter = ["kind", "is_off"]
    list_select_related = ["meetup"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["kind", "state", "meetup", "due_at", "next_try_at", "attempts", "last_code"]
    list_filter = ["state", "kind"]
    list_select_related = ["meetup"]
    exclude = ["context", "lease_token", "dedupe_key"]
    actions = ["try_again", "withdraw"]

    @admin.action(description=gettext_lazy("Try again"), permissions=["act"])
    def try_again(self, request, queryset):
        messages.success(request, _("%(count)s will be tried again.") % {"count": retry_deliveries(queryset)})

    @admin.action(description=gettext_lazy("Withdraw, where not sent yet"), permissions=["act"])
    def withdraw(self, request, queryset):
        messages.success(request, _("%(count)s withdrawn.") % {"count": withdraw_deliveries(queryset)})


@admin.register(Recap)
class RecapAdmin(ReadOnlyAdmin):
    list_display = ["question", "state", "meetup", "published_at"]
    list_filter = ["state"]
    list_select_related = ["meetup"]
    search_fields = ["slug", "question"]
    actions = ["take_down", "give_back"]
    action_form = ReasonForm

    @admin.action(description=gettext_lazy("Take them down; host and table are told"), permissions=["act"])
    def take_down(self, request, queryset):
        def take_down(recap: Recap, reason: str) -> None:
            take_down_for_reason(recap, by=request.user, reason=reason, is_staff=True)

        act_with_reason(request, queryset, take_down)

    @admin.action(description=gettext_lazy("Give them back to their hosts"), permissions=["act"])
    def give_back(self, request, queryset):
        def give_back(recap: Recap, reason: str) -> None:
            give_back_recap(recap, by=request.user, reason=reason, is_staff=True)

        act_with_reason(request, queryset, give_back)


@admin.register(Contribution)
class ContributionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "meetup", "sentence_consent", "is_hidden", "withdrawn_at", "updated_at"]
    list_filter = ["sentence_consent", "is_hidden"]
    list_select_related = ["meetup"]
    # Staff see a guest's words only where they are for everyone; a name is shown with such words only.
    exclude = ["sentence", "cut", "shown_as", "promise", "how_it_went"]
    readonly_fields = ["words_for_everyone"]
    actions = ["withdraw"]
    action_form = ReasonForm

    @admin.action(description=gettext_lazy("Take words and photo out, as the guest could"), permissions=["act"])
    def withdraw(self, request, queryset):
        def withdraw(words: Contribution, reason: str) -> None:
            if words.withdrawn_at is None:
                withdraw_contribution(words)
                told(request, Intervention.Kind.TAKE_OUT, words.meetup, reason)

        act_with_reason(request, queryset, withdraw)


@admin.register(Cover)
class CoverAdmin(ReadOnlyAdmin):
    list_display = ["name", "width", "height", "created_at"]
    actions = ["take_down"]
    action_form = ReasonForm

    @admin.action(description=gettext_lazy("Take them down, at every table"), permissions=["act"])
    def take_down(self, request, queryset):
        def take_down(cover: Cover, reason: str) -> None:
            meetups = list(Meetup.objects.published().filter(kit__cover=cover).select_related("host"))
            take_down_cover(cover)
            for meetup in meetups:
                told(request, Intervention.Kind.COVER, meetup, reason)

        act_with_reason(request, queryset, take_down)


@admin.register(RemovalRequest)
class RemovalRequestAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "recap", "outcome", "created_at", "settled_at"]
    list_filter = ["outcome", "is_photo"]
    list_select_related = ["recap"]
    date_hierarchy = "created_at"
    actions = ["leave_out", "put_back"]
    action_form = ReasonForm

    @admin.action(description=gettext_lazy("Leave it out for good"), permissions=["act"])
    def leave_out(self, request, queryset):
        def leave_out(removal: RemovalRequest, reason: str) -> None:
            self.settle(request, removal, reason, is_put_back=False)

        act_with_reason(request, queryset, leave_out)

    @admin.action(description=gettext_lazy("Show it again"), permissions=["act"])
    def put_back(self, request, queryset):
        def put_back(removal: RemovalRequest, reason: str) -> None:
            self.settle(request, removal, reason, is_put_back=True)

        act_with_reason(request, queryset, put_back)

    def settle(self, request, removal: RemovalRequest, reason: str, *, is_put_back: bool) -> None:
        """Decide about a request as staff; a decision that changes nothing is no act on the recap."""
        before = removal.outcome
        if settle_removal(removal, is_put_back=is_put_back, by="staff").outcome != before:
            kind = Intervention.Kind.PUT_BACK if is_put_back else Intervention.Kind.TAKE_OUT
            told(request, kind, removal.recap.meetup, reason)


@admin.register(Intervention)
class InterventionAdmin(ReadOnlyAdmin):
    list_display = ["meetup", "kind", "by", "is_by_staff", "at", "until"]
    list_filter = ["kind", "is_by_staff"]
    list_select_related = ["meetup", "by"]
    date_hierarchy = "at"


@admin.register(ReaderCount)
class ReaderCountAdmin(ReadOnlyAdmin):
    list_display = ["recap", "day", "num_readers"]
    list_select_related = ["recap"]
    date_hierarchy = "day"


@admin.register(SenseReport)
class SenseReportAdmin(ReadOnlyAdmin):
    list_display = ["book", "name", "frozen_at", "frozen_by"]
    list_select_related = ["book", "frozen_by"]
    date_hierarchy = "frozen_at"


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "created_at"]
    search_fields = ["=address_hash"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "at"]


@admin.register(Town)
class TownAdmin(ReadOnlyAdmin):
    list_display = ["name", "region", "country", "zone"]
    list_filter = ["country"]
    search_fields = ["search_name"]
