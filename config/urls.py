"""Where everything is; includes only."""

from django.urls import include, path

urlpatterns = [
    path("", include("hosts.urls")),
    path("", include("meetups.urls")),
]

handler400 = "meetups.views.operator.bad_request"
handler500 = "meetups.views.operator.server_error"
