#!/bin/bash
# SPDX-License-Identifier: MIT
# -o async: a write does not wait either; sync tells. Counts and an estimate in
# status.json; an unmount with work left, and the mount after it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

log_allowed=' waits: '
start_sandbox
mount_tenant async,settle=60
webinar=$mnt/licenses/gotowebinar-pro

# counts FILTER: of status.json
counts() {
	jq -r ".changes | $1" "$mnt/.gotofs/status.json"
}
# held_up: nothing of what changes a user gets an answer
held_up() {
	fault '{"match":"POST /users","kind":"hang","count":-1}'
	fault '{"match":"PUT /users/{}","kind":"hang","count":-1}'
}

step "a write returns although the tenant hangs; what it wrote is shown"
calls_clear
held_up
expect cp /dev/stdin "$ann" <<<'{"lastName":"Async"}'
field "$ann" .lastName Async
expect bash -c "echo '$bob_text' >'$bob'"
field "$bob" .lastName Stone
wait_for_calls "PUT /users/{}" 1
is Lee "$(tenant_user ann.lee@example.com .lastName)"

step "status.json counts by state, with an estimate"
for n in 1 2 3; do
	expect bash -c "echo '{\"firstName\":\"N\",\"lastName\":\"$n\"}' >'$users/n$n@example.com.json'"
done
expect ln -s ../../users/nobody@example.com.json "$webinar/"
expect rm "$users/kim.park@example.com.json"
is "1 1 1 4" "$(counts '"\(.sending) \(.held) \(.waiting) \(.queued)"')"
is 7 "$(counts .pending)"
counts .estimatedSeconds | grep -qx '[0-9]*' || fail "no estimate"

step "fsync still waits, for its file alone"
(sync "$bob") 2>/dev/null &
waits=$!
wait_for_calls "POST /users" 1
kill -0 $waits || fail "fsync did not wait"
fault_clear
wait $waits
is 0 $?

step "sync waits for all, and draws a bar on a terminal, nothing in a pipe"
sync_tenant
is "" "$(cat "$WORK/out")"
is "1 link waits for somebody who is not there yet" \
	"$(sed 's/.*: \(1 link [^:]*\):.*/\1/' "$WORK/err")" # and no bar
is Async "$(tenant_user ann.lee@example.com .lastName)"
is 3 "$(tenant_user n3@example.com .lastName)"
is "" "$(tenant_user kim.park@example.com)"
is "0 1 0" "$(counts '"\(.queued) \(.waiting) \(.sending)"')"
fault '{"match":"PUT /users/{}","kind":"hold"}'
expect bash -c "echo '{\"lastName\":\"Bar\"}' >'$ann'"
script -qfec "'$gotofs' sync '$mnt'" bar.txt >/dev/null &
syncs=$!
await 30 grep -q '\[#* *\]' bar.txt
fault_clear
wait $syncs
is 0 $?

step "a refusal: the write went well, sync and errors/ tell"
fault '{"match":"PUT /users/{}","kind":"status","status":400}'
expect bash -c "echo '{\"lastName\":\"No\"}' >'$ann'"
sync_tells users/ann.lee@example.com.json
error_record users/ann.lee@example.com.json EINVAL
field "$ann" .lastName Bar
sync_tenant
rm -rf "$mnt"/.gotofs/errors/*
refuse "Invalid argument" 1 bash -c "echo '{\"lastName\":' 7 '}' >'$ann'"

step "a bulk of writes: few calls"
calls_clear
for n in $(seq 12); do
	echo "{\"firstName\":\"Bulk\",\"lastName\":\"$n\"}" >"$users/bulk$n@example.com.json" ||
		fail "write $n"
done
sync_tenant
expect_calls "POST /users=1"

step "the same bytes again: nothing is sent"
echo '{"firstName":"Bulk","lastName":"3"}' >"$users/bulk3@example.com.json"
sync_tenant
expect_calls

step "an unmount sends what still gathers"
echo '{"firstName":"Un","lastName":"Mount"}' >"$users/un1@example.com.json"
echo '{"firstName":"Un","lastName":"Mount"}' >"$users/un2@example.com.json"
unmount_tenant
expect_calls "POST /users=1"

step "what cannot be sent is there for the next mount, and is sent once"
mount_tenant async_writes,settle=60
fault '{"match":"*","kind":"reset-before","count":-1}'
fault '{"match":"*oauth*","kind":"reset-before","count":-1}'
for n in $(seq 8); do
	echo "{\"firstName\":\"Left\",\"lastName\":\"$n\"}" >"$users/left$n@example.com.json"
done
expect ln -s ../../users/left3@example.com.json "$webinar/"
unmount_tenant
fault_clear
calls_clear
mount_tenant async,settle=60
expect ls "$users/left8@example.com.json"
expect readlink "$webinar/left3@example.com.json"
sync_tenant
calls | grep '^POST ' >"$WORK/calls"
# with the link, and without
is "POST /users=2" "$(cat calls)"
for n in $(seq 8); do
	is "$n" "$(tenant_user left$n@example.com .lastName)"
done
is 1 "$(tenant_user left3@example.com '.licenseKeys | length')"
is "" "$(sandbox GET state | jq -r '.users[].email | ascii_downcase' | sort | uniq -d)"
