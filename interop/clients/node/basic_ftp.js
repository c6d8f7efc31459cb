// basic-ftp, which has no active mode.
import { createReadStream, createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { createRequire } from "node:module";
import { Client } from "basic-ftp";
import { check, drop, exists, fails, file, home, operation, read, same, told, truncate, work } from "./round.js";

console.log(`version ${createRequire(import.meta.url)("basic-ftp/package.json").version}`);

let ftp;

async function connect() {
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

// Lets bytes pass, and ends the server's sessions once some have.
function dropping() {
  let count = 0;
  return new Transform({
    transform(block, _, done) {
      if (count < 1_000_000 && count + block.length >= 1_000_000) drop();
      count += block.length;
      done(null, block);
    },
  });
}

await operation("login", connect);
await operation("list", async () => {
  const names = (await ftp.list()).map((it) => it.name).sort();
  check(names.join(" ") === "big empty small", names);
});
for (const [name, remote] of [["download", "small"], ["download-empty", "empty"], ["download-big", "big"]]) {
  await operation(name, async () => {
    await ftp.downloadTo(work(remote), remote);
    same(work(remote), file(remote));
  });
}
for (const [name, local, remote] of [
  ["upload", "small", "up"],
  ["upload-empty", "empty", "up-empty"],
  ["upload-big", "big", "up-big"],
  ["overwrite", "more", "up"],
]) {
  await operation(name, async () => {
    await ftp.uploadFrom(file(local), remote);
    same(home(remote), file(local));
  });
}
await operation("append", async () => {
  await ftp.appendFrom(file("small"), "up");
  check(read(home("up")).equals(Buffer.concat([read(file("more")), read(file("small"))])), "other bytes");
});
await operation("resume-download", async () => {
  truncate(work("big"), 3_000_000);
  await ftp.downloadTo(work("big"), "big", 3_000_000);
  same(work("big"), file("big"));
});
await operation("resume-upload", async () => {
  truncate(home("up-big"), 6_000_000);
  await ftp.appendFrom(file("big"), "up-big", { localStart: 6_000_000 });
  same(home("up-big"), file("big"));
});
await operation("rename", async () => {
  await ftp.rename("up", "renamed");
  check(exists(home("renamed")) && !exists(home("up")), "not renamed");
});
await operation("delete", async () => {
  await ftp.remove("renamed");
  check(!exists(home("renamed")), "still there");
});
await operation("directories", async () => {
  await ftp.ensureDir("folder/below");
  check((await ftp.pwd()) === "/folder/below", await ftp.pwd());
  await ftp.uploadFrom(file("small"), "inside");
  await ftp.cd("/");
  same(home("folder/below/inside"), file("small"));
  await ftp.downloadToDir(work("back"), "folder");
  same(work("back/below/inside"), file("small"));
  await ftp.removeDir("folder");
  check(!exists(home("folder")), "still there");
});
await operation("names", async () => {
  const name = "gr\u00fcn \u65e5\u672c";
  await ftp.uploadFrom(file("small"), name);
  same(home(name), file("small"));
  check((await ftp.list()).some((it) => it.name === name), "not listed");
  await ftp.downloadTo(work("name"), name);
  same(work("name"), file("small"));
  await ftp.remove(name);
});
await operation("missing", async () => {
  const error = await fails(() => ftp.downloadTo(work("missing"), "missing"));
  check(error.code === 550, error);
});
await operation("dropped", async () => {
  drop();
  await ftp.downloadTo(work("again"), "small");
  same(work("again"), file("small"));
});
await operation("cut-download", async () => {
  const sink = dropping();
  sink.pipe(createWriteStream(work("cut")));
  const error = await fails(() => ftp.downloadTo(sink, "big"));
  await connect();
  check(error, "no error");
});
await operation("cut-upload", async () => {
  const source = createReadStream(file("big")).pipe(dropping());
  const error = await fails(() => ftp.uploadFrom(source, "cut"));
  await connect();
  check(error, "no error");
});
ftp.close();
