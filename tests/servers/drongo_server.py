"""Starts drongo with two settings that its command line does not have: many connections at once, no delay between packets.

    drongo_server.py PORT
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from drongo.server import create_server

ThreadingHTTPServer.request_queue_size = 128  # the default of 5 resets connections when 16 arrive at once
BaseHTTPRequestHandler.disable_nagle_algorithm = True  # otherwise a request on an open connection takes 44 ms
create_server("127.0.0.1", int(sys.argv[1])).serve_forever()
