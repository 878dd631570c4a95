"""Log records as lines of text."""

import logging
import subprocess
import sys

import pytest

from baseshift.logs import EventFormatter


def line(name: str = "apps.pods.loop", **extra: object) -> str:
    record = logging.makeLogRecord({"name": name, "msg": "pod_failed", "levelname": "INFO", **extra})
    return EventFormatter("%(levelname)s %(name)s: %(message)s").format(record)


def test_what_an_event_carries_follows_its_name():
    assert line(pod="default-x7", attempt=2) == "INFO apps.pods.loop: pod_failed pod=default-x7 attempt=2"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("exit status 1", '"exit status 1"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("a\nb\r\tc", r'"a\nb\r\tc"'),
        ("\x1b[2J", r'"\u001b[2J"'),
        ("\x85\u2028\u202e", r'"\x85\u2028\u202e"'),
        ("\\n", r'"\\n"'),
        ("naïve→", "naïve→"),
    ],
)
def test_no_value_can_pass_for_another_line_or_field(value: str, written: str):
    assert line(error=value).partition(" error=")[2] == written


def test_what_libraries_hang_onto_their_records_is_left_out():
    assert line("django.request", request="<WSGIRequest>") == "INFO django.request: pod_failed"


def test_an_executor_writes_the_same_without_djangos_settings():
    script = (
        "import logging, sys\n"
        "from baseshift.celery import app\n"
        "app.log.setup(loglevel='INFO', redirect_stdouts=False)\n"
        "logging.getLogger('apps.workflows.executor.process').info('job_hung', extra={'job_id': 'a\\nb'})\n"
        "assert 'django.conf' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1].partition("] ")[2]) == (0, r'job_hung job_id="a\nb"'), done
