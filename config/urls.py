"""The URLs of both apps."""

from django.urls import include, path

urlpatterns = [
    path("", include("hosts.urls")),
    path("", include("meetups.urls")),
]

handler400 = "meetups.operations.views.health.bad_request"
handler500 = "meetups.operations.views.health.server_error"
