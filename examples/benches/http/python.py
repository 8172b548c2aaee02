"""scim2-server's own store in memory behind waitress, with one bearer token: `python.py PORT TOKEN`."""

import logging
import sys

import waitress
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider

# It would tell of each request that waits.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
provider = load_default_provider()
app = BearerTokenApplication(
    InMemoryStorage(), provider, service=ScimService(provider, secret="of a benchmark"), bearer_tokens=[sys.argv[2]]
)
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4, clear_untrusted_proxy_headers=True)
