"""What a test wants to know of the probe in tasks of a real Airflow. `PROBE_OUT` is a folder for the answers."""

import datetime
import os
import subprocess
import sys

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task
    from airflow.operators.bash import BashOperator

OUT = os.environ["PROBE_OUT"]
HERE = os.path.dirname(os.path.abspath(__file__))
IDS = os.environ["PROBE_IDS"].split()


class Failing:
    """The channel of a task whose API server fails, which no server does on request."""

    def __init__(self, comms, error):
        self.comms, self.error = comms, error

    def __getattr__(self, name):
        return getattr(self.comms, name)

    def send(self, message, *more, **named):
        from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse

        if type(message).__name__ in ("GetConnection", "GetVariable"):
            error = ErrorResponse(error=ErrorType[self.error], detail={"message": "made up"})
            if self.error == "PERMISSION_DENIED":
                return error
            raise AirflowRuntimeError(error)
        return self.comms.send(message, *more, **named)


with DAG("probe_checks", schedule="@once", start_date=datetime.datetime(2026, 1, 1), catchup=False):

    @task
    def ask():
        import probe

        kept = os.path.join(OUT, "entries.jsonl")
        probe.pipe(["sh", "-c", "cat > %s" % kept], IDS)
        with open(os.path.join(OUT, "file.jsonl"), "wb") as out:
            probe.write(out, ["var:meta/var"])
        runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
        for error in ("API_SERVER_ERROR", "PERMISSION_DENIED") if runner else ():
            comms, runner.SUPERVISOR_COMMS = runner.SUPERVISOR_COMMS, Failing(runner.SUPERVISOR_COMMS, error)
            try:
                with open(os.path.join(OUT, error + ".jsonl"), "wb") as out:
                    probe.write(out, ["conn:env_db", "conn:meta_db", "var:meta_var"])
            finally:
                runner.SUPERVISOR_COMMS = comms
        answers = open(os.path.join(OUT, "answers.txt"), "w")

        def say(name, text):
            answers.write("%s: %s\n" % (name, str(text).replace("\n", " ")))

        for name, ask in {
            "log": lambda: probe.write(sys.stdout, ["conn:meta_db"]),
            "echo": lambda: probe.pipe(["cat"], ["conn:meta_db"]),
            "id": lambda: probe.pipe(["true"], ["pool:x"]),
        }.items():
            try:
                ask()
                say(name, "no error")
            except probe.ProbeError as error:
                say(name, error)
        script = [sys.executable, os.path.join(HERE, "probe.py"), "conn:env_db"]
        child = subprocess.run(script, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        say("child", "%d, %d lines, %s" % (child.returncode, child.stdout.count("\n"), child.stderr[-300:]))
        for name, command in {
            "stdin": ["airbridge", "list", "-?format=dotenv"],
            "ids": ["airbridge", "list", "env:", "--ids", "-"],
        }.items():
            child = subprocess.run(command, capture_output=True, text=True, timeout=20)
            say(name, "%d, %s" % (child.returncode, child.stderr))
        command = ["airbridge", "list", "airflow-db:", "--only", "variables", "--ids-only"]
        child = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        say("database", "%d, %s %s" % (child.returncode, child.stdout, child.stderr))
        say("done", "yes")
        answers.close()

    @task
    def shadowed():
        import probe

        probe.pipe(["airbridge", "diff", "-?format=probe", os.environ["PROBE_ELSEWHERE"]], ["conn:shadowed"])

    script = os.path.join(HERE, "probe.py")
    log = BashOperator(task_id="log", bash_command="%s %s conn:env_db; echo ended with $?" % (sys.executable, script))
    ask() >> shadowed()
