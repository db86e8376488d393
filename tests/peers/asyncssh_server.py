"""Server for tests, on asyncssh: runs commands by sh.

    asyncssh_server.py FOLDER [REKEY_BYTES]

FOLDER holds host_key and authorized_keys. The port is printed once the server listens; the server ends with
its standard input.
"""

import asyncio
import os
import signal
import sys

import asyncssh


async def copy(source, target):
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    except OSError:
        # The command does not read on.
        pass


async def copy_input(process, command):
    await copy(process.stdin, command.stdin)
    command.stdin.close()


async def open_unasked(process):
    """Opens channels that the client has not asked for, as a server under an attacker's control may do."""
    connection = process.channel.get_connection()
    for name in process.command.split()[1:]:
        channel = asyncssh.channel.SSHTCPChannel(connection, asyncio.get_running_loop(), None, "strict", 1 << 15, 1 << 15)
        try:
            await channel._open(name.encode())
            process.stdout.write(b"open\n")
        except asyncssh.ChannelOpenError:
            process.stdout.write(b"refused\n")
    process.exit(0)


async def run(process):
    if process.command.startswith("open-unasked "):
        await open_unasked(process)
        return
    command = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", process.command, env={**os.environ, **process.env}, start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    process.signal_received = lambda name: os.killpg(command.pid, getattr(signal, "SIG" + name))
    copying = asyncio.create_task(copy_input(process, command))
    try:
        await asyncio.gather(copy(command.stdout, process.stdout), copy(command.stderr, process.stderr))
        code = await command.wait()
        if code >= 0:
            process.exit(code)
        else:
            process.exit_with_signal(signal.Signals(-code).name[3:])
    finally:
        copying.cancel()
        if command.returncode is None:
            os.killpg(command.pid, signal.SIGHUP)


async def main(folder, rekey_bytes=None):
    options = {"rekey_bytes": int(rekey_bytes)} if rekey_bytes else {}
    server = await asyncssh.listen(
        "127.0.0.1", 0, process_factory=run, encoding=None,
        server_host_keys=[f"{folder}/host_key"], authorized_client_keys=f"{folder}/authorized_keys", **options)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main(*sys.argv[1:]))
