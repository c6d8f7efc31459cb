// What every Node.js client shares: what it is told, and how it reports.
import { execSync } from "node:child_process";
import { readFileSync, existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";

export const told = Object.fromEntries(
  Object.entries(process.env)
    .filter(([name]) => name.startsWith("ROUND_"))
    .map(([name, value]) => [name.slice("ROUND_".length).toLowerCase(), value]),
);

// A file that is to be moved, one of our own, and one at the server, as it is on the server's disk.
export const file = (name) => join(told.files, name);
export const work = (name) => join(told.work, name);
export const home = (name) => join(told.home, name);

const read = readFileSync;
export const exists = existsSync;

export function check(right, words) {
  if (!right) throw new Error(words);
}

export function same(one, other) {
  check(readFileSync(one).equals(readFileSync(other)), `${one} and ${other} differ`);
}

// Ends every session of the server.
export function drop() {
  execSync(told.drop, { stdio: "inherit" });
}

// Lets bytes pass, and ends the server's sessions once some have.
export function dropping() {
  let count = 0;
  return new Transform({
    transform(block, _, done) {
      if (count < 1_000_000 && count + block.length >= 1_000_000) drop();
      count += block.length;
      done(null, block);
    },
  });
}

// Fails unless some work fails.
export async function fails(work) {
  let value;
  try {
    value = await work();
  } catch (error) {
    return error;
  }
  throw new Error(`no failure: ${value}`);
}

// Runs a function to its end, and reports what came of it.
async function operation(name, work) {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${String(error).replace(/\s+/g, " ")}`);
    console.error(error);
  }
}

// What every Node.js client does, each in its own way.
export async function round(client) {
  console.log(`version ${client.version}`);
  await operation("login", client.login);
  await operation("list", async () => {
    const names = (await client.names()).sort();
    check(names.join(" ") === "big empty small", names);
  });
  for (const [name, remote] of [["download", "small"], ["download-empty", "empty"], ["download-big", "big"]]) {
    await operation(name, async () => {
      await client.fetch(remote, work(remote));
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
      await client.store(file(local), remote);
      same(home(remote), file(local));
    });
  }
  await operation("append", async () => {
    await client.append(file("small"), "up");
    check(read(home("up")).equals(Buffer.concat([read(file("more")), read(file("small"))])), "other bytes");
  });
  await operation("resume-download", async () => {
    truncateSync(work("big"), 3_000_000);
    await client.resumeFetch("big", work("big"), 3_000_000);
    same(work("big"), file("big"));
  });
  await operation("resume-upload", async () => {
    truncateSync(home("up-big"), 6_000_000);
    await client.resumeStore(file("big"), "up-big", 6_000_000);
    same(home("up-big"), file("big"));
  });
  await operation("rename", async () => {
    await client.rename("up", "renamed");
    check(exists(home("renamed")) && !exists(home("up")), "not renamed");
  });
  await operation("delete", async () => {
    await client.remove("renamed");
    check(!exists(home("renamed")), "still there");
  });
  await operation("directories", client.directories);
  await operation("names", async () => {
    const name = "gr\u00fcn \u65e5\u672c";
    await client.store(file("small"), name);
    same(home(name), file("small"));
    const names = await client.names();
    check(names.includes(name), names);
    await client.fetch(name, work("name"));
    same(work("name"), file("small"));
    await client.remove(name);
  });
  await operation("missing", async () => {
    const error = await fails(() => client.fetch("missing", work("missing")));
    check(error.code === 550, error);
  });
  await operation("dropped", async () => {
    drop();
    await client.fetch("small", work("again"));
    same(work("again"), file("small"));
  });
  await operation("cut-download", client.cutDownload);
  await operation("cut-upload", client.cutUpload);
  client.end();
}
