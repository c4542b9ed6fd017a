from __future__ import annotations

import base64
import hashlib
import string
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from devices import tokens
from devices.models import Credential, Device
from devices.registry import issue_token, revoke_credential, set_enabled
from devices.tokens import Refused, authenticate, make_token
from project.logs import redact

pytestmark = pytest.mark.django_db


def refusal(header: str) -> str:
    with pytest.raises(Refused) as caught:
        authenticate(header)
    return caught.value.code


def test_a_token_says_which_device_is_speaking(device: Device) -> None:
    issued = issue_token(device=device)
    authority = authenticate(f"Bearer {issued.token}")
    assert (authority.device_uid, authority.device_id) == ("GW-1", device.pk)
    assert (authority.credential_id, authority.site_id) == (issued.credential.pk, device.site_id)


def test_a_token_has_256_random_bits_and_only_their_digest_is_stored(device: Device) -> None:
    issued = issue_token(device=device)
    _, lookup, *rest = issued.token.split("_")
    secret, checksum = "_".join(rest)[:43], "_".join(rest)[44:]
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert len(checksum) == 6
    stored = Credential.objects.get()
    assert stored.lookup == lookup
    assert bytes(stored.digest) == hashlib.sha256(secret.encode()).digest()


def test_two_tokens_have_nothing_in_common() -> None:
    made = {
        (token.lookup, token.digest, token.text) for token in (make_token() for _ in range(500))
    }
    assert len({lookup for lookup, _, _ in made}) == 500
    assert len({digest for _, digest, _ in made}) == 500


def test_a_token_is_looked_up_with_one_query(device: Device) -> None:
    header = f"Bearer {issue_token(device=device).token}"
    authenticate(header)  # notes its first use
    with CaptureQueriesContext(
        connection,
    ) as queries:
        authenticate(header)
    assert len(queries) == 1


def test_unknown_and_wrong_tokens_get_the_same_answer(device: Device) -> None:
    issued = issue_token(device=device).token
    stranger = make_token().text
    lookup, secret = issued.split("_")[1], stranger[17:60]
    wrong = f"snt_{lookup}_{secret}_{tokens._checksum('snt', lookup, secret)}"
    answers = set()
    for token in (stranger, wrong):
        with pytest.raises(Refused) as caught:
            authenticate(f"Bearer {token}")
        answers.add((caught.value.code, caught.value.message, str(caught.value)))
    assert len(answers) == 1


def test_an_unknown_token_is_hashed_and_compared_like_a_known_one(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = tokens.hmac.compare_digest

    def spy(known: bytes, shown: bytes) -> bool:
        compared.append((known, shown))
        return real(known, shown)

    monkeypatch.setattr(tokens.hmac, "compare_digest", spy)
    known, unknown = issue_token(device=device).token, make_token()
    authenticate(f"Bearer {known}")
    assert refusal(f"Bearer {unknown.text}") == "unauthorized"
    assert [len(pair[0]) for pair in compared] == [32, 32]
    assert compared[1][1] == unknown.digest


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(device: Device, scheme: str) -> None:
    assert authenticate(f"{scheme}  {issue_token(device=device).token} ").device_uid == "GW-1"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token,  # no scheme
        lambda token: f"Basic {token}",
        lambda token: f"Bearer{token}",
        lambda token: f"Bearer {token[:-1]}",
        lambda token: f"Bearer {token}a",
        lambda token: f"Bearer {token} {token}",
        lambda token: f"Bearer {token}\n",
        lambda token: f"Bearer {token.upper()}",
        lambda token: f"Bearer {token[:20]}{'a' if token[20] != 'a' else 'b'}{token[21:]}",
        lambda token: f"Bearer {token[4:]}",
        lambda token: f"Bearer {token}" + " " * 300,
        lambda token: "",
        lambda token: "Bearer",
        lambda token: "Bearer \x00",
    ],
)
def test_a_spoilt_token_lets_nobody_in(device: Device, spoil: object) -> None:
    assert callable(spoil)
    assert refusal(spoil(issue_token(device=device).token)) == "unauthorized"


@given(st.text(max_size=300))
def test_no_header_makes_authentication_fail_in_another_way(header: str) -> None:
    assert tokens._parse(header) is None


@given(
    st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=12, max_size=12),
    st.text(string.ascii_letters + string.digits + "-_", min_size=43, max_size=43),
)
def test_every_well_formed_token_is_taken_apart_as_it_was_put_together(
    lookup: str, secret: str
) -> None:
    token = f"snt_{lookup}_{secret}_{tokens._checksum('snt', lookup, secret)}"
    assert tokens._parse(f"Bearer {token}") == (lookup, secret)
    assert secret not in redact(f"header was Bearer {token}")


def test_a_revoked_token_is_refused(device: Device) -> None:
    issued = issue_token(device=device)
    revoke_credential(credential=issued.credential)
    assert refusal(f"Bearer {issued.token}") == "revoked"


def test_a_token_is_refused_from_the_moment_it_expires(device: Device) -> None:
    now = timezone.now()
    late = issue_token(device=device, expires_at=now - timedelta(seconds=1))
    early = issue_token(device=device, expires_at=now + timedelta(minutes=5))
    assert refusal(f"Bearer {late.token}") == "expired"
    assert authenticate(f"Bearer {early.token}").expires_at == early.credential.expires_at


def test_a_disabled_device_is_refused_until_it_is_enabled_again(device: Device) -> None:
    header = f"Bearer {issue_token(device=device).token}"
    set_enabled(device=device, enabled=False)
    assert refusal(header) == "disabled"
    set_enabled(device=device, enabled=True)
    assert authenticate(header).device_uid == "GW-1"


def test_a_wrong_secret_does_not_learn_that_the_device_is_disabled(device: Device) -> None:
    lookup = issue_token(device=device).token.split("_")[1]
    secret = make_token().text[17:60]
    set_enabled(device=device, enabled=False)
    token = f"snt_{lookup}_{secret}_{tokens._checksum('snt', lookup, secret)}"
    assert refusal(f"Bearer {token}") == "unauthorized"


def test_the_last_use_is_noted_no_finer_than_five_minutes(device: Device) -> None:
    issued = issue_token(device=device)
    noted = []
    for age in (None, timedelta(minutes=4), timedelta(minutes=6)):
        if age is not None:
            Credential.objects.update(last_used_at=timezone.now() - age)
        before = Credential.objects.get().last_used_at
        authenticate(f"Bearer {issued.token}")
        noted.append(Credential.objects.get().last_used_at != before)
    assert noted == [True, False, True]
