"""The application: routes, errors and headers, wired in order."""

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from scribe.store.changes import Changes
from scribe.web import api, failures
from scribe.web.api.openapi import describe
from scribe.web.borders import Bordered
from scribe.web.compression import Compressed
from scribe.web.events import Broadcaster
from scribe.web.headers import Guarded
from scribe.web.pages import ASSETS
from scribe.web.presence import Presences
from scribe.web.routes import (
    account,
    accounts,
    audit,
    deliveries,
    devices,
    dictation,
    events,
    frame,
    handouts,
    health,
    patient,
    presence,
    review,
    revisions,
    sign_in,
    signed_documents,
    signing,
    style,
    summary,
    transcript,
    visit_numbers,
    visits,
    worklist,
)
from scribe.web.service import Service


def create_app(service: Service) -> FastAPI:
    """The whole service over ``service``; the interactive API pages are left out, as they load foreign scripts."""
    app = FastAPI(title="Clinical Scribe", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.openapi = describe(app)  # type: ignore[method-assign]
    app.state.service = service
    app.state.presences = Presences(service.store)
    app.state.events = Broadcaster(Changes(service.store))
    if service.settings.known_hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=service.settings.known_hosts, www_redirect=False)
    app.add_middleware(Bordered)
    app.add_middleware(Compressed)
    app.add_middleware(Guarded)
    failures.install(app)
    pages = (
        sign_in,
        account,
        accounts,
        audit,
        frame,
        events,
        worklist,
        visits,
        visit_numbers,
        review,
        transcript,
        dictation,
        presence,
        signing,
        revisions,
        signed_documents,
        deliveries,
        summary,
        handouts,
        patient,
        style,
    )
    for module in (health, *pages, api, devices):
        app.include_router(module.router)
    app.mount("/static", ASSETS, name="static")
    return app
