#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 in the very moment in which the kernel holds a notifier of ours: a
# removal waits for its file's write and has the folder's lock, and there is
# news of another name in that folder. The daemon could not die, nor could the
# removal, if nobody cut the connection.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
file=$mnt/users/ann.lee@example.com.json

in_unlink() { grep -qE '^(87|263) ' "/proc/$1/syscall"; }

step "a write waits, a removal waits for it, a name waits for both"
fault '{"match":"PUT /users/{}","kind":"hang","apply":true,"count":-1}'
calls_clear
bash -c 'printf "{\"lastName\":\"Killed\"}" >"$1"' - "$file" 2>"$WORK/writer" &
writer=$!
wait_for_calls "PUT /users/{}" 1
rm "$file" 2>"$WORK/remover" &
remover=$!
await 30 in_unlink $remover
mutate '{"op":"create-user","email":"new@example.com","fields":{"firstName":"N","lastName":"W"}}'
expect "$gotofs" refresh "$mnt"

step "all of them end with the daemon"
kill -KILL "$daemon_pid"
await 30 has_ended "$remover"
await 30 has_ended "$writer"
await 30 has_ended "$daemon_pid"
wait $remover
is 1 $?
wait $writer
is 1 $?
wait "$daemon_pid"
is 137 $?
daemon_pid=
expect "$gotofs" umount "$mnt"
fault_clear

step "nothing is lost"
mount_tenant
sync_tenant
refresh_tenant
expect_out Killed jq -r .lastName "$file"
test -e "$mnt/users/new@example.com.json" || fail "no news"
