"""Towns: a name, a coarse place and a time zone. Loaded once from a file in the repository."""

import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _

# Letters that Unicode does not take apart into a plain one and its mark, and signs that people leave out.
PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
LEFT_OUT = str.maketrans({"-": " ", ".": None, "'": None, "’": None, "‘": None, "`": None})


def fold_name(name: str) -> str:
    """Return the name as it is searched: lower case, accents, points and apostrophes taken off, single spaces."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(bare.casefold().translate(PLAIN_LETTERS).translate(LEFT_OUT).split())


class TownQuerySet(models.QuerySet):
    def named(self, text: str) -> "TownQuerySet":
        """Return towns whose name begins with the text, whatever its accents and case, the largest first."""
        return self.filter(search_name__startswith=fold_name(text)).order_by("-population")


class Town(models.Model):
    """A town as GeoNames knows it; the place is rounded to a tenth of a degree."""

    geonames_id = models.PositiveIntegerField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    search_name = models.CharField(max_length=120, db_index=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2)
    latitude = models.FloatField()
    longitude = models.FloatField()
    zone = models.CharField(_("time zone"), max_length=40)
    population = models.PositiveIntegerField(default=0)

    objects = TownQuerySet.as_manager()

    class Meta:
        verbose_name = _("town")
        verbose_name_plural = _("towns")

    def __str__(self) -> str:
        return ", ".join(part for part in [self.name, self.region, self.country] if part)
