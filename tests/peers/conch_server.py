"""Server for tests, on Twisted's conch: runs commands by sh.

    conch_server.py FOLDER

FOLDER holds host_key and authorized_keys. The port is printed once the server listens; the server ends with
its standard input.
"""

import os
import sys
import threading

from twisted.conch import interfaces
from twisted.conch.avatar import ConchUser
from twisted.conch.checkers import InMemorySSHKeyDB, SSHPublicKeyChecker
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.session import SSHSession
from twisted.cred.portal import Portal
from twisted.internet import error, reactor
from twisted.python.components import registerAdapter

FOLDER, USER = sys.argv[1], sys.argv[2].encode()


class User(ConchUser):
    def __init__(self):
        ConchUser.__init__(self)
        self.channelLookup[b"session"] = Channel


class Commands:
    """One for each channel, for the avatar is the whole connection's."""

    def __init__(self, user):
        self.process = None

    def execCommand(self, protocol, command):
        self.process = reactor.spawnProcess(protocol, "/bin/sh", ["sh", "-c", command], env=os.environ)

    def getPty(self, terminal, size, modes):
        raise OSError("no terminals")

    def openShell(self, protocol):
        raise OSError("no shells")

    def windowChanged(self, size):
        pass

    def eofReceived(self):
        self.process.closeStdin()

    def closed(self):
        self.signal("HUP")

    def signal(self, name):
        try:
            self.process.signalProcess(name)
        except error.ProcessExitedAlready:
            pass


class Channel(SSHSession):
    def request_signal(self, data):
        name = data[4:].decode()
        self.session.signal(name)
        return 1


class Realm:
    def requestAvatar(self, avatarId, mind, *requested):
        return requested[0], User(), lambda: None


registerAdapter(Commands, User, interfaces.ISession)
key = Key.fromFile(f"{FOLDER}/host_key")
factory = SSHFactory()
factory.publicKeys = factory.privateKeys = {key.sshType(): key}
with open(f"{FOLDER}/authorized_keys", "rb") as file:
    authorized = [Key.fromString(line) for line in file if line.strip()]
factory.portal = Portal(Realm(), [SSHPublicKeyChecker(InMemorySSHKeyDB({USER: authorized}))])
port = reactor.listenTCP(0, factory, interface="127.0.0.1")
print(port.getHost().port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
reactor.run()
