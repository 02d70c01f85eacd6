#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs apply that does not come to its end: of the plan nothing has happened,
# and what the mount had accepted before is sent, once.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_plan.sh
. "$(dirname "$0")/functions_plan.sh"

log_allowed='full|not accepted|ENOSPC|No space'
start_sandbox
dan=dan.fox@example.com
kim=kim.park@example.com
moved=("~ groups/Sales/$dan.json -> groups/Interns/$dan.json"
	"~ users/$kim.json lastName: \"Park\" -> \"Parker\"")

# still_held: the take-out of dan, and nothing else
still_held() {
	expect_out "1 1" jq -r '.changes | "\(.pending) \(.held)"' \
		"$mnt/.gotofs/status.json"
	test ! -L "$mnt/groups/Sales/$dan.json" || fail "it is back"
	test ! -L "$mnt/groups/Interns/$dan.json" || fail "it has moved"
	expect_out Park jq -r .lastName "$mnt/users/$kim.json"
	expect_calls
}

step "a plan that would undo what is still to be sent is not accepted"
armed=$WORK/armed
GOTOFS_CRASH_AT=@$armed mount_tenant settle=60
mount_plan
calls_clear
expect rm "$mnt/groups/Sales/$dan.json"
expect bash -c "echo '{\"lastName\":\"Parker\"}' >'$plan/users/$kim.json'"
expect mv "$plan/groups/Sales/$dan.json" "$plan/groups/Interns/"
plan_is "${moved[@]}"
refuse "would undo what is still to be sent (take-out groups/Sales/$dan.json)" 5 \
	"$gotofs" apply "$plan"
said "gotofs sync"
plan_is "${moved[@]}"
still_held
error_record "groups/Interns/$dan.json" EBUSY

step "nor has it, when the daemon dies over it"
echo apply-before-seal >"$armed"
refuse "daemon ended before it had answered" 6 "$gotofs" apply "$plan"
wait "$daemon_pid" 2>/dev/null
rm "$armed"
expect "$gotofs" umount "$mnt"
mount_tenant settle=60
still_held

step "sync, then apply: each is done once"
sync_tenant
expect_writes "DELETE /users/{}/groups=1"
is null "$(tenant_user $dan .groupName)"
expect "$gotofs" apply "$plan"
plan_is
is "Interns Parker" "$(tenant_user $dan .groupName) $(tenant_user $kim .lastName)"
expect_writes "PUT /groups/{}/users/{}=1" "PUT /users/{}=1"
no_error_record "groups/Interns/$dan.json"
unmount_plan
unmount_tenant

step "a full disk: none of it"
disk=$WORK/disk
mkdir disk
expect mount -t tmpfs -o size=24m,mode=700 none "$disk"
mkdir -m 700 "$disk/state"
mount_tenant "state_dir=$disk/state,settle=60"
mount_plan "state_dir=$disk/state"
calls_clear
expect rm "$mnt/groups/Interns/$dan.json"
everybody() {
	local file
	for file in "$plan"/users/*.json; do
		echo '{"timeZone":"Europe/Oslo"}' >"$file" || return
	done
}
expect everybody
dd if=/dev/zero of="$disk/ballast" bs=64k status=none 2>/dev/null
expect truncate -s -256K "$disk/ballast" # for the plan's own file
refuse "disk under the state folder is full" 1 "$gotofs" apply "$plan"
expect_out "1 1" jq -r '.changes | "\(.pending) \(.held)"' "$mnt/.gotofs/status.json"
expect_out America/New_York jq -r .timeZone "$mnt/users/$dan.json"
expect_calls

step "with room again: what was held, then the plan"
rm "$disk/ballast"
sync_tenant
expect_writes "DELETE /users/{}/groups=1"
expect "$gotofs" apply "$plan"
expect_writes "PUT /users/{}=200"
plan_is
is "200" "$(sandbox GET state | jq '[.users[] | select(.timeZone == "Europe/Oslo")] | length')"
expect "$gotofs" journal verify "$mnt"
unmount_plan
unmount_tenant
expect umount "$disk"
