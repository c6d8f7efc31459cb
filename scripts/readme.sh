#!/usr/bin/env bash
# Runs the commands of the README, and no others, on a fresh clone in an empty folder.
# Every block marked `sh` is run, in order, by one shell that stops at the first failure.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$repository" "$work/towline"
cd "$work/towline"
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md > "$work/commands"
echo "== the README's commands"
cat "$work/commands"
echo "== go"
bash -euxo pipefail "$work/commands" < /dev/null
echo "== the README's commands: ok"
