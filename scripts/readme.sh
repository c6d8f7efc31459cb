#!/usr/bin/env bash
# Runs the commands of the README, and no others, in this checkout. Every block marked
# `sh` is run, in order, by one shell that stops at the first failure. In a fresh clone,
# as CI has it, that shows that they work from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

commands=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)
echo "== the README's commands"
echo "$commands"
echo "== go"
bash -euxo pipefail -c "$commands" < /dev/null
echo "== the README's commands: ok"
