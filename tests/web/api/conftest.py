"""Machines that are signed in over the API."""

from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.store.permissions import Role
from tests.web.conftest import LOGIN, PASSWORD


@dataclass
class Machine:
    """A program with a session: every change carries its proof."""

    client: TestClient
    csrf: str

    def get(self, address: str, **more: Any) -> Response:
        return self.client.get(f"/api{address}", **more)

    def post(self, address: str, wish: object = None) -> Response:
        return self.client.post(f"/api{address}", json=wish, headers={"x-csrf-token": self.csrf})

    def delete(self, address: str) -> Response:
        return self.client.delete(f"/api{address}", headers={"x-csrf-token": self.csrf})


def machine(client: TestClient, login: str = LOGIN, password: str = PASSWORD) -> Machine:
    """Signed in as somebody."""
    answer = client.post("/api/sign-in", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return Machine(client, answer.json()["csrf"])


@pytest.fixture
def physician(clinic: Any) -> Machine:
    return machine(clinic.client())


def somebody(clinic: Any, role: Role) -> Machine:
    """Somebody of another role of the same hospital."""
    create_account(clinic.store, clinic.hospital_id, login=role, password=PASSWORD, role=role, name="아무개")
    return machine(clinic.client(), role)
