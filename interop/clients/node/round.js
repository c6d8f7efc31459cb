// What every Node.js client shares: what it is told, and how it reports.
import { execSync } from "node:child_process";
import { readFileSync, existsSync, truncateSync } from "node:fs";
import { join } from "node:path";

export const told = Object.fromEntries(
  Object.entries(process.env)
    .filter(([name]) => name.startsWith("ROUND_"))
    .map(([name, value]) => [name.slice("ROUND_".length).toLowerCase(), value]),
);

// A file that is to be moved, one of our own, and one at the server, as it is on the server's disk.
export const file = (name) => join(told.files, name);
export const work = (name) => join(told.work, name);
export const home = (name) => join(told.home, name);

export const read = readFileSync;
export const exists = existsSync;
export const truncate = truncateSync;

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

// Runs a function to its end, and reports what came of it.
export async function operation(name, work) {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${String(error).replace(/\s+/g, " ")}`);
    console.error(error);
  }
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
