"""Log security events, with the user's id and the client's IP address, never an email address (R99)."""

import logging

from allauth.account.signals import login_code_rejected, user_logged_in, user_logged_out
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver

from hosts.network import client_ip

logger = logging.getLogger("longtable.security")


@receiver(user_logged_in)
def note_sign_in(request, user, **details) -> None:
    logger.info("signed in user=%s ip=%s", user.pk, client_ip(request))


@receiver(user_logged_out)
def note_sign_out(request, user, **details) -> None:
    logger.info("signed out user=%s", getattr(user, "pk", None))


@receiver(login_code_rejected)
def note_wrong_code(request, user, last_attempt, **details) -> None:
    logger.warning("wrong code user=%s ip=%s last=%s", user.pk, client_ip(request), last_attempt)


@receiver(authenticator_added)
def note_factor_added(request, user, authenticator, **details) -> None:
    logger.info("second factor added user=%s type=%s", user.pk, authenticator.type)


@receiver(authenticator_removed)
def note_factor_removed(request, user, authenticator, **details) -> None:
    logger.info("second factor removed user=%s type=%s", user.pk, authenticator.type)
