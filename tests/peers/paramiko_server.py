"""Server for tests, on paramiko: runs commands by sh.

    paramiko_server.py FOLDER [one-session | one-command]

FOLDER holds host_key and authorized_keys. The port is printed once the server listens; the server ends with
its standard input. one-session: each connection has one session, and ends with it. one-command: each connection
runs one command, and refuses others.
"""

import os
import socket
import subprocess
import sys
import threading
import time

import paramiko

FOLDER, MODE = sys.argv[1], "".join(sys.argv[2:])
HOST_KEY = paramiko.Ed25519Key(filename=f"{FOLDER}/host_key")
with open(f"{FOLDER}/authorized_keys", encoding="ascii") as file:
    AUTHORIZED = {line.split()[1] for line in file if line.strip()}


class Server(paramiko.ServerInterface):
    def __init__(self):
        self.environment = {}
        self.sessions = self.commands = 0

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key.get_base64() in AUTHORIZED else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        if kind != "session":
            return paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE
        self.sessions += 1
        if MODE == "one-session" and self.sessions > 1:
            return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return paramiko.OPEN_SUCCEEDED

    def check_channel_env_request(self, channel, name, value):
        self.environment.setdefault(channel.get_id(), {})[os.fsdecode(name)] = os.fsdecode(value)
        return True

    def check_channel_exec_request(self, channel, command):
        self.commands += 1
        if MODE == "one-command" and self.commands > 1:
            return False
        environment = {**os.environ, **self.environment.get(channel.get_id(), {})}
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], env=environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Thread(target=run, args=(channel, process), daemon=True).start()
        return True


def copy_input(channel, pipe):
    try:
        while data := channel.recv(1 << 16):
            pipe.write(data)
            pipe.flush()
        pipe.close()
    except OSError:
        # The command does not read on.
        pass


def copy_output(pipe, send):
    try:
        while data := os.read(pipe.fileno(), 1 << 16):
            send(data)
    except OSError:
        # The client has left.
        pass


def run(channel, process):
    threading.Thread(target=copy_input, args=(channel, process.stdin), daemon=True).start()
    streams = [
        threading.Thread(target=copy_output, args=(process.stdout, channel.sendall)),
        threading.Thread(target=copy_output, args=(process.stderr, channel.sendall_stderr)),
    ]
    for stream in streams:
        stream.start()
    for stream in streams:
        stream.join()
    # Its interface has no exit-signal: as a shell, it answers 128 and the signal's number.
    code = process.wait()
    transport = channel.get_transport()
    channel.send_exit_status(code if code >= 0 else 128 - code)
    channel.close()
    if MODE == "one-session":
        # Not before the client has closed its side: a control master passes nothing on any more once the server has left.
        while transport.is_active() and transport._channels.get(channel.get_id()) is not None:
            time.sleep(0.02)
        # Only this direction: what the client still sends would else reset the connection, and with it take the exit status.
        transport.sock.shutdown(socket.SHUT_WR)


def serve(connection):
    transport = paramiko.Transport(connection)
    transport.add_server_key(HOST_KEY)
    try:
        transport.start_server(server=Server())
    except (paramiko.SSHException, EOFError):
        # A client that left before it had said anything.
        transport.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
