"""All pages in all states: who opens which, and what is done there. tests/browser/test_access.py makes these visits."""

from playwright.sync_api import Page

# The main button of a form. The browser's default button for Enter may be another one.
PRESS = "main form :is(button.button, button.button-danger)"


# What is done on a page after it is opened ---------------------------------------------------------------------------


def press(page: Page) -> None:
    """Press the first button of the page's own form, as it is."""
    page.locator(PRESS).first.click()


def send_nothing(page: Page) -> None:
    """Submit the page's form without the name and value of a button."""
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form').submit()")


def press_any(page: Page) -> None:
    """Press the first button of the page's own form, whatever it looks like."""
    page.locator("main form button").first.click()


def choose_no_day(page: Page) -> None:
    page.click("main details:first-of-type summary")
    page.locator("main details:first-of-type button").click()


def move_to_the_past(page: Page) -> None:
    page.locator("main li details summary").first.click()
    page.locator("main li details [type=date]").first.fill("2020-01-01")
    page.locator("main li details button").first.click()


def choose(name: str, value: str):
    def act(page: Page) -> None:
        page.locator(f'main button[name={name}][value="{value}"]').first.click()

    return act


def choose_language(code: str):
    def act(page: Page) -> None:
        page.locator(f"button[name=speak][value={code}]").click()

    return act


def look_at_a_letter(page: Page) -> None:
    page.check("main [name=segment][value=held]")
    fill(subject="Forty tables", words="Tell me what you need.")(page)


def tick_nothing(page: Page) -> None:
    press(page)
    page.wait_for_selector("main [name=sure]")
    press(page)


def leave_the_evening(page: Page) -> None:
    press(page)
    page.check("main [name=sure]")
    press(page)


def find_it_fine(page: Page) -> None:
    page.check("#fine_read")
    choose("fine", "1")(page)


def end_the_link(page: Page) -> None:
    page.check("main [name=sure]")
    press(page)


def take_back(page: Page) -> None:
    choose("scope", "meetup")(page)
    page.click("main button[name=again]")


def fill(then: str = PRESS, **fields: str):
    def act(page: Page) -> None:
        for name, value in fields.items():
            page.fill(f"main [name={name}]", value)
        page.locator(then).first.click()

    return act


def open_more(page: Page) -> None:
    page.click("main details > summary")


def choose_a_kit(page: Page) -> None:
    page.fill("main [name=meal]", "Only bread.")
    page.select_option("main [name=choose]", "money")
    page.click("main button[value=fill]")
    page.wait_for_selector("main .notice")


def ask_for_a_seat(page: Page) -> None:
    page.fill("[name=name]", "Kim")
    page.fill("[name=email]", "kim@example.net")
    # A form that comes back within two seconds counts as a script's.
    page.wait_for_timeout(2100)
    press(page)


def look_over_a_list(page: Page) -> None:
    fill(addresses="Lena <lena@example.net>, moe@example.net\nnot-an-address, guest@example.org")(page)


def send_a_list(page: Page) -> None:
    look_over_a_list(page)
    page.check("[name=knows]")
    page.locator("button[name=send]").click()


def send_a_list_untold(page: Page) -> None:
    look_over_a_list(page)
    page.locator("button[name=send]").click()


def type_a_wrong_code(page: Page) -> None:
    fill(email="kim@example.net")(page)
    fill(code="000000")(page)


def take_too_late(page: Page) -> None:
    """Press for a dish that does not exist any more."""
    page.evaluate("document.querySelector('main button[name=take]').value = 'gone'")
    page.locator("main button[name=take]").first.click()


def stop_the_outbox(page: Page) -> None:
    page.click("main button[value=pause]")


def let_them_go_on(page: Page) -> None:
    page.click("main button[value=resume]")


def first_letter(page: Page) -> None:
    page.locator("main a[href^='/mailbox/']").last.click()


def open_and_add(**fields: str):
    def act(page: Page) -> None:
        page.locator("[data-walk-in] > summary").click()
        fill("main #typed button.button", **fields)(page)

    return act


# The visits ---------------------------------------------------------------------------------------------
# (who, place, what is done there): "" is nobody; the place begins with the name of a path in page_states.py, or is a path.

PUBLIC = [
    ("", "/", None),
    ("", "/?town=Hamilton", None),
    ("", "/?town=Nowhere", None),
    ("", "/find/", None),
    ("", "/find/?town=Sudbury", None),
    ("", "/find/?town=Hamilton", None),
    ("", "/find/?town=Hamilton&page=2", None),
    ("", "/find/?town=Nowhere", None),
    ("", "meetup_listed", None),
    ("", "frozen_public", None),
    ("", "frozen_guest", None),
    ("", "campaign_grown openness/", None),
    ("", "meetup_listed", press),
    ("", "meetup_by_link", ask_for_a_seat),
    ("", "meetup_by_link", None),
    ("", "meetup_full", None),
    ("", "meetup_canceled", None),
    ("", "meetup_begun", None),
    ("", "meetup_held", None),
    ("", "meetup_fresh", None),
    ("", "meetup_private", None),
    ("", "campaign", None),
    ("", "campaign_empty", None),
    ("", "campaign_over", None),
    ("", "campaign_acting day/", None),
    ("", "recap", None),
    ("", "recap_bare", None),
    ("", "recap share/", None),
    ("", "book", None),
    ("", "/kits/", None),
    ("", "/kits/?lang=fr", None),
    ("", "/kits/neighbors/", None),
    ("", "/kits/film/?lang=es", None),
    ("", "book_report", None),
    ("", "hold", None),
    ("", "hold", press),
    ("", "hold", fill(town="Leeds", email="kim2@example.net")),
    ("", "recap_gone", None),
    ("", "removal", None),
    ("", "removal", press),
    ("", "removal_asked", None),
    ("", "/privacy/", None),
    ("", "/report/", None),
    ("", "/report/", press),
    ("", "/report/", fill(what="There is something odd on this page.")),
    ("", "/accounts/login/", None),
    ("", "/accounts/login/", press),
    ("", "/accounts/login/", fill(email="kim@example.net")),
    ("", "/accounts/login/", type_a_wrong_code),
    ("", "/mailbox/", None),
    ("", "/mailbox/", first_letter),
    ("", "/nothing/here/", None),
]
GUESTS = [
    ("", "guest_nameless_yes", None),
    ("", "guest_nameless", None),
    ("", "guest_nameless", fill("main button[value=yes]:not(.away)", shown_name="see casino.example.com")),
    ("", "guest_unseated", None),
    ("", "guest_closed", None),
    ("", "guest_closed_untold", None),
    ("", "guest_invited", None),
    ("", "guest_invited ?rsvp=yes", None),
    ("", "guest_invited ?rsvp=no", None),
    ("", "guest_invited", send_nothing),
    ("", "guest_yes", None),
    ("", "guest_yes ?rsvp=no", None),
    ("", "guest_yes ?rsvp=maybe", None),
    ("", "guest_maybe", None),
    ("", "guest_no", None),
    ("", "guest_again", None),
    ("", "guest_could_host", None),
    ("", "guest_needs_ride", None),
    ("", "guest_invited ?rsvp=again", None),
    ("", "guest_waiting", None),
    ("", "guest_second", None),
    ("", "guest_offered", None),
    ("", "guest_at_full", None),
    ("", "guest_unproven", None),
    ("", "guest_canceled", None),
    ("", "guest_begun", None),
    ("", "guest_here", None),
    ("", "guest_ended", None),
    ("", "guest_ended_no", None),
    ("", "guest_soon", None),
    ("", "guest_yes /calendar", None),
    ("", "guest_yes /map", None),
    ("", "guest_yes /data", None),
    ("", "guest_yes /leave", None),
    ("", "guest_yes /leave", press),
    ("", "guest_yes /leave", tick_nothing),
    ("", "guest_seated /table", None),
    ("", "guest_seated /leave", leave_the_evening),
    ("", "guest_maybe", choose_language("fr")),
    ("", "guest_soon /confirm", None),
    ("", "guest_soon /confirm?say=more", None),
    ("", "guest_soon /confirm?say=ride", None),
    ("", "guest_soon /confirm", send_nothing),
    ("", "guest_soon /confirm", choose("coming", "yes")),
    ("", "guest_invited /confirm", None),
    ("", "guest_invited /not-me", None),
    ("", "guest_invited /not-me", press),
    ("", "guest_refuses /not-me", end_the_link),
    ("", "guest_yes /table", None),
    ("", "guest_yes /ask", None),
    ("", "/mine/", None),
    ("", "/mine/", press),
    ("", "/mine/", fill(email="kim@example.net")),
    ("", "mine", None),
    ("", "passed_on", None),
    ("", "passed_on", press),
    ("", "passed_on", ask_for_a_seat),
    ("", "passed_by_link", None),
    ("", "passed_by_link", ask_for_a_seat),
    ("", "friend_new", None),
    ("", "friend_new", send_nothing),
    ("", "friend_asked", None),
    ("", "friend_refused", None),
    ("", "meetup_shy", None),
    ("", "meetup_shy", ask_for_a_seat),
    ("", "asker_new", None),
    ("", "asker_asked", None),
    ("", "asker_refused", None),
    ("", "come_look", None),
    ("", "come_look", ask_for_a_seat),
    ("", "come_admit", None),
    ("", "come_admit", press),
    ("", "come_admit", ask_for_a_seat),
    ("", "guest_yes /not-me", None),
    ("", "mine_empty", None),
    ("", "mine /data", None),
    ("", "mine /leave", None),
    ("", "mine /leave", press),
    ("", "guest_invited /everything", None),
    ("", "guest_invited /everything", press),
    ("", "guest_yes /ask", press),
    ("", "guest_invited /ask", None),
    ("", "guest_yes /table", fill("main form:last-of-type button", words="")),
    ("", "guest_yes /table", take_too_late),
    ("", "guest_invited /table", None),
    ("", "guest_soon /table", None),
    ("", "guest_begun /table", None),
    ("", "guest_ended /after", None),
    ("", "guest_ended /after", send_nothing),
    ("", "guest_ended_no /after", None),
    ("", "guest_ended /after", choose("attended", "yes")),
    ("", "guest_ended /after", press),
    ("", "guest_ended_waiting /after", choose("attended", "no")),
    ("", "guest_came /after", None),
    ("", "guest_came /after", fill(sentence="", shown_as="")),
    ("", "guest_came /after", choose("could_host", "yes")),
    ("", "guest_missed /after", None),
    ("", "words", None),
    ("", "words", fill(sentence="")),
    ("", "words", choose("take_out", "1")),
    ("", "words_gone", None),
    ("", "words_late", None),
    ("", "guest_late /after", None),
    ("", "guest_says /after", None),
    ("", "guest_refused /after", None),
    ("", "words_shown", None),
    ("", "words_shown", choose("fine", "1")),
    ("", "words_shown", choose("agrees", "yes")),
    ("", "words_shown", find_it_fine),
    ("", "unsubscribe_leaves", None),
    ("", "unsubscribe_leaves", choose("scope", "host")),
    ("", "unsubscribe_refuses", take_back),
    ("", "unsubscribe_host", None),
    ("", "unsubscribe_host", choose("scope", "everything")),
    ("", "next_host", None),
    ("", "next_host", choose("not_now", "1")),
    ("", "guest_asked /dates", None),
    ("", "guest_asked /dates", press),
    ("", "guest_asks_nothing", None),
    ("", "guest_said /dates", None),
    ("", "guest_said /dates", press),
    ("", "guest_asked_no_more /dates", None),
    ("", "guest_of_row", None),
    ("", "guest_of_row /circle", None),
    ("", "guest_left_row /circle", None),
    ("", "guest_left_row /circle", press_any),
    ("", "pairing_open", None),
    ("", "pairing_open", press),
    ("", "pairing_ended", None),
    ("", "/next/nobody-knows-this", None),
    ("", "door_empty", None),
    ("", "door_one", None),
    ("", "door_many", None),
    ("", "door_many", open_and_add(name="see casino.example.com")),
    ("", "door_many", open_and_add(name="")),
    ("", "door_early", None),
    ("", "door_ended", None),
    ("", "/e/nobody-knows-this/", None),
    ("", "/ask/", None),
    ("", "/ask/", press),
    ("", "ask_many", None),
    ("", "ask_many ?want=host", None),
    ("", "ask_many ?want=cohost", fill(email="no address")),
    ("", "ask_many ?want=host", fill(email="kim@example.net", name="Kim")),
    ("", "ask_many ?said=later", None),
    ("", "/ask/ZZZZ", None),
    ("", "/u/nobody-knows-this", None),
    ("", "/r/nobody-knows-this", None),
]
HOSTS = [
    ("host", "row_nameless", None),
    ("host", "mend", None),
    ("host", "mend", fill(email="no address")),
    ("host", "mend_theirs", None),
    ("host", "seats ?seats=2", None),
    ("host", "seats ?seats=2", press),
    ("host", "desk_lowered", None),
    ("host", "desk_idle", None),
    ("host", "desk_again", None),
    ("host", "desk_again again/", None),
    ("host", "desk_again again/", fill(date="2020-01-01")),
    ("host", "desk_again_alone again/", None),
    ("host", "desk_again_forgotten again/", None),
    ("host", "desk_ready dates/", None),
    ("host", "desk_ready dates/", press),
    ("host", "desk_bare dates/", None),
    ("host", "desk_poll_silent", None),
    ("host", "desk_poll_silent dates/", None),
    ("host", "desk_poll_said dates/", None),
    ("host", "desk_poll_said dates/", choose_no_day),
    ("host", "desk_poll_stopped dates/", None),
    ("host", "desk_by_link circle/", None),
    ("host", "desk_by_link circle/", fill(date="2020-01-01", count="99")),
    ("host", "desk_row", None),
    ("host", "desk_row circle/", None),
    ("host", "desk_row circle/", move_to_the_past),
    ("host", "desk_stopped circle/", None),
    ("host", "desk_on_word circle/", None),
    ("nameless", "/host/new/", None),
    ("nameless", "/accounts/name/", press),
    ("newcomer", "/host/", None),
    ("newcomer", "/host/new/", None),
    ("newcomer", "/host/new/", press),
    ("newcomer", "/host/new/", fill(title="See www.example.org")),
    ("newcomer", "/host/new/?from=with-a-photo", None),
    ("newcomer", "/host/new/?campaign=read-together", None),
    ("newcomer", "/host/new/?from=nothing", None),
    ("newcomer", "/host/new/?kit=neighbors", None),
    ("newcomer", "/host/new/all/", None),
    ("newcomer", "/host/new/all/", fill(title="See www.example.org", date="2020-01-01", seats="0", book_link="ftp")),
    ("newcomer", "/host/new/all/?from=with-a-photo", None),
    ("newcomer", "/host/new/all/?kit=neighbors", None),
    ("newcomer", "/host/new/all/", choose_a_kit),
    ("host", "/kits/", None),
    ("host", "kept_kit", None),
    ("host", "kept_kit edit/", None),
    ("host", "kept_kit edit/", fill(title="")),
    ("host", "kept_kit delete/", None),
    ("host", "/host/", None),
    ("host", "desk_bare", None),
    ("host", "desk_bare edit/", None),
    ("host", "desk_bare edit/all/", None),
    ("host", "desk_bare edit/what/", None),
    ("host", "desk_bare edit/when/", None),
    ("host", "desk_bare edit/when/", fill(date="2020-01-01", town_name="Nowhere Known")),
    ("host", "desk_bare edit/who/", None),
    ("host", "desk_bare edit/who/", fill(seats="0")),
    ("host", "desk_bare publish/", None),
    ("host", "desk_bare delete/", None),
    ("host", "desk_ready", None),
    ("host", "desk_ready edit/", None),
    ("host", "desk_ready edit/", open_more),
    ("host", "desk_ready edit/all/", fill(title="")),
    *(("host", f"desk_ready edit/{part}/", None) for part in ("what", "when", "talk", "book", "meal", "door", "guests", "words")),
    ("host", "desk_ready edit/book/", fill(isbn="123", book_link="ftp")),
    ("host", "desk_ready publish/", None),
    ("host", "desk_ready publish/", press),
    ("host", "meetup_ready", None),
    ("host", "desk_listed", None),
    ("host", "desk_full", None),
    ("host", "desk_begun", None),
    ("host", "desk_held", None),
    ("host", "desk_fresh", None),
    ("host", "desk_told", None),
    ("host", "desk_canceled", None),
    ("host", "desk_one hosts/", None),
    ("host", "desk_by_link hosts/", None),
    ("host", "desk_by_link hosts/", fill(email="nobody")),
    ("host", "desk_together", None),
    ("host", "desk_together hosts/", None),
    ("host", "desk_listed edit/", None),
    ("host", "desk_listed edit/all/", None),
    ("host", "desk_listed edit/all/", fill(seats="1")),
    ("host", "desk_listed edit/what/", fill(title="")),
    ("host", "desk_listed edit/who/", None),
    ("host", "desk_listed edit/who/", fill(seats="")),
    ("host", "desk_listed move/", None),
    ("host", "desk_listed move/", fill(date="", town_name="")),
    ("host", "desk_listed cancel/", None),
    ("host", "desk_one cancel/", press),
    ("host", "desk_listed invite/", None),
    ("host", "desk_listed invite/", press),
    ("host", "desk_listed invite/", look_over_a_list),
    ("host", "desk_listed invite/", send_a_list_untold),
    ("host", "desk_listed invite/", send_a_list),
    ("host", "desk_my_link invite/", None),
    ("host", "desk_private invite/", None),
    ("host", "desk_my_link invite/code/", None),
    ("host", "desk_listed invite/past/", None),
    ("host", "desk_listed invite/past/", fill("main form button.button", words="")),
    ("host", "desk_listed invite/one/", None),
    ("host", "desk_listed invite/one/", fill(person="nobody", personal="See https://example.org")),
    ("host", "desk_shy", None),
    ("host", "desk_shy guests/", None),
    ("host", "desk_shy guests/?show=asking", None),
    ("host", "desk_my_link guests/", None),
    ("host", "desk_listed guests/", None),
    ("host", "desk_listed guests/?show=yes", None),
    ("host", "desk_listed guests/?q=nobody", None),
    ("host", "desk_listed guests/add/", None),
    ("host", "desk_listed guests/add/", press),
    ("host", "desk_listed guests/add/", fill(name="Nora")),
    ("host", "desk_listed table/", None),
    ("host", "desk_listed table/", fill(main="99")),
    ("host", "desk_ready table/", None),
    ("host", "desk_listed print/", None),
    ("host", "desk_one print/", None),
    ("host", "desk_listed paper/", None),
    ("host", "desk_one paper/", None),
    ("host", "desk_one paper.pdf?size=a4", None),
    ("host", "desk_full table/", None),
    ("host", "desk_listed table/add/", None),
    ("host", "desk_listed table/add/", fill(feeds="99")),
    ("host", "dish", None),
    ("host", "dish_free", None),
    ("host", "guest_row", None),
    ("host", "guest_row answer/", None),
    ("host", "guest_row answer/", press),
    ("host", "guest_row", fill(party_size="99")),
    ("host", "guest_row remove/", None),
    ("host", "phoned_row", None),
    ("host", "evening_none", None),
    ("host", "evening_none", press),
    ("host", "evening_many", None),
    ("host", "evening_ended", None),
    ("host", "evening_none", choose("renew", "1")),
    ("host", "desk_fresh came/", None),
    ("host", "desk_fresh came/", press),
    ("host", "desk_fresh debrief/", send_nothing),
    ("host", "desk_fresh debrief/", None),
    ("host", "desk_fresh recap/", None),
    ("host", "desk_drafted recap/", None),
    ("host", "desk_drafted recap/publish/", None),
    ("host", "desk_one cover/", None),
    ("host", "desk_ready cover/", press),
    ("host", "desk_bare cover/", None),
    ("host", "desk_drafted recap/publish/", press),
    ("host", "desk_held recap/", None),
    ("host", "desk_held recap/publish/", None),
    ("host", "desk_held recap/take-down/", None),
    ("host", "desk_held recap/reach/", None),
    ("host", "desk_held recap/reach/", fill(hello="me@example.org")),
    ("host", "desk_held_on", None),
    ("host", "hold draft/", None),
    ("host", "hold draft/", press),
    ("host", "desk_gone recap/", None),
    ("host", "desk_shown", None),
    ("host", "desk_shown recap/", None),
    ("host", "desk_shown recap/publish/", None),
    ("host", "desk_asked recap/", None),
    ("host", "desk_pending", None),
    ("host", "desk_pending came/", None),
    ("host", "desk_pending recap/", None),
    ("host", "desk_pending recap/", choose("then", "show")),
    ("host", "desk_taken recap/publish/", None),
]
OTHERS = [
    ("host", "/accounts/", None),
    ("host", "/accounts/name/", None),
    ("host", "/accounts/name/", fill(shown_name="")),
    ("host", "/accounts/helping/", None),
    ("host", "/accounts/helping/", press),
    ("newcomer", "/accounts/helping/", None),
    ("offered", "desk_offer", None),
    ("paired", "desk_paired", None),
    ("host", "/accounts/delete/", None),
    ("newcomer", "/accounts/delete/", None),
    ("host", "/accounts/logout/", None),
    ("host", "/accounts/2fa/", None),
    ("host", "/accounts/2fa/totp/activate/", None),
    ("host", "/accounts/2fa/totp/activate/", press),
    ("host", "/accounts/2fa/webauthn/", None),
    ("host", "/accounts/2fa/webauthn/add/", None),
    ("guarded", "/accounts/2fa/", None),
    ("guarded", "/accounts/2fa/recovery-codes/", None),
    ("guarded", "/accounts/2fa/recovery-codes/generate/", None),
    ("guarded", "/accounts/2fa/totp/deactivate/", None),
    ("newcomer", "/c/new/", None),
    ("newcomer", "/c/new/", press),
    ("newcomer", "campaign_empty dashboard/", None),
    ("organizer", "campaign dashboard/", None),
    ("organizer", "campaign dashboard/?page=2", None),
    ("organizer", "campaign dashboard/?show=held", None),
    ("organizer", "campaign dashboard/?show=could_host&area=Toronto&state=held", None),
    ("organizer", "campaign dashboard/?state=canceled", None),
    ("organizer", "campaign dashboard/?since=2026-12-02&until=2026-12-01", None),
    ("organizer", "campaign dashboard/?area=nowhere", None),
    ("newcomer", "campaign_empty dashboard/generations/", None),
    ("newcomer", "campaign_empty care/", None),
    ("organizer", "campaign care/", None),
    ("organizer", "care_write", None),
    ("organizer", "care_write", fill(words="")),
    ("organizer", "oversee", None),
    ("organizer", "oversee", fill(reason="")),
    ("organizer", "oversee_frozen", None),
    ("organizer", "campaign_grown letters/", None),
    ("organizer", "campaign_grown letters/", look_at_a_letter),
    ("organizer", "campaign_grown news/", None),
    ("host", "frozen_desk", None),
    ("host", "frozen_desk hold/", None),
    ("host", "frozen_desk hold/", fill(words="")),
    ("organizer", "campaign dashboard/generations/", None),
    ("organizer", "campaign_grown dashboard/generations/", None),
    ("organizer", "campaign edit/", None),
    ("organizer", "campaign edit/", fill(name="")),
    ("organizer", "campaign organizers/", None),
    ("organizer", "campaign_person", None),
    ("organizer", "campaign kit/", None),
    ("organizer", "campaign spread/", None),
    ("organizer", "campaign end/", None),
    ("organizer", "campaign_over dashboard/", None),
    ("organizer", "campaign webhooks/", fill(url="soup")),
    ("organizer", "webhook", None),
    ("organizer", "campaign api/", fill(name="")),
    ("organizer", "campaign_recap", None),
    ("organizer", "campaign_recap", press),
    ("organizer", "campaign_recap_down", None),
    ("organizer", "campaign organizers/", press),
    ("staff", "/operator/forecast/", None),
    ("staff", "/operator/outbox/", None),
    ("staff", "/operator/outbox/", stop_the_outbox),
    ("staff", "/operator/outbox/", let_them_go_on),
]
# Pages that answer 404 or 410 to this reader, and are checked all the same.
NOT_FOUND = {"guest_closed", "guest_closed_untold", "meetup_private", "recap_gone", "/nothing/here/", "/r/nobody-knows-this"}
NOT_FOUND |= {"/next/nobody-knows-this", "/e/nobody-knows-this/", "door_early", "door_ended", "/ask/ZZZZ"}

# An evening with words as long as their fields: nothing may be wider than the window.
LONG = [
    ("", "/find/?town=Donau", None),
    ("", "meetup_long", None),
    ("", "recap_long", None),
    ("", "recap_long share/", None),
    ("", "guest_long", None),
    ("", "guest_long ?rsvp=no", None),
    ("", "guest_long /calendar", None),
    ("", "guest_long /map", None),
    ("", "guest_long /leave", press),
    ("", "guest_long /not-me", None),
    ("", "door_long", None),
    ("", "ask_long", None),
    ("", "guest_long_held /after", None),
    ("guarded", "/host/", None),
    ("guarded", "/accounts/", None),
    ("guarded", "desk_long", None),
    ("guarded", "desk_long edit/", None),
    ("guarded", "desk_long edit/all/", None),
    ("guarded", "desk_long cancel/", None),
    ("guarded", "row_long", None),
    ("guarded", "row_long remove/", None),
    ("guarded", "desk_long_held", None),
    ("guarded", "desk_long_held came/", None),
    ("guarded", "desk_long_held recap/", None),
    ("guarded", "desk_long_held recap/publish/", None),
    ("organizer", "campaign dashboard/", None),
    ("organizer", "campaign dashboard/?show=held", None),
]

# Visited in a language that is written from right to left.
MIRRORED = [
    ("", "/", None),
    ("", "/find/?town=Hamilton", None),
    ("", "meetup_listed", press),
    ("", "campaign", None),
    ("", "recap", None),
    ("", "guest_invited", None),
    ("", "guest_yes", None),
    ("", "guest_yes /calendar", None),
    ("", "guest_yes /map", None),
    ("", "guest_yes /leave", tick_nothing),
    ("", "guest_came /after", None),
    ("", "door_many", None),
    ("", "ask_many", None),
    ("", "removal", None),
    ("", "words_shown", None),
    ("", "/accounts/login/", press),
    ("host", "/host/", None),
    ("host", "/host/new/", press),
    ("host", "desk_listed", None),
    ("host", "desk_held recap/", None),
    ("host", "desk_listed invite/", look_over_a_list),
    ("organizer", "campaign dashboard/", None),
]
