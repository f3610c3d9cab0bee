"""Towns: a name, a coarse place and a time zone. Loaded from a file in the repository."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from meetups.text.place_names import country_name, fold_name, region_name

__all__ = ["Town", "TownFile", "TownName", "fold_name"]


class TownQuerySet(models.QuerySet["Town"]):
    def named(self, text: str) -> "TownQuerySet":
        """Return towns whose name begins with the text, whatever its accents and case, the largest first."""
        return self.filter(search_name__startswith=fold_name(text)).order_by("-population")

    def called(self, name: str) -> "TownQuerySet":
        """Return towns that bear exactly this name, or that are called so in another language, the largest first."""
        wanted = fold_name(name)
        others = TownName.objects.filter(search_name=wanted).values("town")
        return self.filter(Q(search_name=wanted) | Q(geonames_id__in=others)).order_by("-population", "geonames_id")


class Town(models.Model):
    """A town as GeoNames knows it; the place is rounded to a tenth of a degree."""

    geonames_id = models.PositiveIntegerField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    search_name = models.CharField(max_length=120, db_index=True)
    # Without the country's letters: "ON" of CA-ON, or GeoNames' own code where ISO 3166-2 has none.
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
        return self.full_name

    @property
    def region_name(self) -> str:
        """Return the name of the region in the reader's language, or nothing."""
        return region_name(self.country, self.region)

    @property
    def full_name(self) -> str:
        """Return "Portland, Oregon, United States" in the reader's language; a region called like its town is left out."""
        parts = [self.name, self.region_name, country_name(self.country)]
        told: dict[str, str] = {}
        for part in filter(None, parts):
            told.setdefault(fold_name(part), part)
        return ", ".join(told.values())


class TownName(models.Model):
    """Another name of a town, as it is searched: "wien" of Vienna. Made anew with every file."""

    # The rows come and go with their towns, by load_towns alone: a hundred thousand checks would only make the first start wait.
    town = models.ForeignKey(
        Town, to_field="geonames_id", on_delete=models.CASCADE, related_name="names", db_constraint=False, db_index=False
    )
    search_name = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("other name of a town")
        verbose_name_plural = _("other names of towns")
        # The index by which they are found.
        constraints = [models.UniqueConstraint(fields=["search_name", "town"], name="town_name_once")]

    def __str__(self) -> str:
        return self.search_name


class TownFile(models.Model):
    """The file whose towns are in the table: one row, so that another file is noticed and loaded."""

    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("file of towns")
        verbose_name_plural = _("files of towns")

    def __str__(self) -> str:
        return self.digest
