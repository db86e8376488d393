// Server for tests, on ssh2 of npm: runs commands by sh.
//
//   node server.js FOLDER
//
// FOLDER holds host_key and authorized_keys. The port is printed once the server listens; the server ends with
// its standard input.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');
const { Server, utils } = require('ssh2');

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name));
const authorized = read('authorized_keys').toString().split('\n').filter((line) => line.trim()).map((line) => utils.parseKey(line));

const server = new Server({ hostKeys: [read('host_key')] }, (client) => {
  client.on('error', () => {});
  client.on('authentication', (login) => {
    const key = login.method === 'publickey' && authorized.find((one) => login.key.data.equals(one.getPublicSSH()));
    if (!key)
      login.reject(['publickey']);
    else if (!login.signature || key.verify(login.blob, login.signature, login.hashAlgo) === true)
      login.accept();
    else
      login.reject();
  });
  client.on('session', (accept) => {
    const session = accept();
    const environment = { ...process.env };
    let command;
    session.on('env', (accepted, rejected, variable) => {
      environment[variable.key] = variable.val;
      accepted && accepted();
    });
    session.on('exec', (accepted, rejected, request) => {
      const stream = accepted();
      command = spawn('/bin/sh', ['-c', request.command], { env: environment, detached: true });
      command.stdin.on('error', () => {});
      stream.pipe(command.stdin);
      command.stdout.pipe(stream, { end: false });
      command.stderr.pipe(stream.stderr, { end: false });
      command.on('close', (code, signal) => {
        if (signal)
          stream.exit(signal.slice(3), false, '');
        else
          stream.exit(code);
        stream.end();
      });
    });
    session.on('signal', (accepted, rejected, signal) => {
      if (command)
        process.kill(-command.pid, `SIG${signal.name}`);
      accepted && accepted();
    });
    session.on('close', () => {
      if (command && command.exitCode === null && command.signalCode === null)
        process.kill(-command.pid, 'SIGHUP');
    });
  });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
