"""What a guest needs to be there, and what a guest can give so that others can: a ride, a hand with children, a language."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


class Needs(models.Model):
    """The needs and offers of one guest at one meetup. The row goes with a no, and thirty days after the evening (R103).

    For the host's eyes, and for those whose offer meets the need (visibility.py): never for subjects, calendars or totals.
    """

    guest = models.OneToOneField(
        "meetups.Guest", on_delete=models.CASCADE, related_name="needs", verbose_name=gettext_lazy("guest")
    )
    wants_ride = models.BooleanField(gettext_lazy("wants a ride"), default=False)
    offers_ride = models.BooleanField(gettext_lazy("offers a ride"), default=False)
    ride_seats = models.PositiveSmallIntegerField(
        gettext_lazy("seats in the car"), default=0, validators=[MinValueValidator(0), MaxValueValidator(9)]
    )
    wants_step_free = models.BooleanField(gettext_lazy("needs a way in without steps"), default=False)
    wants_childcare = models.BooleanField(gettext_lazy("wants a hand with the children"), default=False)
    offers_childcare = models.BooleanField(gettext_lazy("offers a hand with the children"), default=False)
    # The names of languages as people write them; empty is none.
    wants_interpreter = models.CharField(gettext_lazy("wants an interpreter for"), max_length=60, blank=True)
    offers_interpreter = models.CharField(gettext_lazy("can interpret"), max_length=60, blank=True)
    contact = models.CharField(gettext_lazy("how the other reaches this guest"), max_length=120, blank=True)
    shares_contact = models.BooleanField(gettext_lazy("the other may see it"), default=False)

    class Meta:
        verbose_name = gettext_lazy("needs and offers")
        verbose_name_plural = gettext_lazy("needs and offers")

    def __str__(self) -> str:
        return ", ".join([*self.wanted, *self.offered])

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is wanted and nothing offered; a contact alone is for nobody."""
        return not self.wanted and not self.offered

    @property
    def wanted(self) -> list[str]:
        """Return in words what this guest wants."""
        found = [
            (self.wants_ride, _("a ride")),
            (self.wants_step_free, _("a way in without steps")),
            (self.wants_childcare, _("a hand with the children")),
            (self.wants_interpreter, _("an interpreter: %(language)s") % {"language": self.wants_interpreter}),
        ]
        return [words for is_so, words in found if is_so]

    @property
    def offered(self) -> list[str]:
        """Return in words what this guest offers."""
        ride = ngettext("a ride, %(n)d seat", "a ride, %(n)d seats", self.ride_seats) % {"n": self.ride_seats}
        found = [
            (self.offers_ride, ride if self.ride_seats else _("a ride")),
            (self.offers_childcare, _("a hand with the children")),
            (self.offers_interpreter, _("interpreting: %(language)s") % {"language": self.offers_interpreter}),
        ]
        return [words for is_so, words in found if is_so]
