// An FTPS server for tests: ftp-srv as it comes.
//
// Usage: SCHEME HOST PORT PASSWORD HOMES CERTIFICATE KEY
//
// With the scheme `ftps`, TLS is implicit; with `ftp`, it is explicit and optional. HOMES holds the
// home of each user, named as the user is.
'use strict';

const fs = require('fs');
const path = require('path');
const {FtpSrv} = require('ftp-srv');

const [scheme, host, port, password, homes, certificate, key] = process.argv.slice(2);

// ftp-srv looks for a free port and listens on it later. With a range for each server, no other
// server takes the port in between.
const firstDataPort = 5000 + (port % 100) * 100;

const server = new FtpSrv({
  url: `${scheme}://${host}:${port}`,
  pasv_url: host,
  pasv_min: firstDataPort,
  pasv_max: firstDataPort + 99,
  tls: {cert: fs.readFileSync(certificate), key: fs.readFileSync(key)},
});

server.on('login', ({username, password: given}, resolve, reject) => {
  if (given === password && fs.existsSync(path.join(homes, username))) {
    resolve({root: path.join(homes, username)});
  } else {
    reject(new Error('wrong user or password'));
  }
});

// Otherwise a connection that breaks at the wrong moment would end the server.
process.on('uncaughtException', (error) => console.log(error));

server.listen();
