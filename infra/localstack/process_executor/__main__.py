"""Run LocalStack with the process executor: `python -m process_executor`.

GATEWAY_LISTEN says where it listens, LOCALSTACK_HOST by which name and port it is asked, LAMBDA_RUNTIME_CLIENT where
Lambda's runtime client is.
"""

from __future__ import annotations

import os

SETTINGS = {
    "LAMBDA_RUNTIME_EXECUTOR": "process",
    "RUNTIME_COMPONENTS": "process",
    # it asks nothing of the internet
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "DNS_ADDRESS": "0",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main() -> None:
    """Set what this LocalStack always has, and run it: it reads its settings as it is imported."""
    os.environ |= SETTINGS
    from localstack.runtime.main import main as run

    run()


if __name__ == "__main__":
    main()
