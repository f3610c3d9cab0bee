"""The two addresses of the ceilings, before those of the site."""

from django.urls import path

from bench.bare import views
from config import urls

urlpatterns = [
    path("bare/page/<str:code>/", views.page),
    path("bare/answer/<str:code>/", views.answer),
    *urls.urlpatterns,
]
handler400, handler500 = urls.handler400, urls.handler500
