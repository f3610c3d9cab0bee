"""Where everything is; includes only."""

from django.urls import include, path

urlpatterns = [
    path("", include("hosts.urls")),
    path("", include("meetups.urls")),
]
