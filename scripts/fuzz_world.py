"""Real resources for the fuzzer, so that operations by id are tried on something that is there.

Loaded by scripts/fuzz as schemathesis hooks: makes one of each resource (and a stock of those that get deleted), puts
their ids into three quarters of the cases, has the event stream end, and counts which operations were answered with success.
"""

import base64
import collections
import hashlib
import hmac
import json
import os
import random
import threading
import time
import urllib.error
import urllib.request

import schemathesis

URL = os.environ["SEGUE_FUZZ_URL"]
KEY = os.environ["SEGUE_FUZZ_KEY"]
SECRET = base64.b64encode(bytes(range(32))).decode()
WITH_REAL_IDS = 0.75
STOCK = 40

chance = random.Random(7)
lock = threading.Lock()
succeeded: collections.Counter = collections.Counter()
called: collections.Counter = collections.Counter()


def call(method, path, body=None, headers=None, raw=None):
    """The answer to a request of the API; fails where there is no success."""
    data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
    request = urllib.request.Request(URL + path, data=data, method=method)
    request.add_header("Authorization", f"Bearer {KEY}")
    request.add_header("Content-Type", "application/json")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"fuzz: {method} {path} answered {refused.code}: {refused.read().decode()}") from refused
    return json.loads(text) if text else None


def custom(number):
    return {"provider": "custom", "name": f"Reviews {number}",
            "account": {"namespace": f"reviews-{number}", "send_url": "http://127.0.0.1:9/out"},
            "secrets": {"signing_secret": f"whsec_{SECRET}"}}


def tell(connection, number, body):
    """A callback, signed by the Standard Webhooks spec."""
    raw, at, name = json.dumps(body).encode(), str(int(time.time())), f"cb_{number}"
    signed = f"{name}.{at}.".encode() + raw
    mac = base64.b64encode(hmac.new(base64.b64decode(SECRET), signed, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}
    call("POST", f"/callbacks/{connection}", raw=raw, headers=headers)


def first(path):
    """The first of a list, once it is there."""
    for _ in range(100):
        data = call("GET", path)["data"]
        if data:
            return data[0]
        time.sleep(0.1)
    raise SystemExit(f"fuzz: nothing came to {path}")


def make_world():
    """Ids by the word that stands before them in a path, and a stock of those that get deleted."""
    connection = call("POST", "/v1/connections", custom(0))["id"]
    call("POST", "/v1/connections", {
        "provider": "twilio", "name": "Texts", "secrets": {"auth_token": "t"},
        "account": {"account_sid": "AC00000000000000000000000000000001", "number": "+15005550006"}})
    webhook = call("POST", "/v1/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["*"]})["id"]
    complaints = [call("POST", "/v1/complaints", {
        "connection_id": connection, "id": f"p{number}", "text": "My card was charged twice and nobody answers",
        "identity": {"external_id": str(number), "name": "Ana"}}) for number in range(STOCK)]
    tell(connection, 1, {"type": "message.received", "id": "m1", "from": {"id": "0", "name": "Ana"}, "text": "Hello"})
    conversation = first("/v1/conversations")["id"]
    identities = [complaint["identity"]["id"] for complaint in complaints]
    links = [call("POST", "/v1/links", {"identity_ids": [identities[0], other], "reason": "The same order number"})["id"]
             for other in identities[1:6]]
    world = {
        "connections": connection, "webhooks": webhook, "conversations": conversation,
        "complaints": complaints[0]["id"], "identities": identities[0], "customers": complaints[0]["customer_id"],
        "messages": call("POST", f"/v1/conversations/{conversation}/messages", {"text": "On its way."})["id"],
        "deliveries": first(f"/v1/webhooks/{webhook}/deliveries")["id"],
        "handoffs": call("POST", f"/v1/complaints/{complaints[1]['id']}/handoffs", {"to": ["sms"]})["id"],
        "consents": call("POST", "/v1/consents", {
            "identity_id": identities[0], "purpose": "case.updates", "channel": "custom_dm", "method": "written",
            "granted_at": "2026-01-01T00:00:00Z", "evidence": "Form 4711"})["id"],
        "links": links[0],
    }
    stock = {
        "connections": [call("POST", "/v1/connections", custom(number))["id"] for number in range(1, 6)],
        "webhooks": [call("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:9/{n}", "events": ["*"]})["id"]
                     for n in range(5)],
        "links": links[1:],
        "keys": [call("POST", "/v1/keys", {"name": f"Thrown away {n}", "scopes": ["read"]})["id"] for n in range(5)],
        "identities": identities[10:20],
        "customers": [complaint["customer_id"] for complaint in complaints[20:30]],
    }
    return world, stock


WORLD, TO_DELETE = make_world()


def real_id(method, path):
    """An id for the resource that a path names; of those that a call takes away another one each time."""
    word = path.split("/")[2] if path.startswith("/v1/") else "connections" if path.startswith("/callbacks/") else ""
    if method.upper() == "DELETE":
        with lock:
            stock = TO_DELETE.get(word)
            return stock.pop() if stock else None
    return WORLD.get(word)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    for name in ("id", "connection_id"):
        if path_parameters and name in path_parameters and chance.random() < WITH_REAL_IDS:
            found = real_id(context.operation.method, context.operation.path)
            if found:
                path_parameters = {**path_parameters, name: found}
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    # By itself the stream never ends, and so would the run.
    if case.operation.path == "/v1/events/stream":
        case.query = {"wait_seconds": 0, **(case.query or {})}


@schemathesis.hook
def after_call(context, case, response):
    operation = f"{case.operation.method.upper()} {case.operation.path}"
    with lock:
        called[operation] += 1
        succeeded[operation] += 200 <= response.status_code < 400
        with open(os.environ["SEGUE_FUZZ_TALLY"], "w", encoding="utf-8") as tally:
            json.dump({"called": called, "succeeded": succeeded}, tally)
