"""Starts a program for each connection, as inetd(8) does.

    inetd.py PROGRAM [ARGUMENT ...]

The port is printed once it listens; it ends with its standard input.
"""

import os
import socket
import subprocess
import sys
import threading

listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    connection, _ = listener.accept()
    program = subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection, start_new_session=True)
    connection.close()
    threading.Thread(target=program.wait, daemon=True).start()
