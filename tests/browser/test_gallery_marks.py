"""What people say of detections, in a real browser: by key and by button, live and pending."""

from __future__ import annotations

import pytest
from line import until
from marking import become, card, colleague, hold, let_see, row_of, visit
from plant import registry
from playwright.sync_api import expect
from seeing import SeeingGateway
from watched import OpenContext, SignIn, Watch

from alarms.models import Review, Verdict
from alarms.reviews import judge
from devices.models import Role


@pytest.fixture
def seen(seeing: SeeingGateway) -> SeeingGateway:
    """Let the cameras see a fire with a picture, smoke, and a head two days ago."""
    return let_see(seeing)


def test_a_detection_is_marked_by_keyboard_alone_and_every_window_hears_the_verdict(
    seen: SeeingGateway, sign_in: SignIn, open_context: OpenContext, watch: Watch
) -> None:
    become(seen, Role.OPERATOR)
    other = colleague(seen, open_context(), watch.origin)
    page = visit(sign_in)
    fire = card(page, "fire")
    expect(fire.locator("[data-part=seen]")).to_have_text("not reviewed")
    fire.locator("[data-open]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    box = page.locator("#lightbox")
    expect(box.locator("[data-review]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(box.locator("[data-judge=false]")).to_have_attribute("aria-pressed", "true")
    expect(box.locator("[data-told]")).to_have_text("Marked: false alarm.")
    expect(box.locator("[data-said]")).to_contain_text(f"said by {seen.plant.user.username}")
    page.keyboard.press("Escape")
    expect(fire.locator("[data-part=seen]")).to_have_text("reviewed")
    expect(fire.locator("[data-part=verdict]")).to_have_text("false alarm")
    theirs = card(other, "fire")
    expect(theirs.locator("[data-part=verdict]")).to_have_text("false alarm")
    expect(theirs.locator("[data-part=seen]")).to_have_text("not reviewed")
    page.keyboard.press("t")  # on the card that has the focus
    expect(fire.locator("[data-part=verdict]")).to_have_text("true hazard")
    made = page.request.get(page.url).text()  # as the server makes it
    assert 'data-part="verdict">true hazard<' in made
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Gallery: it was a false alarm")


def test_a_verdict_is_pending_until_the_server_answers_and_can_be_undone(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    become(seen, Role.OPERATOR)
    page = visit(sign_in)
    held = hold(page, "**/verdict/")
    card(page, "smoke").locator("[data-open]").click()
    box = page.locator("#lightbox")
    box.locator("[data-note]").fill("steam from the vat: fruit")  # f, r, t and u are typed here
    box.locator("[data-judge=false]").click()
    expect(box.locator("[data-said]")).to_have_text("sending …")
    expect(box.locator("[data-judge=false]")).to_have_attribute("aria-pressed", "false")
    expect(card(page, "smoke").locator("[data-part=seen]")).to_have_text("sending …")
    until(page, lambda: bool(held))
    held[0].continue_()
    page.unroute("**/verdict/")
    expect(box.locator("[data-judge=false]")).to_have_attribute("aria-pressed", "true")
    expect(box.locator("[data-noted]")).to_have_text("steam from the vat: fruit")
    box.get_by_role("button", name="Undo").click()
    expect(box.locator("[data-said]")).to_have_text("Nobody has said yet what it was.")
    assert registry(Verdict.objects.filter(detection__site=seen.plant.site).count) == 0


def test_who_was_slower_is_told_what_the_faster_one_said(
    seen: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("409")
    become(seen, Role.OPERATOR)
    page = visit(sign_in)
    row = row_of(seen, "smoke")
    card(page, "smoke").locator("[data-open]").click()
    held = hold(page, "**/verdict/")
    page.keyboard.press("t")
    until(page, lambda: bool(held))
    registry(judge, detection=row, by=seen.plant.user, kind="unsure")
    held[0].continue_()
    said = f"Meanwhile {seen.plant.user.username} has said: cannot be told."
    expect(page.locator("#lightbox [data-told]")).to_have_text(said)
    expect(page.locator("#lightbox [data-judge=unsure]")).to_have_attribute("aria-pressed", "true")


def test_without_an_answer_nothing_is_painted_as_done(
    seen: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("ERR_FAILED")
    become(seen, Role.OPERATOR)
    page = visit(sign_in)
    page.route("**/review/", lambda route: route.abort())
    card(page, "smoke").locator("[data-open]").click()
    page.keyboard.press("r")
    expect(page.locator("#lightbox [data-told]")).to_contain_text("The server did not answer")
    expect(page.locator("#lightbox [data-review]")).to_have_attribute("aria-pressed", "false")


def test_who_only_looks_reviews_for_himself_and_gives_no_verdict(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    become(seen, Role.VIEWER)
    page = visit(sign_in)
    card(page, "fire").locator("[data-open]").click()
    box = page.locator("#lightbox")
    expect(box.locator("[data-judge], [data-hold]")).to_have_count(0)
    page.keyboard.press("f")
    page.keyboard.press("r")
    expect(box.locator("[data-review]")).to_have_attribute("aria-pressed", "true")
    expect(box.locator("[data-said]")).to_have_text("Nobody has said yet what it was.")
    reviews = Review.objects.filter(user=seen.plant.user)
    assert registry(reviews.count) == 1


def test_an_engineer_holds_a_detection_and_says_why(seen: SeeingGateway, sign_in: SignIn) -> None:
    become(seen, Role.ENGINEER)
    page = visit(sign_in)
    card(page, "fire").locator("[data-open]").click()
    box = page.locator("#lightbox")
    box.get_by_role("button", name="Legal hold").click()
    expect(box.locator("[name=reason]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box.locator("[data-told]")).to_have_text("Say why.")
    page.keyboard.type("Claim 12")
    page.keyboard.press("Enter")
    expect(box.locator("[data-held]")).to_have_text("On legal hold: Claim 12")
    expect(card(page, "fire").locator("[data-part=held]")).to_have_text("on hold")
    box.get_by_role("button", name="End the legal hold").click()
    page.keyboard.type("settled")
    page.keyboard.press("Enter")
    expect(box.locator("[data-held]")).to_be_empty()
    row = row_of(seen, "fire")
    assert (row.legal_hold, row.hold_reason) == (False, "settled")


def test_all_that_is_shown_is_reviewed_at_once_and_stays_until_the_filter_changes(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, "/gallery/?review=unreviewed")
    expect(page.locator("[data-open-count]")).to_have_text("3 not reviewed by you in 7 days")
    page.get_by_role("button", name="Mark all shown as reviewed").click()
    expect(page.locator("[data-marked] [data-told]")).to_have_text("3 marked as reviewed.")
    expect(page.locator("[data-open-count]")).to_have_text("all of the last 7 days reviewed by you")
    expect(page.locator("[data-card][data-reviewed]")).to_have_count(3)
    page.locator("[data-marked]").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-card][data-reviewed]")).to_have_count(0)
    page.keyboard.press("Escape")
    card(page, "smoke").locator("[data-open]").focus()
    page.keyboard.press("r")
    expect(page.locator("[data-card][data-reviewed]")).to_have_count(1)
    page.locator("select[name=verdict]").select_option("none")
    expect(page.locator("[data-card]")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-card]")).to_have_count(2)
