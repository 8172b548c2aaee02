"""Runs all checks of scim2-tester against a server, and prints a line for each: status, resource type, check, reason."""

import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
client = SyncSCIMClient(Client(base_url=sys.argv[1], headers=headers, timeout=60))
for result in check_server(client, raise_exceptions=False):
    reason = (result.reason or "").replace("\n", " ")
    print(result.status.name, result.resource_type or "-", result.title, reason, sep="\t")
