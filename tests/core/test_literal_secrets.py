import time

import pytest

from apps.core.literal_secrets import advice

# Put together here, so that no scanner takes this file for a leak.
SHAPES = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitHub, fine-grained": "github_pat_" + "a1B2" * 8,
    "GitLab": "glpat-" + "a1B2-" * 5,
    "Slack": "xoxb-" + "1234567890" * 2,
    "Stripe": "sk_live_" + "a1B2" * 6,
    "Google": "AIza" + "a1B2c" * 7,
    "npm": "npm_" + "a1B2" * 9,
    "SendGrid": "SG." + "a1" * 11 + "." + "a" * 43,
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0." + "c2ln",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMII",
    "AI service": "sk-proj-" + "a1B2" * 10,
}


NAMES = """
    Authorization X-Api-Key apikey X-Auth-Token PRIVATE-TOKEN Cookie client_secret accessToken X-JWT DB_PASSWORD
    Ocp-Apim-Subscription-Key password X-Amz-Signature x-functions-key
"""


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("value", ["hunter2", "Bearer hunter2", 12345])
def test_a_literal_under_the_name_of_a_secret_is_found(name, value):
    said = advice(name, value)
    assert said
    assert "${" in said
    assert str(value) not in said


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_a_secret_of_a_well_known_shape_is_found_under_any_name(value):
    for text in (value, f"key={value}", f"${{input.x}} {value}"):
        said = advice("X-Custom", text)
        assert said
        assert value not in said


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("Authorization", "Bearer hunter2", "write Bearer ${API_KEY} "),
        ("authorization", "basic dXNlcjpwYXNz", "write Basic ${API_KEY} "),
        ("Authorization", "hunter2", "write ${API_KEY} "),
        ("X-Vault-Token", "hunter2", "write ${VAULT_TOKEN} "),
        ("X-Custom", SHAPES["AWS"], "write ${CUSTOM} "),
        ("", SHAPES["AWS"], "write ${SECRET} "),
    ],
)
def test_the_advice_names_the_placeholder_to_write(name, value, written):
    assert written in str(advice(name, value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer ${API_KEY}"),
        ("Authorization", "${input.token}"),
        ("Authorization", "Token token=${API_KEY}"),
        ("Cookie", "session=${SESSION}; theme=dark"),
        ("X-Api-Key", "prefix-${API_KEY}"),
        ("X-Api-Key", ""),
        ("X-Api-Key", None),
        ("X-Require-Token", True),
    ],
)
def test_a_placeholder_or_nothing_is_no_literal_secret(name, value):
    assert advice(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "2c8b5a0e-4f7e-4b9f-8f43-9f9b6d7f0a11"),
        ("Accept-Language", "sk-SK, sk;q=0.9"),
        ("token_type", "bearer"),
        ("page_token", "CAUQAA"),
        ("nextPageToken", "CAUQAA"),
        ("max_tokens", 4096),
        ("sort_key", "name"),
        ("X-Request-Id", "a" * 64),
        ("X-Author", "somebody"),
        ("monkey", "bananas"),
        ("If-Match", '"eyJub3QiOiJhIGp3dCJ9"'),
    ],
)
def test_what_only_resembles_a_secret_passes(name, value):
    assert advice(name, value) is None


@pytest.mark.parametrize("piece", ["eyJ-", "eyJa.", "sk-", "AKIA", "xoxb-", "-----BEGIN ", "${", "Aa", "SG."])
def test_a_long_text_is_searched_in_a_moment(piece):
    text = piece * (4_000_000 // len(piece))
    started = time.process_time()
    advice(text, text)
    assert time.process_time() - started < 2
