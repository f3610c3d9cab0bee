"""Two small tables, made by `migrate --run-syncdb`."""

from django.db import models


class Evening(models.Model):
    code = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    seats = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.title


class Answer(models.Model):
    evening = models.ForeignKey(Evening, on_delete=models.CASCADE, related_name="answers")
    name = models.CharField(max_length=80)
    rsvp = models.CharField(max_length=10)
    answered_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
