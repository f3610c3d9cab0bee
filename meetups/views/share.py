"""Door for anybody who wants to carry a recap further: texts, pictures, and no button of anybody else's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import conditional_page, require_safe

from meetups.broadside import make_broadside
from meetups.carddrawing import FORMS
from meetups.cards import make_quotes, said_of
from meetups.models import Recap
from meetups.sharetexts import make_share_texts
from meetups.telling import full_url

PICTURES = {"landscape": "recap_card", "square": "recap_square", "story": "recap_story"}


@require_safe
@conditional_page
def share(request: HttpRequest, slug: str) -> HttpResponse:
    """Show ready texts and the pictures of a published recap; what a guest takes out is out of both at once."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    broadside = make_broadside(recap)
    link = full_url(recap.get_absolute_url())
    # The words are the table's: the texts around them are in its language, whoever shares them.
    with translation.override(broadside.language or translation.get_language()):
        texts = make_share_texts(
            question=broadside.question, sentences=broadside.sentences, said_of=said_of(broadside), link=link
        )
    context = {
        "recap": recap,
        "broadside": broadside,
        "link": link,
        "texts": texts,
        "pictures": [{"name": name, "form": form, "size": FORMS[form]} for form, name in PICTURES.items()],
        "quotes": make_quotes(recap, broadside),
    }
    response = render(request, "public/recap_share.html", context)
    response["Cache-Control"] = "public, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
