"""Staff pages about people and campaigns, mostly read-only. Addresses can be searched for, and are never listed."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hosts import services
from hosts.models import Campaign, Organizer, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People. They have no passwords, and accounts are made by signing in."""

    list_display = ["shown_name_or_number", "is_staff", "is_active", "proven_at", "created_at"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["shown_name", "=email"]
    fields = (
        *("email", "shown_name", "language", "is_active", "is_staff", "is_superuser", "groups"),
        *("proven_at", "last_login", "created_at"),
    )
    readonly_fields = ["email", "language", "proven_at", "last_login", "created_at"]
    actions = ["end_sessions", "delete_accounts"]

    @admin.display(description=gettext_lazy("person"))
    def shown_name_or_number(self, user: User) -> str:
        return user.shown_name or f"#{user.pk}"

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Sign them out everywhere"), permissions=["change"])
    def end_sessions(self, request, queryset):
        for user in queryset:
            services.end_sessions(user)
        messages.success(request, _("They are signed out everywhere."))

    @admin.action(description=gettext_lazy("Delete their accounts, as they could themselves"), permissions=["change"])
    def delete_accounts(self, request, queryset):
        for user in queryset.exclude(pk=request.user.pk):
            obstacles = services.delete_account(user)
            if obstacles:
                titles = ", ".join(title for title, _url in obstacles)
                words = {"person": self.shown_name_or_number(user), "meetups": titles}
                messages.warning(request, _("%(person)s still hosts: %(meetups)s. Cancel first.") % words)
        messages.success(request, _("Done; your own account is never among them."))


class RolesToDelete(BaseInlineFormSet):
    """Roles of a campaign, of which each but the owner's can be deleted."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.is_owner for form in self.deleted_forms):
            raise ValidationError(_("A campaign is never without an owner. Let it be handed over first."))


class OrganizerInline(admin.TabularInline):
    model = Organizer
    formset = RolesToDelete
    fk_name = "campaign"
    fields = readonly_fields = ("user", "role", "invited_by", "created_at")
    extra = 0

    def has_add_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):
    """Campaigns. Roles are deleted here, all but the owner's, and added on the campaign's own page."""

    list_display = ["name", "slug", "created_at", "ends_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at", "ends_at", "day", "color"]
    inlines = [OrganizerInline]

    def has_add_permission(self, request) -> bool:
        return False
