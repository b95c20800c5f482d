"""A run that ends failed tells someone: an automation on the Prefect server that posts to a webhook."""

import datetime as dt
import json
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

NAME = "milspend-alert"
FLOWS = ["news", "again"]
TEXT = "milspend: {{ flow_run.name }} is {{ flow_run.state.name }}: {{ flow_run.state.message }}"
"""What is said; Prefect fills in the run."""


class BadAddress(Exception):
    """An address that nothing can be posted to; the message is one line for a person."""


def check(url: str) -> None:
    """Nothing, where something can be posted to `url`.

    Raises:
        BadAddress: it is no address of the web.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise BadAddress(f"{url}: not an address that begins with http:// or https://")


def arrange(url: str) -> None:
    """From now on the server posts ``{"text": ...}`` to `url` for each run that fails or crashes; an older one goes."""
    from prefect.automations import Automation
    from prefect.blocks.webhook import Webhook
    from prefect.client.orchestration import get_client
    from prefect.events.actions import CallWebhook
    from prefect.events.schemas.automations import EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification
    from prefect.types import SecretDict
    from pydantic import SecretStr

    block = Webhook(url=SecretStr(url), headers=SecretDict({"Content-Type": "application/json"}))
    document = cast(UUID, block.save(NAME, overwrite=True))
    trigger = EventTrigger(
        expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": FLOWS}),
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
        within=dt.timedelta(0),
    )
    with get_client(sync_client=True) as client:
        for former in client.read_automations_by_name(NAME):
            client.delete_automation(former.id)
    action = CallWebhook(block_document_id=document, payload=json.dumps({"text": TEXT}))
    Automation(
        name=NAME, description="Tells of a run that failed or crashed", trigger=trigger, actions=[action]
    ).create()
