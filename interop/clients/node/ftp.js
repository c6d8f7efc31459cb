// The package ftp, which has no active mode.
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createRequire } from "node:module";
import Client from "ftp";
import { check, dropping, exists, fails, file, home, round, same, told, work } from "./round.js";

let ftp;

async function login() {
  ftp?.destroy();
  ftp = new Client();
  ftp.connect({
    host: told.host,
    port: Number(told.port),
    user: told.user,
    password: told.password,
    secure: { plain: false, explicit: true, implicit: "implicit" }[told.front],
    secureOptions: { rejectUnauthorized: false },
    connTimeout: 30_000,
    pasvTimeout: 30_000,
  });
  await new Promise((resolve, reject) => ftp.once("ready", resolve).once("error", reject));
  ftp.on("error", (error) => console.error("later", error));
}

const call = (name, ...given) => promisify(ftp[name]).call(ftp, ...given);

async function fetch(remote, target) {
  const stream = await call("get", remote);
  await pipeline(stream, target);
}

await round({
  version: createRequire(import.meta.url)("ftp/package.json").version,
  login,
  // It sends names as UTF-8, and reads them as ISO-8859-1.
  names: async () => (await call("list")).map((it) => Buffer.from(it.name, "latin1").toString()),
  fetch: (remote, local) => fetch(remote, createWriteStream(local)),
  store: (local, remote) => call("put", local, remote),
  append: (local, remote) => call("append", local, remote),
  async resumeFetch(remote, local, offset) {
    await call("restart", offset);
    await fetch(remote, createWriteStream(local, { flags: "a" }));
  },
  resumeStore: (local, remote, offset) => call("append", createReadStream(local, { start: offset }), remote),
  rename: (from, to) => call("rename", from, to),
  remove: (remote) => call("delete", remote),
  async directories() {
    await call("mkdir", "folder/below", true);
    await call("cwd", "folder");
    check((await call("pwd")) === "/folder", "another directory");
    await call("put", file("small"), "inside");
    same(home("folder/inside"), file("small"));
    await call("cdup");
    await call("rmdir", "folder", true);
    check(!exists(home("folder")), "still there");
  },
  async cutDownload() {
    const stream = await call("get", "big");
    let error = null;
    const end = new Promise((resolve) => ftp.once("error", (it) => resolve((error = it))));
    const done = pipeline(stream, dropping(), createWriteStream(work("cut"))).catch((it) => (error = it));
    await Promise.race([done, end]);
    await login();
    check(error !== null, "it ended in order");
  },
  async cutUpload() {
    const source = createReadStream(file("big")).pipe(dropping());
    await fails(() => call("put", source, "cut"));
    await login();
  },
  end: () => ftp.end(),
});
