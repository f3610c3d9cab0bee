"""Users, campaigns, and the organizers of a campaign."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.mail.addresses import canonical_address

# For so long the end of a campaign can be taken back.
END_TAKEN_BACK = timedelta(days=7)


def make_selector() -> str:
    """Return 128 random bits as 22 URL-safe characters, to look up the row of a link."""
    return secrets.token_urlsafe(16)


class UserManager(BaseUserManager["User"]):
    """Users are known by the canonical form of their email; nobody has a password unless staff set one."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return canonical_address(email)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=self.normalize_email(email))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in with an emailed code: a host, an organizer, or staff."""

    email = models.EmailField(_("email"), unique=True)
    shown_name = models.CharField(_("name to show"), max_length=60, blank=True)
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    # Empty until a code mailed to the address has been typed; such rows are purged after 24 hours.
    proven_at = models.DateTimeField(_("address proven at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    # Incremented when a sign-in code is used, which makes every code out invalid.
    codes_spent = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_is_unique_in_lower_case")]

    def __str__(self) -> str:
        return self.shown_name or str(_("Someone"))

    def get_short_name(self) -> str:
        return str(self)

    def get_full_name(self) -> str:
        return str(self)


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def organized_by(self, user: User | AnonymousUser) -> "CampaignQuerySet":
        """Return the campaigns in which the user is an organizer; none for somebody who is not signed in."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(organizers__user=user)

    def led_by(self, user: User | AnonymousUser) -> "CampaignQuerySet":
        """Return the campaigns in which the user may change something, as owner or organizer; none for a helper."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(organizers__user=user, organizers__role__in=Organizer.LEADING)


class Campaign(models.Model):
    """A call to meet, with organizers."""

    class Color(models.TextChoices):
        """The bookbinder's cloths; their values for light and dark are in static/css."""

        CLOTH = "cloth", _("red")
        LEAF = "leaf", _("green")
        SLATE = "slate", _("blue")
        PLUM = "plum", _("purple")
        HONEY = "honey", _("brown")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    call = models.TextField(_("the call, in a few sentences"), max_length=2000)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    # From then on it takes no new evenings, and its organizers see totals only.
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, editable=False)
    # A local day: its tables of that day stand on one page.
    day = models.DateField(_("day of action"), null=True, blank=True, editable=False)
    color = models.CharField(
        _("color"), max_length=10, choices=Color, default=Color.CLOTH, db_default=Color.CLOTH, editable=False
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaign", args=[self.slug])

    @property
    def has_ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def end_is_final(self) -> bool:
        """Tell whether the end is so long past that it cannot be taken back any more."""
        return self.ends_at is not None and self.ends_at + END_TAKEN_BACK <= timezone.now()

    @property
    def end_stands_at(self) -> datetime | None:
        """Return the moment until which the end can be taken back; None while none is set."""
        return self.ends_at + END_TAKEN_BACK if self.ends_at else None


class Organizer(models.Model):
    """A user's role in a campaign. A campaign has one owner, never none: acts on roles lock the campaign's row."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ORGANIZER = "organizer", _("organizer")
        HELPER = "helper", _("helper")

    # Roles that may change something.
    LEADING = (Role.OWNER, Role.ORGANIZER)

    class News(models.TextChoices):
        DAILY = "daily", _("on each day on which something happened, and once a week")
        WEEKLY = "weekly", _("once a week")
        NONE = "none", _("not at all")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="organizers", verbose_name=_("campaign"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="organizing", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.ORGANIZER, db_default=Role.ORGANIZER)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    # Which letters with news of the campaign they get.
    news = models.CharField(_("news of the campaign"), max_length=6, choices=News, default=News.DAILY, db_default="daily")

    class Meta:
        verbose_name = _("organizer")
        verbose_name_plural = _("organizers")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="organizer_once_for_each_campaign"),
            models.UniqueConstraint(fields=["campaign"], condition=models.Q(role="owner"), name="one_owner_for_each_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.campaign}"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def may_write(self) -> bool:
        """Tell whether this person may change something of the campaign; a helper only sees."""
        return self.role in self.LEADING
