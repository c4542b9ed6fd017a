"""The key figures of a site in the administration, through the real URLs."""

from __future__ import annotations

import pytest
from admin_pages import member, text_of
from django.contrib.auth.models import User
from django.test import Client

from devices.models import AuditEntry, Device, Membership, Role, Site, SiteFigure, Tag

pytestmark = pytest.mark.django_db


def form(site: Site, *figures: dict[str, object], **fields: object) -> dict[str, object]:
    """Fill in the page of a site with new figures, and the roles as they are."""
    data: dict[str, object] = {"name": site.name, "slug": site.slug, "time_zone": "UTC"}
    data |= {"figures-TOTAL_FORMS": len(figures), "figures-INITIAL_FORMS": 0}
    data |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    for n, figure in enumerate(figures):
        data |= {f"figures-{n}-{name}": value for name, value in figure.items()}
        data |= {f"figures-{n}-position": n}
    return data | fields


def url(site: Site) -> str:
    return f"/admin/devices/site/{site.pk}/change/"


def test_an_engineer_chooses_the_key_figures_and_nothing_else_of_the_site(
    site: Site, pump: Device
) -> None:
    engineer, flow = member(site, Role.ENGINEER), pump.tags.get()
    chosen = [{"kind": "devices"}, {"kind": "tag", "tags": [flow.pk], "label": "Flow"}]
    answer = engineer.post(url(site), form(site, *chosen, name="Mine now", slug="mine"))
    assert answer.status_code == 302
    site.refresh_from_db()
    assert (site.name, site.slug) == ("East works", "east")
    figures = list(SiteFigure.objects.all())
    assert [figure.kind for figure in figures] == ["devices", "tag"]
    assert list(figures[1].tags.all()) == [flow]
    entry = AuditEntry.objects.filter(kind="sitefigure").latest("pk")
    assert (entry.actor, entry.after["tags"]) == ("engineer-east", "PUMP-1/flow")


def test_an_engineer_does_not_see_the_roles_and_cannot_give_himself_one(site: Site) -> None:
    engineer = member(site, Role.ENGINEER)
    assert "memberships-0" not in text_of(engineer.get(url(site)))
    mine = Membership.objects.get()
    data = form(site, {"kind": "devices"}) | {
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": mine.pk,
        "memberships-0-user": mine.user_id,
        "memberships-0-role": Role.ADMIN,
    }
    engineer.post(url(site), data)
    assert Membership.objects.get().role == Role.ENGINEER


def test_whoever_is_less_than_an_engineer_does_not_get_in(site: Site) -> None:
    operator = member(site, Role.OPERATOR)
    operator.post(url(site), form(site, {"kind": "devices"}))
    assert not SiteFigure.objects.exists()


def test_tags_that_do_not_fit_are_refused_at_their_field(
    admin: Client, site: Site, pump: Device
) -> None:
    Tag.objects.create(device=pump, name="power", unit="kW")
    tags = list(pump.tags.values_list("pk", flat=True))
    page = text_of(admin.post(url(site), form(site, {"kind": "sum", "tags": tags})))
    assert "These tags have different units: –, kW." in page
    assert not SiteFigure.objects.exists()


def test_the_tag_of_another_site_is_refused(admin: Client, site: Site) -> None:
    west = Site.objects.create(slug="west", name="West works")
    other = Device.objects.create(uid="W-1", name="Other", site=west)
    tag = Tag.objects.create(device=other, name="flow")
    page = text_of(admin.post(url(site), form(site, {"kind": "tag", "tags": [tag.pk]})))
    assert "Only tags of this site." in page
    assert not SiteFigure.objects.exists()


def test_a_figure_is_changed_and_deleted_on_the_page_of_its_site(admin: Client, site: Site) -> None:
    admin.post(url(site), form(site, {"kind": "devices"}, {"kind": "gateways"}))
    first, second = SiteFigure.objects.all()
    data = form(site, {"kind": "tags", "id": first.pk}, {"kind": "gateways", "id": second.pk})
    data |= {"figures-INITIAL_FORMS": 2, "figures-1-DELETE": "on"}
    assert admin.post(url(site), data).status_code == 302
    assert [figure.kind for figure in SiteFigure.objects.all()] == ["tags"]


def test_an_administrator_gives_a_role_on_the_page_of_the_site(admin: Client, site: Site) -> None:
    user = User.objects.create_user("li", password="x")
    data = form(site) | {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": user.pk,
        "memberships-0-role": Role.VIEWER,
    }
    assert admin.post(url(site), data).status_code == 302
    assert Membership.objects.get().user == user
