#!/bin/bash
# SPDX-License-Identifier: MIT
# rclone serve in front of the mount: WebDAV and HTTP, read-only, over a restart
# of the daemon, and never an empty folder where the mount is missing.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox --users 40
mount_tenant
export RCLONE_CONFIG=$WORK/rclone.conf
: >"$RCLONE_CONFIG"
url=http://127.0.0.1:$(free_port)

# serve KIND: as the README has it, but for the port
serve() {
	rclone serve "$1" --read-only --copy-links --dir-cache-time 0 \
		--addr "${url#http://}" "$mnt" >rclone.log 2>&1 &
	other_pids=$!
	await 30 curl -sSf "$url/"
}
stop_serving() {
	kill "$other_pids"
	wait "$other_pids"
	other_pids=
}
# The mount, as something without links: users/, and who holds what.
same_tree() {
	rm -rf copy
	expect rclone copy --create-empty-src-dirs ":$1:" copy "--$1-url=$url" --filter '+ /users/**' \
		--filter '+ /licenses/**' --filter '+ /groups/**' --filter '- *'
	diff -r "$mnt/users" copy/users >"$WORK/diff" || fail "$(head "$WORK/diff")"
	diff -r "$mnt/licenses" copy/licenses >"$WORK/diff" || fail "$(head "$WORK/diff")"
}

for kind in webdav http; do
	step "$kind: the mount's files, links followed"
	serve $kind
	calls_clear
	same_tree $kind
	expect_calls
	step "$kind: what was written here is read there; nobody writes there"
	echo "{\"lastName\":\"By $kind\"}" >"$ann"
	is "By $kind" "$(curl -sS "$url/users/${ann##*/}" | jq -r .lastName)"
	calls_clear
	! curl -sSf -T /etc/hostname "$url/users/${ann##*/}" >"$WORK/out" 2>&1 ||
		fail "written"
	! curl -sSf -X DELETE "$url/users/${ann##*/}" >"$WORK/out" 2>&1 || fail "removed"
	sync_tenant
	expect_calls
	step "$kind: the daemon anew"
	unmount_tenant
	mount_tenant
	same_tree $kind
	step "$kind: the daemon dead: an error, not an empty folder"
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	! curl -sSf "$url/users/" >"$WORK/out" 2>&1 || fail "listed" "$(cat "$WORK/out")"
	expect "$gotofs" umount "$mnt"
	mount_tenant
	same_tree $kind
	stop_serving
done
