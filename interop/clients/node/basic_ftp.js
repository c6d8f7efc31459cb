// basic-ftp, which has no active mode.
import { createReadStream, createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { Client } from "basic-ftp";
import { check, dropping, exists, fails, file, home, round, same, told, work } from "./round.js";

let ftp;

async function login() {
  ftp?.close();
  ftp = new Client(30_000);
  await ftp.access({
    host: told.host,
    port: Number(told.port),
    user: told.user,
    password: told.password,
    secure: { plain: false, explicit: true, implicit: "implicit" }[told.front],
    secureOptions: { rejectUnauthorized: false },
  });
}

await round({
  version: createRequire(import.meta.url)("basic-ftp/package.json").version,
  login,
  names: async () => (await ftp.list()).map((it) => it.name),
  fetch: (remote, local) => ftp.downloadTo(local, remote),
  store: (local, remote) => ftp.uploadFrom(local, remote),
  append: (local, remote) => ftp.appendFrom(local, remote),
  resumeFetch: (remote, local, offset) => ftp.downloadTo(local, remote, offset),
  resumeStore: (local, remote, offset) => ftp.appendFrom(local, remote, { localStart: offset }),
  rename: (from, to) => ftp.rename(from, to),
  remove: (remote) => ftp.remove(remote),
  async directories() {
    await ftp.ensureDir("folder/below");
    check((await ftp.pwd()) === "/folder/below", await ftp.pwd());
    await ftp.uploadFrom(file("small"), "inside");
    await ftp.cd("/");
    same(home("folder/below/inside"), file("small"));
    await ftp.downloadToDir(work("back"), "folder");
    same(work("back/below/inside"), file("small"));
    await ftp.removeDir("folder");
    check(!exists(home("folder")), "still there");
  },
  async cutDownload() {
    const sink = dropping();
    sink.pipe(createWriteStream(work("cut")));
    const error = await fails(() => ftp.downloadTo(sink, "big"));
    await login();
    check(error, "no error");
  },
  async cutUpload() {
    const source = createReadStream(file("big")).pipe(dropping());
    const error = await fails(() => ftp.uploadFrom(source, "cut"));
    await login();
    check(error, "no error");
  },
  end: () => ftp.close(),
});
