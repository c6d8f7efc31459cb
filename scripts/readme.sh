#!/usr/bin/env bash
# Runs the commands of the README, and no others, on a fresh clone in an empty folder.
# Every block marked `sh` is run, in order, by one shell that stops at the first failure.
# The clone builds into this checkout's target folder, so that what both depend on is
# compiled once.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)

# Always the same path: cargo builds a package anew for each path that it lies at.
clone=$repository/target/readme
rm -rf "$clone"
git clone --quiet "$repository" "$clone"
ln -s "$repository/target" "$clone/target"
cd "$clone"
commands=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)
echo "== the README's commands"
echo "$commands"
echo "== go"
bash -euxo pipefail -c "$commands" < /dev/null
echo "== the README's commands: ok"
