"""What a guest needs to come, and what a guest offers so that others can: a ride, childcare, a language."""

from collections.abc import Iterable

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


class Needs(models.Model):
    """The needs and offers of one guest at one meetup. The row goes with a no, and thirty days after the evening (R103).

    Shown to the host and to guests whose offer matches (access/matching.py), never in subjects, calendar files or totals.
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
    # Names of languages as typed; empty for none.
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
        """Tell whether nothing is needed and nothing offered; a contact alone does not count."""
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


def sum_needs(needs: Iterable[Needs]) -> list[str]:
    """Return what several guests want, each counted once: "2 want a ride (3 seats are offered)", without names."""
    rows = list(needs)
    rides, seats = sum(row.wants_ride for row in rows), sum(row.ride_seats for row in rows if row.offers_ride)
    steps, hands = sum(row.wants_step_free for row in rows), sum(row.wants_childcare for row in rows)
    tongues = sum(bool(row.wants_interpreter) for row in rows)
    offered = ngettext("%(n)d seat is offered", "%(n)d seats are offered", seats) % {"n": seats}
    ride = ngettext("%(n)d wants a ride", "%(n)d want a ride", rides) % {"n": rides}
    counted = [
        (rides, f"{ride} ({offered})"),
        (steps, ngettext("%(n)d needs a way in without steps", "%(n)d need a way in without steps", steps) % {"n": steps}),
        (hands, ngettext("%(n)d wants a hand with the children", "%(n)d want a hand with the children", hands) % {"n": hands}),
        (tongues, ngettext("%(n)d wants an interpreter", "%(n)d want an interpreter", tongues) % {"n": tongues}),
    ]
    return [words for number, words in counted if number]
