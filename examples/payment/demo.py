"""``make demo``: payments on the whole stack, against a payment gateway on this machine."""

import argparse
import os
import secrets
import signal
import sys
import time
from datetime import timedelta

import django
import httpx
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core import env
from apps.stack.readiness import port_is_free
from examples.payment import follow
from examples.payment.gateway import PaymentGateway
from examples.payment.stack_process import HOST, StackEnded, StackProcess

TEMPLATES = "examples/payment/templates"
TEMPLATE_ID = "payment_gateway_demo"
ADMIN = "admin"
READY_SECONDS = 300.0
RUN_SECONDS = 120.0
LOOK_SECONDS = 0.5
# For one answer, on a machine that does much else.
ANSWER_SECONDS = 60.0


def main() -> int:
    options = _options()
    for number in (signal.SIGTERM, signal.SIGINT):
        # SIGINT, too: a shell has those that it starts in the background ignore it.
        signal.signal(number, signal.default_int_handler)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baseshift.settings.dev")
    if not port_is_free(HOST, options.port):
        # Whoever answers there would be taken for our stack.
        print(f"Port {options.port} is taken by another program: end it, or choose another with PORT=", file=sys.stderr)
        return 1
    try:
        return _demo(options.port, once=options.once)
    except (StackEnded, follow.NotEnded, httpx.HTTPError, CommandError) as error:
        print(f"\nThe demo failed: {type(error).__name__}\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _demo(port: int, *, once: bool) -> int:
    log = env.var_dir() / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(16)
    with PaymentGateway(key) as gateway:
        print(f"Starting the stack (its output: {log})", flush=True)
        stack = StackProcess(port, log, _environment(gateway))
        try:
            stack.wait_until_ready(READY_SECONDS)
            succeeded = _run_payments(stack, gateway)
            if not once:
                _serve(stack)
        finally:
            # A further Ctrl-C would leave the rest to the kernel.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            stack.stop()
    return 0 if succeeded else 1


def _environment(gateway: PaymentGateway) -> dict[str, str]:
    """The gateway's address and key as secrets of the executors, which may connect to it alone."""
    allowed = ",".join([*env.items("EGRESS_ALLOW"), gateway.address])
    secret = {"PAYMENT_GATEWAY": f"http://{gateway.address}", "API_KEY": gateway.key}
    return {"EGRESS_ALLOW": allowed, **{f"BASESHIFT_SECRET_{name}": value for name, value in secret.items()}}


def _run_payments(stack: StackProcess, gateway: PaymentGateway) -> bool:
    """Show the payments from start to end. Whether each came to what it should."""
    # Not before: the settings ask where the stack has put its Redis.
    django.setup()
    password_shown, token = _admin()
    print(f"Ready. The payment gateway listens on http://{gateway.address}\n", flush=True)
    call_command("import_templates", TEMPLATES, owner=ADMIN)
    payments = follow.payments()
    print("\nThree payments:")
    for payment in payments:
        print(f"  {payment.label:<9} {payment.remark}")
    print()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.url, headers=headers, trust_env=False, timeout=ANSWER_SECONDS) as client:
        follow.start(client, TEMPLATE_ID, payments)
        follow.follow(client, payments, RUN_SECONDS)
    print("\nWhat came of them:")
    for payment in payments:
        print(follow.outcome(payment))
    print(f"\nAdmin: {stack.url}/admin/   user: {ADMIN}   password: {password_shown}", flush=True)
    return all(payment.is_as_wanted for payment in payments)


def _admin() -> tuple[str, str]:
    """A superuser with a known password: how to show the password, and an API token for today."""
    # Models can be imported once Django is set up.
    from apps.core.models import ApiToken, User

    given = env.text("DJANGO_SUPERUSER_PASSWORD")
    password = given or secrets.token_urlsafe(9)
    user, _ = User.objects.get_or_create(username=ADMIN)
    user.is_active = user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()
    _, token = ApiToken.issue(user, name="demo", expires_at=timezone.now() + timedelta(days=1))
    return "as in DJANGO_SUPERUSER_PASSWORD" if given else password, token


def _serve(stack: StackProcess) -> None:
    """Until Ctrl-C. Raises :class:`StackEnded` if the stack ends by itself."""
    print("Serving until Ctrl-C.", flush=True)
    try:
        while stack.runs:
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
        return
    raise StackEnded(stack.last_words())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Payments on the whole stack")
    parser.add_argument("--port", type=int, default=8000, help="where the admin is served")
    parser.add_argument("--once", action="store_true", help="stop after the run; exit 0 if all came out as they should")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
