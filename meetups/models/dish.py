"""Dishes: what the host asks for, what guests bring unasked, and who brings what."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.models.guest import COUNTING_COLUMNS
from meetups.models.meetup import make_code
from meetups.text.dishes import dish_line
from meetups.times import clock

MOST_FED = 60


class DishQuerySet(models.QuerySet["Dish"]):
    def free(self) -> "DishQuerySet":
        """Return the dishes that were asked for and that nobody brings."""
        return self.filter(guest=None, is_asked=True)

    def taken(self) -> "DishQuerySet":
        return self.exclude(guest=None)

    def in_order(self) -> "DishQuerySet":
        """Return dishes in the order of a meal, the older ones of a kind first."""
        kinds = [When(kind=kind, then=Value(place)) for place, kind in enumerate(Dish.Kind.values)]
        return self.order_by(Case(*kinds, output_field=models.SmallIntegerField()), "pk")

    def with_bringers(self) -> "DishQuerySet":
        """Join the guest who brings each, with only the columns that say whether the guest may be named."""
        bringer = ("shown_name", "shows_name", "rsvp", *COUNTING_COLUMNS)
        dish = ("meetup", "code", "kind", "feeds", "remark", "is_asked", "words", "guest")
        return self.select_related("guest").only(*dish, *(f"guest__{name}" for name in bringer))

    def give_back(self) -> int:
        """Give dishes back: asked ones are free again, without the guest's words, unasked ones are deleted. Return how many."""
        taken = self.taken()
        num_own = taken.filter(is_asked=False).delete()[0]
        return num_own + taken.update(guest=None, words="", taken_at=None, given_back_at=clock.now())


class Dish(models.Model):
    """A dish, free or taken by a guest."""

    class Kind(models.TextChoices):
        MAIN = "main", _("a main dish")
        SIDE = "side", _("a salad or a side")
        BREAD = "bread", _("bread")
        DESSERT = "dessert", _("a dessert")
        DRINK = "drink", _("something to drink")
        OTHER = "other", _("something else")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="dishes", verbose_name=_("meetup"))
    # The public id: a primary key would reveal how many dishes there are (R79).
    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    kind = models.CharField(_("what it is"), max_length=10, choices=Kind, default=Kind.OTHER)
    feeds = models.PositiveSmallIntegerField(
        _("for how many"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_FED)]
    )
    remark = models.CharField(_("a remark"), max_length=120, blank=True)
    # False for what a guest brings unasked; it is deleted when the guest does not come.
    is_asked = models.BooleanField(default=True)
    guest = models.ForeignKey(
        "meetups.Guest", null=True, blank=True, on_delete=models.SET_NULL, related_name="dishes", verbose_name=_("who brings it")
    )
    # In the guest's own words; only while they bring it.
    words = models.CharField(_("in their words"), max_length=120, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    # When somebody who had taken it gave it back.
    given_back_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DishQuerySet.as_manager()

    class Meta:
        verbose_name = _("dish")
        verbose_name_plural = _("dishes")

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def line(self) -> str:
        """Return the dish on one line, in the words of whoever brings it."""
        return dish_line(
            # get_kind_display() would build the dictionary of all labels for each dish.
            label=str(self.Kind(self.kind).label),
            kind=self.kind,
            words=self.words,
            feeds=self.feeds,
            remark=self.remark,
            is_asked=self.is_asked,
        )
