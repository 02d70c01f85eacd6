#!/bin/bash
# SPDX-License-Identifier: MIT
# A full disk under the state folder: no change is taken that could not be
# kept; reading goes on; with room again all is well.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed='full|No space|ENOSPC|cannot |refresh: |errors/|not kept'
start_sandbox
disk=$WORK/disk
mkdir disk
expect mount -t tmpfs -o size=24m,mode=700 none "$disk"
mkdir -m 700 "$disk/state"
mount_tenant "state_dir=$disk/state"
users=$mnt/users
ann=ann.lee@example.com
webinar=$mnt/licenses/gotowebinar-pro
expect mkdir "$mnt/.gotofs/snapshots/before"
calls_clear

fill() {
	dd if=/dev/zero of="$disk/ballast" bs=64k status=none 2>/dev/null
	dd if=/dev/zero of="$disk/ballast2" bs=512 status=none 2>/dev/null
	test "$(df --output=avail "$disk" | tail -n 1)" -eq 0 || fail "not full"
}
# what the store has allocated already may take a few changes; then no more
until_refused() {
	local i
	for ((i = 0; i < 2000; i++)); do
		"$@" 2>"$WORK/err" || return 0
	done
	fail "never refused: $*"
}
change_name() {
	i=$((${i:-0} + 1))
	echo "{\"lastName\":\"Full$i\"}" >"$users/$ann.json"
}

step "full: a change is refused, and its caller hears it"
fault '{"match":"PUT /users/{}","kind":"hold"}'
bash -c "echo '{\"lastName\":\"Fuchsbau\"}' >'$users/dan.fox@example.com.json'" \
	2>"$WORK/held" &
held_pid=$! # it may be told that it takes too long; its call has begun, and is answered when the disk is full
wait_for_calls "PUT /users/{}" 1
fill
until_refused change_name
grep -q "No buffer space available" "$WORK/err" || fail "$(cat "$WORK/err")"
name=$(tenant_user $ann .lastName)
calls_clear

step "what is done at the tenant, and cannot be written down, is not forgotten"
fault_clear
await 30 grep -q "done, and cannot be journalled yet" "$daemon_log"
is Fuchsbau "$(tenant_user dan.fox@example.com .lastName)"
calls_clear

step "names too, with nothing changed"
refuse "No buffer space available" 1 ln -s ../../users/$ann.json "$webinar/"
refuse "No buffer space available" 1 mkdir "$mnt/groups/Full"
refuse "No buffer space available" 1 mkdir "$mnt/.gotofs/snapshots/full"
refuse "No buffer space available" 1 rmdir "$mnt/.gotofs/snapshots/before"
refuse "No buffer space available" 1 rm "$users/$ann.json"
refuse "No buffer space available" 1 mv "$users/$ann.json" "$users/x@example.com.json"
error_record licenses/gotowebinar-pro/$ann.json "full"
test ! -L "$webinar/$ann.json" || fail "shown"
test ! -e "$mnt/groups/Full" || fail "shown"
is before "$(ls "$mnt/.gotofs/snapshots")"
error_record snapshots/full "full"
expect_calls

step "reading goes on"
is 200 "$(find "$users" -name '*.json' | wc -l)"
expect bash -c "cat '$users'/*.json | grep -c lastName"
expect_out "$name" jq -r .lastName "$users/$ann.json"
is 200 "$(cat "$mnt"/.gotofs/snapshots/before/users/*.json | grep -c '"lastName"')"

step "a refresh that cannot be kept changes nothing"
mutate '{"op":"update-user","email":"kim.park@example.com","fields":{"lastName":"Parker"}}'
"$gotofs" refresh "$mnt" 2>"$WORK/err" && fail "a refresh went well on a full disk"
expect_out Park jq -r .lastName "$users/kim.park@example.com.json"
calls_clear

step "room again: everything works, nothing is left over"
rm "$disk/ballast" "$disk/ballast2"
expect ln -s ../../users/$ann.json "$webinar/"
expect mkdir "$mnt/groups/Full"
expect bash -c "echo '{\"lastName\":\"Room\"}' >'$users/$ann.json'"
sync_tenant
wait $held_pid
expect_out Fuchsbau jq -r .lastName "$users/dan.fox@example.com.json"
expect "$gotofs" journal verify "$mnt"
expect_calls "POST /licenses/{}/users/{}=1" "POST /groups=1" "PUT /users/{}=1"
refresh_tenant
expect_out Parker jq -r .lastName "$users/kim.park@example.com.json"
no_error_record users/dan.fox@example.com.json
no_error_record licenses/gotowebinar-pro/$ann.json
unmount_tenant
expect umount "$disk"
