"""Copies what this Airflow itself reads to another place, and then compares the two.

`probe.py` stands beside this file; `airbridge probe` printed it. It needs the program `airbridge` on
the PATH of the workers, and the credentials of the target in their environment.
"""

import datetime
import os

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

TARGET = os.environ.get("AIRBRIDGE_TARGET", "vault:airflow")

with DAG("airbridge_probe", schedule=None, start_date=datetime.datetime(2026, 1, 1), catchup=False):

    @task
    def copy():
        import probe

        # A task of Airflow 3 does not see descriptions that are stored in the metadata database.
        options = ["--allow-loss", "description", "--yes"]
        probe.pipe(["airbridge", "copy", "-?format=probe", TARGET, *options])

    @task
    def diff():
        import probe

        # Any exit code but 0 fails the task: 3 if something differs.
        probe.pipe(["airbridge", "diff", "-?format=probe", TARGET])

    copy() >> diff()
