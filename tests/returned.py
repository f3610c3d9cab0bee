"""Bounces, complaints, replies and calendar answers as other servers and programs send them."""

DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="XX"

--XX
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--XX
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F1

Final-Recipient: rfc822; ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {diagnostic}

--XX
Content-Type: text/rfc822-headers

From: somebody
--XX--
"""

ARF = """\
From: feedback@isp.example
To: {to}
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="YY"

--YY
Content-Type: text/plain

This is an email abuse report.

--YY
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{mail_from}>

--YY
Content-Type: message/rfc822

From: somebody
Message-ID: {message_id}

hello
--YY--
"""

REPLY = """\
From: Maria <{attendee}>
To: {to}
Subject: Accepted: Dinner
Message-ID: <reply-1@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="ZZ"

--ZZ
Content-Type: text/plain

Maria has accepted.
--ZZ
Content-Type: text/calendar; charset=utf-8; method={method}

BEGIN:VCALENDAR
PRODID:-//Somebody//Calendar//EN
VERSION:2.0
METHOD:{method}
BEGIN:VEVENT
UID:{uid}
SEQUENCE:{sequence}
DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}
DTSTART:20261215T030000Z
ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}
ORGANIZER:mailto:{to}
{more}END:VEVENT
END:VCALENDAR
--ZZ--
"""

WORDS = """\
From: Maria <maria.private@example.org>
To: {to}
Subject: Re: Dinner
Message-ID: {message_id}
{more}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{words}

On Mon, 23 Nov 2026 at 20:00, Ana via Longtable <meetups@localhost> wrote:
> Dear Maria,
> http://localhost:8000/r/secret
"""


def bounce(
    to: str, *, status: str = "5.1.1", diagnostic: str = "550 5.1.1 <ana@example.org>: no such user", action: str = "failed"
):
    return DSN.format(to=to, status=status, diagnostic=diagnostic, action=action).encode()


def complaint(*, mail_from: str = "", message_id: str = "<none@none>", kind: str = "abuse", to: str = "abuse@localhost") -> bytes:
    return ARF.format(to=to, mail_from=mail_from, message_id=message_id, kind=kind).encode()


def calendar_reply(
    to: str, *, attendee: str, uid: str, stamp, partstat: str, sequence: int = 1, method="REPLY", more=""
) -> bytes:
    words = {"more": more, "to": to, "attendee": attendee, "uid": uid, "stamp": stamp, "partstat": partstat, "sequence": sequence}
    return REPLY.format(method=method, **words).encode()


def words(to: str, text: str = "I will be late.", *, message_id: str = "<w1@example.org>", more: str = "") -> bytes:
    return WORDS.format(to=to, words=text, message_id=message_id, more=more).encode()
