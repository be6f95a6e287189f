"""Whatever a page shows or does, a program can have: every address of the pages has its counterpart under /api."""

from collections.abc import Mapping
from typing import Any

from scribe.web.api.openapi import whole
from scribe.web.app import create_app

ENCOUNTER = "/encounters/{encounter_id}"
SUMMARY = f"{ENCOUNTER}/summary"
SHEET = f"{SUMMARY}/{{language}}"

COUNTERPARTS: Mapping[str, str] = {
    "POST /sign-in": "POST /sign-in",
    "POST /sign-out": "DELETE /session",
    "GET /account": "GET /me/sessions",
    "POST /account/password": "POST /me/password",
    "POST /account/sessions/end-others": "DELETE /me/sessions",
    "POST /account/sessions/{session_id}/end": "DELETE /me/sessions/{session_id}",
    "GET /keys": "GET /me/preferences",
    "POST /keys": "PUT /me/preferences",
    "POST /keys/standard": "PUT /me/preferences",
    "POST /appearance": "PUT /me/preferences",
    "GET /accounts": "GET /accounts",
    "POST /accounts": "POST /accounts",
    "POST /accounts/{account_id}/password": "POST /accounts/{account_id}/password",
    "POST /accounts/{account_id}/unlock": "POST /accounts/{account_id}/unlock",
    "POST /accounts/{account_id}/disable": "POST /accounts/{account_id}/disable",
    "POST /accounts/{account_id}/enable": "POST /accounts/{account_id}/enable",
    "GET /audit": "GET /audit",
    "POST /audit/search": "POST /audit/search",
    "POST /audit/check": "POST /audit/check",
    "GET /audit/export": "GET /audit/export",
    "GET /encounters": "GET /encounters",
    "GET /encounters/rows": f"GET {ENCOUNTER}",
    "POST /encounters/search": "POST /encounters/search",
    "GET /visits/new": "GET /admission",
    "POST /visits/new": "POST /encounters",
    f"GET {ENCOUNTER}/visit": f"GET {ENCOUNTER}",
    f"POST {ENCOUNTER}/consent": f"POST {ENCOUNTER}/consents",
    f"POST {ENCOUNTER}/withdrawal": f"POST {ENCOUNTER}/consents",
    f"POST {ENCOUNTER}/close": f"POST {ENCOUNTER}/close",
    f"POST {ENCOUNTER}/reopen": f"POST {ENCOUNTER}/reopen",
    f"GET {ENCOUNTER}": f"GET {ENCOUNTER}/draft",
    f"GET {ENCOUNTER}/pieces": f"GET {ENCOUNTER}/draft",
    f"POST {ENCOUNTER}/edits": f"POST {ENCOUNTER}/draft/edits",
    f"GET {ENCOUNTER}/versions": f"GET {ENCOUNTER}/draft/versions",
    f"GET {ENCOUNTER}/audio": f"GET {ENCOUNTER}/audio",
    f"POST {ENCOUNTER}/presence": f"POST {ENCOUNTER}/presence",
    f"GET {ENCOUNTER}/transcript/lines": f"GET {ENCOUNTER}/transcript",
    f"GET {ENCOUNTER}/transcript/versions": f"GET {ENCOUNTER}/transcript/versions",
    f"POST {ENCOUNTER}/transcript/edits": f"POST {ENCOUNTER}/transcript/edits",
    f"POST {ENCOUNTER}/stale": f"POST {ENCOUNTER}/draft/stale",
    f"GET {ENCOUNTER}/sign": f"GET {ENCOUNTER}/sign",
    f"POST {ENCOUNTER}/sign": f"POST {ENCOUNTER}/sign",
    f"GET {ENCOUNTER}/note": f"GET {ENCOUNTER}/note",
    f"GET {ENCOUNTER}/note/compare": f"GET {ENCOUNTER}/note/compare",
    f"GET {ENCOUNTER}/note/document": f"GET {ENCOUNTER}/note/versions/{{version}}",
    f"GET {ENCOUNTER}/note/key": f"GET {ENCOUNTER}/note/key",
    f"GET {ENCOUNTER}/note/access": f"GET {ENCOUNTER}/note/access",
    f"GET {ENCOUNTER}/amendment": f"GET {ENCOUNTER}/amendment",
    f"POST {ENCOUNTER}/amendment": f"POST {ENCOUNTER}/amendment",
    f"POST {ENCOUNTER}/amendment/reason": f"POST {ENCOUNTER}/amendment/reason",
    f"POST {ENCOUNTER}/amendment/abandon": f"POST {ENCOUNTER}/amendment/abandon",
    f"GET {ENCOUNTER}/retraction": f"GET {ENCOUNTER}/note",
    f"POST {ENCOUNTER}/retraction": f"POST {ENCOUNTER}/retraction",
    "GET /deliveries": "GET /deliveries",
    "GET /deliveries/rows": "GET /deliveries",
    "POST /deliveries/{outbox_id}/replay": "POST /deliveries/{delivery_id}/replay",
    "POST /deliveries/{outbox_id}/set-aside": "POST /deliveries/{delivery_id}/set-aside",
    f"GET {ENCOUNTER}/deliveries/{{outbox_id}}/changed": f"GET {ENCOUNTER}/deliveries/{{delivery_id}}/changed",
    f"POST {ENCOUNTER}/deliveries/{{outbox_id}}/changed": "POST /deliveries/{delivery_id}/replay",
    "GET /summaries": "GET /summaries",
    f"GET {SUMMARY}": f"GET {SUMMARY}",
    f"GET {SHEET}": f"GET {SHEET}/parts",
    f"GET {SHEET}/preview": f"GET {SHEET}/preview",
    f"GET {SHEET}/paper": f"GET {SHEET}/preview",
    f"GET {SHEET}/preview.pdf": f"GET {SHEET}/preview",
    f"GET {SHEET}/sheet": f"GET {SHEET}",
    f"GET {SHEET}/sheet.pdf": f"GET {SHEET}/sheet.pdf",
    f"POST {SHEET}/withhold": f"PUT {SHEET}/parts",
    f"POST {SHEET}/approve": f"POST {SHEET}/approval",
    f"POST {SHEET}/withdraw": f"DELETE {SUMMARY}",
    f"POST {SHEET}/links": f"POST {ENCOUNTER}/shares",
    f"POST {SHEET}/links/{{link_id}}/revoke": f"DELETE {ENCOUNTER}/shares/{{share_id}}",
    f"GET {ENCOUNTER}/rewritings/{{rewriting_id}}": f"GET {ENCOUNTER}/rewritings/{{rewriting_id}}",
    f"POST {ENCOUNTER}/numbers": f"PUT {ENCOUNTER}/numbers",
    f"POST {ENCOUNTER}/same-visits/{{doubt_id}}": f"POST {ENCOUNTER}/same-visits/{{doubt_id}}",
    "GET /style": "GET /style",
    "POST /style/wordings": "POST /style",
    "POST /style/wordings/{rule_id}": "PUT /style/{rule_id}",
    "POST /style/rules/{rule_id}/{act}": "POST /style/{rule_id}/state",
    "POST /style/orders/{template}": "POST /style",
    "POST /style/templates/{setting}": "POST /style",
    "GET /quality": "GET /quality",
}
"""Page by page, the address below ``/api``."""
EXCEPTIONS: Mapping[str, str] = {
    "GET /": "sends a browser to where its role begins",
    "GET /sign-in": "the form of what POST /api/sign-in does",
    "GET /events": "is for programs as it is: server-sent events in JSON",
    f"GET {ENCOUNTER}/events": "is for programs as it is: server-sent events in JSON",
    f"POST {ENCOUNTER}/dictation": "sound of the browser that somebody speaks into",
    f"POST {SHEET}/sheet.pdf": "prints the address just shown; programs print what POST …/shares gives",
    "GET /p/{token}": "for patients, who have no account",
    "POST /p/{token}": "for patients, who have no account",
    "GET /p/{token}/{language}": "for patients, who have no account",
}


def test_every_page_has_its_counterpart(clinic: Any) -> None:
    document = whole(create_app(clinic.service))["paths"]
    found = {f"{method.upper()} {path}" for path, methods in document.items() for method in methods}
    pages = {one for one in found if "/api/" not in one and not one.endswith("/health")}
    machines = {one.replace(" /api", " ") for one in found if " /api/" in one}
    assert pages - set(COUNTERPARTS) - set(EXCEPTIONS) == set(), "a page that programs cannot have"
    assert set(COUNTERPARTS) | set(EXCEPTIONS) == pages, "an entry whose page is gone"
    assert set(COUNTERPARTS.values()) - machines == set(), "an operation that is not there"
    assert not set(COUNTERPARTS) & set(EXCEPTIONS)
