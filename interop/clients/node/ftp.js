// The package ftp, which has no active mode.
import { createReadStream, createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createRequire } from "node:module";
import Client from "ftp";
import { check, drop, exists, fails, file, home, operation, read, same, told, truncate, work } from "./round.js";

console.log(`version ${createRequire(import.meta.url)("ftp/package.json").version}`);

let ftp;

async function connect() {
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
  const names = (await call("list")).map((it) => it.name).sort();
  check(names.join(" ") === "big empty small", names);
});
for (const [name, remote] of [["download", "small"], ["download-empty", "empty"], ["download-big", "big"]]) {
  await operation(name, async () => {
    await fetch(remote, createWriteStream(work(remote)));
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
    await call("put", file(local), remote);
    same(home(remote), file(local));
  });
}
await operation("append", async () => {
  await call("append", file("small"), "up");
  check(read(home("up")).equals(Buffer.concat([read(file("more")), read(file("small"))])), "other bytes");
});
await operation("resume-download", async () => {
  truncate(work("big"), 3_000_000);
  await call("restart", 3_000_000);
  await fetch("big", createWriteStream(work("big"), { flags: "a" }));
  same(work("big"), file("big"));
});
await operation("resume-upload", async () => {
  truncate(home("up-big"), 6_000_000);
  await call("append", createReadStream(file("big"), { start: 6_000_000 }), "up-big");
  same(home("up-big"), file("big"));
});
await operation("rename", async () => {
  await call("rename", "up", "renamed");
  check(exists(home("renamed")) && !exists(home("up")), "not renamed");
});
await operation("delete", async () => {
  await call("delete", "renamed");
  check(!exists(home("renamed")), "still there");
});
await operation("directories", async () => {
  await call("mkdir", "folder/below", true);
  await call("cwd", "folder");
  check((await call("pwd")) === "/folder", "another directory");
  await call("put", file("small"), "inside");
  same(home("folder/inside"), file("small"));
  await call("cdup");
  await call("rmdir", "folder", true);
  check(!exists(home("folder")), "still there");
});
// It sends names as UTF-8, and reads them as ISO-8859-1.
await operation("names", async () => {
  const name = "gr\u00fcn \u65e5\u672c";
  await call("put", file("small"), name);
  same(home(name), file("small"));
  const listed = (await call("list")).map((it) => Buffer.from(it.name, "latin1").toString());
  check(listed.includes(name), listed);
  await fetch(name, createWriteStream(work("name")));
  same(work("name"), file("small"));
  await call("delete", name);
});
await operation("missing", async () => {
  const error = await fails(() => call("get", "missing"));
  check(error.code === 550, error);
});
await operation("dropped", async () => {
  drop();
  await fetch("small", createWriteStream(work("again")));
  same(work("again"), file("small"));
});
await operation("cut-download", async () => {
  const stream = await call("get", "big");
  let error = null;
  const end = new Promise((resolve) => ftp.once("error", (it) => resolve((error = it))));
  const done = pipeline(stream, dropping(), createWriteStream(work("cut"))).catch((it) => (error = it));
  await Promise.race([done, end]);
  await connect();
  check(error !== null, "it ended in order");
});
await operation("cut-upload", async () => {
  const source = createReadStream(file("big")).pipe(dropping());
  await fails(() => call("put", source, "cut"));
  await connect();
});
ftp.end();
