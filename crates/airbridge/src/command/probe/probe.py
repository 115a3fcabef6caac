"""What Airflow itself reads, for airbridge. Printed by `airbridge probe`.

It needs Airflow 2.11 or 3, and nothing else. In a task (`@task` or `PythonOperator`):

    import probe

    probe.pipe(["airbridge", "copy", "-?format=probe", "vault:airflow", "--yes"])

In a process that is not a task, or in any process of Airflow 2.11:

    python probe.py > entries.jsonl       # holds values in clear: give it a folder of its own

It writes JSON lines: a header, one line for each entry, and a last line with their number. The
values are in clear, so they go to a pipe or a file, never to a terminal or to a log.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import warnings

# conn:ID, var:KEY, config:KEY. conn:* and var:* stand for all that can be listed where this runs.
IDS = []

FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")
KINDS = {"conn": "connection", "var": "variable", "config": "config"}
PLACES = {
    "EnvironmentVariablesBackend": "environment",
    "MetastoreBackend": "metastore",
    "ExecutionAPISecretsBackend": "execution-api",
}
TASK_RUNNER = "airflow.sdk.execution_time.task_runner"
DENIED = "AirflowSecretsBackendAccessDenied"


class ProbeError(Exception):
    """A sentence for the user. It never has a value."""


def pipe(command, ids=None, check=True):
    """Runs a command with the entries on its standard input, and prints what it printed.

    `ids` replaces the entries that the probe was printed with. Returns the exit status of the
    command; with `check`, any but 0 is an error, so that the task fails.
    """
    lines = Probe().lines(IDS if ids is None else ids)
    head = encoded(next(lines))
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    printed = []
    reader = threading.Thread(target=lambda: printed.append(child.stdout.read()), daemon=True)
    reader.start()
    try:
        child.stdin.write(head)
        for line in lines:
            child.stdin.write(encoded(line))
        child.stdin.flush()
    except BrokenPipeError:
        pass  # the command has ended, and says why
    finally:
        # Without its last line, the command does not accept what it got.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        status = child.wait()
        reader.join()
        child.stdout.close()
    output = b"".join(printed)
    if head.strip() in output:
        raise ProbeError("the command printed the entries, so its output is not shown here")
    print(output.decode("utf-8", "replace"))
    if check and status != 0:
        raise ProbeError("%s ended with exit code %s" % (os.path.basename(command[0]), status))
    return status


def write(out, ids=None):
    """Writes the entries to a binary file that is no terminal and no log."""
    if out in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) or is_shown(out):
        raise ProbeError("the entries are not written to a terminal or a log; use a pipe or a file")
    for line in Probe().lines(IDS if ids is None else ids):
        out.write(encoded(line))
    out.flush()


def is_shown(out):
    """Whether what is written to a file is shown to people."""
    try:
        descriptor = out.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return os.isatty(descriptor) or descriptor in (1, 2)


def encoded(line):
    return json.dumps(line).encode("ascii") + b"\n"


class Probe:
    """Asks each place that Airflow asks, in Airflow's order."""

    def __init__(self):
        self.comms = getattr(sys.modules.get(TASK_RUNNER), "SUPERVISOR_COMMS", None)
        self.in_task = self.comms is not None  # in a task of Airflow 3
        refuse_child_of_task(self.in_task)
        self.lost = {}  # places that cannot be asked at all, with the class of the error
        self.checked = set()
        self.keys = None
        with quiet():
            self.load()

    def load(self):
        try:
            import airflow

            self.version = airflow.__version__
            if self.in_task:
                from airflow.sdk import Connection, Variable
                from airflow.sdk.execution_time import supervisor

                self.read_connection, self.read_variable = Connection.get, Variable.get
                backends = supervisor.ensure_secrets_backend_loaded()
            else:
                from airflow.configuration import ensure_secrets_loaded
                from airflow.models import Connection, Variable

                self.read_connection = Connection.get_connection_from_secrets
                self.read_variable = Variable.get
                backends = ensure_secrets_loaded()
        except ImportError as error:
            raise ProbeError(
                "%s cannot import Airflow (%s); use the Python that Airflow runs with"
                % (sys.executable, type(error).__name__)
            ) from None
        except Exception as error:
            raise ProbeError("Airflow cannot start here: %s" % type(error).__name__) from None
        self.variable_class = Variable
        self.places = [(PLACES.get(type(b).__name__, "backend"), b) for b in backends]
        if self.in_task and not any(place == "execution-api" for place, _ in self.places):
            self.places.append(("execution-api", None))  # Airflow 3.0 asks it after the list

    def header(self):
        classes = [type(b) for place, b in self.places if place == "backend"]
        is_task = self.in_task or "AIRFLOW_CTX_TASK_ID" in os.environ
        return {
            "probe": 1,
            "airflow": self.version,
            "context": "task" if is_task else "process",
            "reader": "sdk" if self.in_task else "core",
            "sources": [place for place, _ in self.places],
            "backend": "%s.%s" % (classes[0].__module__, classes[0].__name__) if classes else None,
        }

    def lines(self, wanted):
        """The header, a line for each entry, and the last line."""
        with quiet():
            todo, listed, not_listed = self.todo(wanted)
            head = self.header()
            if listed:
                head["listed"] = listed
            if not_listed:
                head["not_listed"] = not_listed
        yield head
        for kind, key in todo:
            with quiet():
                line = self.entry(kind, key)
            yield line
        yield {"end": len(todo)}

    def todo(self, wanted):
        """The entries, each once, and what was listed for the stars."""
        todo, listed, not_listed = {}, {}, {}
        for item in wanted:
            kind, _, key = item.partition(":")
            if kind not in KINDS or not key:
                raise ProbeError("not an entry: %r; write conn:ID, var:KEY or config:KEY" % item)
            if key != "*":
                todo[(kind, key)] = None
        for kind in ("conn", "var"):
            if kind + ":*" in wanted:
                ids, places, failed = self.listing(kind)
                listed[KINDS[kind]] = places
                if failed:
                    not_listed[KINDS[kind]] = failed
                known = {key.upper() for of_kind, key in todo if of_kind == kind}
                for key in sorted(ids):
                    # The name of an environment variable does not tell the case of the id.
                    if not ids[key] or key.upper() not in known:
                        todo[(kind, key)] = None
        if "config:*" in wanted:
            raise ProbeError("config options cannot be listed; name them as config:KEY")
        return list(todo), listed, not_listed

    def listing(self, kind):
        """({id: whether its case is a guess}, places, {place: why it was not listed})"""
        prefix = "AIRFLOW_CONN_" if kind == "conn" else "AIRFLOW_VAR_"
        ids, places, failed = {}, ["environment"], {}
        if any(place == "backend" for place, _ in self.places):
            failed["backend"] = "cannot-list"
        try:
            stored = None
            if not self.in_task:
                stored = self.stored_ids(kind)
            elif kind == "var":
                stored = self.stored_keys()
            if stored is None:
                failed["metastore"] = "cannot-list"
            else:
                ids.update((key, False) for key in stored)
                places.append("metastore")
        except Exception as error:
            failed["metastore"] = type(error).__name__
        stored = {key.upper() for key in ids}
        for name in os.environ:
            key = name[len(prefix) :]
            if name.startswith(prefix) and key and key.upper() not in stored and is_text(key):
                ids[key.lower()] = True
        return ids, places, failed

    def stored_ids(self, kind):
        from airflow.models import Connection, Variable
        from airflow.utils.session import create_session

        column = Connection.conn_id if kind == "conn" else Variable.key
        with create_session() as session:
            return [row[0] for row in session.query(column)]

    def stored_keys(self):
        """The keys of the variables that the metadata database has, or None before Airflow 3.3."""
        if self.keys is None and hasattr(self.variable_class, "keys"):
            self.keys = set(self.variable_class.keys())
        return self.keys

    def entry(self, kind, key):
        line = {"kind": KINDS[kind], "id": key}
        found, raised, not_asked = [], {}, {}
        for place, backend in self.places:
            if place in self.lost:
                not_asked[place] = self.lost[place]
                continue
            what, answer = self.ask(place, backend, kind, key)
            if what == "found":
                found.append((place, answer))
            elif what == "raised":
                raised[place] = answer
                if answer == DENIED and not found:
                    break  # Airflow asks no other place then
            elif what == "not-asked":
                not_asked[place] = answer
        if found:
            place, answer = found[0]
            line["source"] = place
            line.update(answer)
            also = [{"source": p, "same": same(answer, a)} for p, a in found[1:]]
            if also:
                line["also"] = also
            order = [p for p, _ in self.places]
            earlier = order[: order.index(place)]
            before = {p: why for p, why in raised.items() if p in earlier}
            if before:
                line["raised"] = before
            else:
                self.check(kind, key, place, answer)
            self.hide(kind, key, answer)
            return line
        if raised or not_asked:
            line["error"] = "unreadable"
            if raised:
                line["raised"] = raised
            if not_asked:
                line["not_asked"] = not_asked
        else:
            line["error"] = "missing"
        return line

    def ask(self, place, backend, kind, key):
        """("found", answer), ("none", None), ("raised", why) or ("not-asked", why)"""
        try:
            if place == "execution-api":
                return self.ask_api(kind, key)
            if kind == "conn":
                conn = backend.get_connection(conn_id=key)
                if not conn:
                    return "none", None
                conn.get_uri()  # as Airflow's own reader does, which fails if this fails
                answer = {"fields": {field: getattr(conn, field) for field in FIELDS}}
            elif kind == "var":
                value = backend.get_variable(key=key)
                description = None
                if place == "metastore":
                    row = self.stored_variable(key)
                    if value is None and row is not None:
                        return "raised", "no-value"
                    description = row[0] if row else None
                answer = {"value": value, "description": description}
            else:
                answer = {"value": backend.get_config(key=key)}
            if answer.get("value", "") is None:
                return "none", None
            return checked(answer)
        except Exception as error:
            why = type(error).__name__
            if why in ("InvalidToken", "InvalidFernetToken"):
                return "raised", "no-value"
            if place == "metastore" and is_lost(error):
                self.lost[place] = why  # no database here: it is not asked again
                return "not-asked", why
            return "raised", why

    def stored_variable(self, key):
        from airflow.models import Variable
        from airflow.utils.session import create_session

        with create_session() as session:
            return session.query(Variable.description).filter(Variable.key == key).first()

    def ask_api(self, kind, key):
        """Asks the Execution API itself: Airflow's own reader takes a failure for an answer."""
        if kind == "config":
            return "none", None
        if kind == "conn" and "/" in key:
            return "not-asked", "slash-in-id"
        if not hasattr(self.comms, "send"):
            return self.ask_reader(kind, key)
        from airflow.sdk.execution_time.comms import GetConnection, GetVariable

        try:
            question = GetConnection(conn_id=key) if kind == "conn" else GetVariable(key=key)
            answer = self.comms.send(question)
        except Exception as error:
            answer = getattr(error, "error", None)
            if answer is None:
                raise
        error = getattr(answer, "error", None)
        if error is not None:
            why = getattr(error, "name", None) or str(error)
            if not why.endswith("_NOT_FOUND"):
                return "raised", DENIED if why == "PERMISSION_DENIED" else why
            return self.unless_stored(kind, key)
        if kind == "var":
            value = answer.value
            return checked({"value": value}) if value is not None else ("none", None)
        # It does not carry the description, so that is unknown.
        names = [field for field in FIELDS if field != "description"]
        fields = {field: getattr(answer, field, None) for field in names}
        fields["schema"] = getattr(answer, "schema_", None)
        return checked({"fields": fields})

    def ask_reader(self, kind, key):
        """Airflow 3.0: only the reader as a whole can be asked."""
        try:
            own = self.own(kind, key)
        except Exception as error:
            why = getattr(getattr(getattr(error, "error", None), "error", None), "name", "")
            if why.endswith("_NOT_FOUND") or "NotFound" in type(error).__name__:
                return "none", None
            raise
        own.get("fields", own).pop("description", None)
        return checked(own)

    def unless_stored(self, kind, key):
        """A variable that is listed and not found has a value that no key opens."""
        if kind == "var":
            try:
                if key in (self.stored_keys() or ()):
                    return "raised", "no-value"
            except Exception as error:
                return "not-asked", type(error).__name__
        return "none", None

    def own(self, kind, key):
        """What Airflow's own reader returns."""
        if kind == "var":
            return {"value": self.read_variable(key)}
        conn = self.read_connection(key)
        return {"fields": {field: getattr(conn, field) for field in FIELDS}}

    def check(self, kind, key, place, answer):
        """Compares the first answer of each place with that of Airflow's own reader."""
        if kind == "config" or (kind, place) in self.checked:
            return
        self.checked.add((kind, place))
        try:
            is_same = same(answer, self.own(kind, key))
        except Exception:
            is_same = False
        if not is_same:
            raise ProbeError(
                "Airflow's own reader returned something else for %s:%s; if the entry was not "
                "changed at this moment, the probe does not know this Airflow (%s)"
                % (kind, key, self.version)
            )

    def hide(self, kind, key, answer):
        """Registers the values with Airflow's masker, as Airflow's own reader does."""
        if "AIRFLOW_CTX_TASK_ID" not in os.environ and not self.in_task:
            return
        try:
            from airflow.sdk.log import mask_secret
        except ImportError:
            try:
                from airflow.sdk.execution_time.secrets_masker import mask_secret
            except ImportError:
                from airflow.utils.log.secrets_masker import mask_secret
        for field in ("password", "extra"):
            if answer.get("fields", {}).get(field):
                mask_secret(answer["fields"][field])
        if answer.get("value") is not None:
            mask_secret(answer["value"], key)


def refuse_child_of_task(in_task):
    url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "")
    if url.startswith("airflow-db-not-allowed:") and not in_task:
        raise ProbeError(
            "this process was started by a task of Airflow 3, and Airflow cannot run here; "
            "import the probe in the task itself (@task or PythonOperator) and call "
            "probe.pipe([...])"
        )


@contextlib.contextmanager
def quiet():
    """Keeps Airflow's messages out of logs: their tracebacks may have parts of values."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def checked(answer):
    """An answer that JSON can hold, or why it cannot."""
    fields = answer.get("fields")
    if fields is not None:
        for name, value in fields.items():
            allowed = (str,) if name == "extra" else (str, int, float, bool)
            if value is not None and not isinstance(value, allowed):
                return "raised", "TypeError"
    try:
        json.dumps(answer, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        return "raised", "not-unicode"
    except (TypeError, ValueError) as error:
        return "raised", type(error).__name__
    return "found", answer


def same(a, b):
    """Whether two answers are equal, as far as both are known."""
    if "fields" in a:
        a, b = a["fields"], b["fields"]
        return all(a[name] == b[name] for name in a if name in b)
    return a["value"] == b["value"]


def is_text(key):
    try:
        key.encode("utf-8")
        return True
    except UnicodeError:
        return False


def is_lost(error):
    """Whether there is no metadata database for this process."""
    return isinstance(error, RuntimeError) or any(
        base.__module__.startswith("sqlalchemy.") for base in type(error).__mro__
    )


def main(arguments):
    refuse_child_of_task(False)
    if os.isatty(1):
        raise ProbeError("values are not written to a terminal; write `| COMMAND` or `> FILE`")
    out, messages = os.fstat(1), os.fstat(2)
    if (out.st_dev, out.st_ino) == (messages.st_dev, messages.st_ino):
        raise ProbeError(
            "standard output and standard error are one, as in the log of a task; write "
            "`| COMMAND` or `> FILE`, or import the probe in the task and call probe.pipe([...])"
        )
    keep = os.dup(1)
    os.dup2(2, 1)  # Airflow prints messages to standard output
    with os.fdopen(keep, "wb") as stream:
        write(stream, arguments or None)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ProbeError as error:
        sys.exit("probe: %s" % error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit("probe: the reader of the entries has ended")
