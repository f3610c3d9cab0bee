"""The sign-in that is pending in a browser until its mailed code is typed: the one module that uses what allauth keeps internal
(docs/dependencies.md)."""

import time
from datetime import datetime
from typing import cast

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess as CodeProcess
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.http import HttpRequest

from hosts.models import User
from hosts.requests import SignInRequest
from hosts.signin.codes import make_code, moment

__all__ = ["CodeProcess", "current_code", "pending_process", "start_process"]


def pending_process(request: HttpRequest) -> CodeProcess | None:
    """Return the sign-in that is pending in this browser, or None where there is none or it has expired."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    process = stage and CodeProcess.resume(stage)
    if not process or process.user is None:
        return None
    _bind(request, process.user, moment(process.state["at"]))
    return process


def start_process(request: HttpRequest, user: User, email: str) -> None:
    """Mail this user a code, and keep the sign-in in this browser's session. Raises MailIsDown or AddressRefused."""
    at = time.time()
    _bind(request, user, moment(at))
    process = CodeProcess.initiate(request=request, user=user, email=email)
    # The moment as of which the code was derived; allauth's own is a little later.
    process.state["at"] = at
    process.persist()


def current_code(process: CodeProcess) -> str:
    """Return the code that this sign-in takes now. The one in its session may have been used in another browser since."""
    return make_code(process.user, moment(process.state["at"]))


def _bind(request: HttpRequest, user: User, at: datetime) -> None:
    """Tell the adapter for whom, and as of when, a code is derived and mailed."""
    signing_in = cast(SignInRequest, request)
    signing_in.sign_in_user, signing_in.sign_in_at = user, at
