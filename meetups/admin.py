"""The admin of meetups: read-only pages, and the few actions that staff need, through the same services as the site's.

No page lists an address, and none shows a street, a door, a phone number, a diet or a note to the host: staff do not need them.
"""

import logging
from collections.abc import Callable, Iterable

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.exceptions import MeetupError
from meetups.models import (
    Contribution,
    Cover,
    Delivery,
    Guest,
    Heartbeat,
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
    actions = ["cancel", "restore"]

    @admin.action(description=gettext_lazy("Cancel them; guests are told after ten minutes"), permissions=["act"])
    def cancel(self, request, queryset):
        act_on_each(request, queryset, cancel_meetup)

    @admin.action(description=gettext_lazy("Take the cancellation back"), permissions=["act"])
    def restore(self, request, queryset):
        act_on_each(request, queryset, restore_meetup)


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

    @admin.action(description=gettext_lazy("Take them down; host and table are told"), permissions=["act"])
    def take_down(self, request, queryset):
        reason = _("It breaks the rules of this site. Write to us if you think that this is wrong.")

        def take_down(recap: Recap) -> None:
            take_down_for_reason(recap, by=request.user, reason=reason)

        act_on_each(request, queryset, take_down)

    @admin.action(description=gettext_lazy("Give them back to their hosts"), permissions=["act"])
    def give_back(self, request, queryset):
        def give_back(recap: Recap) -> None:
            give_back_recap(recap, by=request.user)

        act_on_each(request, queryset, give_back)


@admin.register(Contribution)
class ContributionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "meetup", "sentence_consent", "is_hidden", "withdrawn_at", "updated_at"]
    list_filter = ["sentence_consent", "is_hidden"]
    list_select_related = ["meetup"]
    # Staff see a guest's words only where they are for everyone; a name is shown with such words only.
    exclude = ["sentence", "cut", "shown_as", "promise", "how_it_went"]
    readonly_fields = ["words_for_everyone"]
    actions = ["withdraw"]

    @admin.action(description=gettext_lazy("Take words and photo out, as the guest could"), permissions=["act"])
    def withdraw(self, request, queryset):
        act_on_each(request, queryset, withdraw_contribution)


@admin.register(Cover)
class CoverAdmin(ReadOnlyAdmin):
    list_display = ["name", "width", "height", "created_at"]
    actions = ["take_down"]

    @admin.action(description=gettext_lazy("Take them down, at every table"), permissions=["act"])
    def take_down(self, request, queryset):
        act_on_each(request, queryset, take_down_cover)


@admin.register(RemovalRequest)
class RemovalRequestAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "recap", "outcome", "created_at", "settled_at"]
    list_filter = ["outcome", "is_photo"]
    list_select_related = ["recap"]
    date_hierarchy = "created_at"
    actions = ["leave_out", "put_back"]

    @admin.action(description=gettext_lazy("Leave it out for good"), permissions=["act"])
    def leave_out(self, request, queryset):
        def leave_out(removal: RemovalRequest) -> None:
            settle_removal(removal, is_put_back=False, by="staff")

        act_on_each(request, queryset, leave_out)

    @admin.action(description=gettext_lazy("Show it again"), permissions=["act"])
    def put_back(self, request, queryset):
        def put_back(removal: RemovalRequest) -> None:
            settle_removal(removal, is_put_back=True, by="staff")

        act_on_each(request, queryset, put_back)


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
