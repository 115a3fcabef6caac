"""moto as a WSGI application, so that gunicorn can serve it with one thread.

moto's own `moto_server` uses threads, but its store is not thread-safe: concurrent
writes lose about one secret in a hundred.
"""

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

app = DomainDispatcherApplication(create_backend_app)
