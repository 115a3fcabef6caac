"""drongo with what its own command line leaves out: room for many connections at once, and no waiting between packets.

    drongo_server.py PORT
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from drongo.server import create_server

ThreadingHTTPServer.request_queue_size = 128  # with 5, the default, sixteen at once are reset
BaseHTTPRequestHandler.disable_nagle_algorithm = True  # else a call on a kept connection takes 44 ms
create_server("127.0.0.1", int(sys.argv[1])).serve_forever()
