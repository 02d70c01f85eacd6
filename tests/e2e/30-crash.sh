#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 at every moment of a change, and what the next mount makes of it:
# nothing lost, nothing done twice.
# shellcheck disable=SC2016,SC2089,SC2090 # scripts for another bash
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed=' waits: '
start_sandbox
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
bob=bob.stone@example.com
webinar=$mnt/licenses/gotowebinar-pro
doc='{"firstName":"Bob","lastName":"Stone"}'

crash() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	expect "$gotofs" umount "$mnt"
	fault_clear
	calls_clear
}
held() {
	jq .changes.held "$mnt/.gotofs/status.json"
}
# in_background CMD...: it waits for the tenant, or dies with the daemon
in_background() {
	"$@" >"$WORK/background" 2>&1 &
}

step "held: the names stay hidden, and settle anew"
mount_tenant settle=3600
calls_clear
expect rm "$users/$dan.json" "$webinar/carla.upper@example.com.json" "$mnt/groups/Berlin/$ann.json"
crash
mount_tenant settle=3600
test ! -e "$users/$dan.json" || fail "a removed user is back"
test ! -L "$webinar/carla.upper@example.com.json" || fail "a removed link is back"
test ! -L "$mnt/groups/Berlin/$ann.json" || fail "a removed link is back"
is 3 "$(held)"
test -L "$mnt/licenses/gotomeeting-business/$dan.json" || fail "his links went before he did"
step "and can be cancelled still"
expect ln -s ../../users/$ann.json "$mnt/groups/Berlin/"
is 2 "$(held)"
sync_tenant
expect_calls "DELETE /users/{}=1" "DELETE /licenses/{}/users/{}=1"
is Berlin "$(tenant_user $ann .groupName)"
is "" "$(tenant_user $dan)"
unmount_tenant

step "held for more than an hour while nothing was mounted: cancelled, and said"
mount_tenant settle=3600
expect rm "$users/kim.park@example.com.json"
crash
python3 - "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
n = db.execute("UPDATE change SET created_ms = created_ms - 3700000").rowcount
db.commit()
assert n == 1, n
END
mount_tenant settle=3600
test -e "$users/kim.park@example.com.json" || fail "still hidden"
error_record users/kim.park@example.com.json "more than an hour"
is 0 "$(held)"
refuse "more than an hour" 1 bash -c "'$gotofs' sync '$mnt' >&2"
expect_calls
unmount_tenant

step "queued, the tenant away: sent by the next mount"
mount_tenant
fault '{"match":"*","kind":"reset-before","count":-1}'
expect ln -s ../../users/$ann.json "$webinar/"
expect mkdir "$mnt/groups/Away"
expect ln -s ../../users/$ann.json "$mnt/groups/Away/"
in_background bash -c "echo '{\"lastName\":\"Queued\"}' >'$users/$ann.json'"
await 10 jq -e '.changes.pending == 4' "$mnt/.gotofs/status.json"
crash
mount_tenant
expect_out Queued jq -r .lastName "$users/$ann.json"
expect readlink "$webinar/$ann.json" "$mnt/groups/Away/$ann.json"
sync_tenant
is "Queued Away" "$(tenant_user $ann '"\(.lastName) \(.groupName)"')"
expect_calls "PUT /users/{}=1" "POST /groups=1" "PUT /groups/{}/users/{}=1" \
	"POST /licenses/{}/users/{}=1" "GET /users/{}=1" "GET /groups=1"
unmount_tenant

# Each verb, killed while its call hangs (not done) or is answered slowly
# (done): ROUTE, what to do, how the tenant shows it, calls afterwards.
killed_while_sending() {
	local kind=$1 apply=$2 route=$3 make=$4 truth=$5 want=$6
	shift 6
	step "$kind: $route, killed while it is being sent"
	mount_tenant settle=0.1
	calls_clear
	fault "{\"match\":\"$route\",\"kind\":\"$kind\",\"delay_ms\":60000,\"apply\":$apply}"
	in_background bash -c "$make"
	wait_for_calls "$route" 1
	crash
	mount_tenant settle=0.1
	sync_tenant
	is "$want" "$(eval "$truth")"
	expect_calls "$@"
	unmount_tenant
}
export users webinar mnt ann bob doc
groups=$mnt/groups
count_bob='sandbox GET state | jq "[.users[] | select(.email == \"'$bob'\")] | length"'
count_group='sandbox GET state | jq "[.groups[] | select(.name == \"Crash\")] | length"'

step "a create whose answer was lost is read back: never two accounts"
killed_while_sending slow true "POST /users" 'echo "$doc" >$users/$bob.json' \
	"$count_bob" 1 "GET /users=1"
mount_tenant
expect_out Stone jq -r .lastName "$users/$bob.json"
expect rm "$users/$bob.json"
sync_tenant
unmount_tenant
killed_while_sending hang false "POST /users" 'echo "$doc" >$users/$bob.json' \
	"$count_bob" 1 "GET /users=2" "POST /users=1" "GET /users/{}=1"
killed_while_sending slow true "PUT /users/{}" 'echo "{\"lastName\":\"Slow\"}" >$users/$bob.json' \
	"tenant_user $bob .lastName" Slow "PUT /users/{}=1"
killed_while_sending hang false "PUT /users/{}" 'echo "{\"lastName\":\"Hung\"}" >$users/$bob.json' \
	"tenant_user $bob .lastName" Hung "PUT /users/{}=1"
killed_while_sending slow true "POST /groups" "mkdir $groups/Crash" "$count_group" 1 "GET /groups=1"
killed_while_sending slow true "PUT /groups/{}" "mv $groups/Crash $groups/Crush" \
	"$count_group" 0 "PUT /groups/{}=1"
killed_while_sending hang false "PUT /groups/{}" "mv $groups/Crush $groups/Crash" \
	"$count_group" 1 "PUT /groups/{}=1"
killed_while_sending slow true "PUT /groups/{}/users/{}" "ln -s ../../users/$bob.json $groups/Crash/" \
	"tenant_user $bob .groupName" Crash "PUT /groups/{}/users/{}=1"
killed_while_sending slow true "DELETE /users/{}/groups" "rm $groups/Crash/$bob.json" \
	"tenant_user $bob .groupName" null "DELETE /users/{}/groups=1"
killed_while_sending slow true "DELETE /groups/{}" "rmdir $groups/Crash" "$count_group" 0 "DELETE /groups/{}=1"
killed_while_sending slow true "DELETE /licenses/{}/users/{}" "rm $webinar/$ann.json" \
	"tenant_user $ann '.licenseKeys | length'" 1 "DELETE /licenses/{}/users/{}=1"
killed_while_sending slow true "DELETE /users/{}" "rm $users/$bob.json" "$count_bob" 0 "DELETE /users/{}=1"

step "assign: whose answer was lost is read back, not sent again"
killed_while_sending slow true "POST /licenses/{}/users/{}" "ln -s ../../users/$ann.json $webinar/" \
	"tenant_user $ann '.licenseKeys | length'" 2 "GET /users/{}=1"
killed_while_sending hang false "POST /licenses/{}/users/{}" \
	"ln -s ../../users/$ann.json $mnt/licenses/gototraining/" \
	"tenant_user $ann '.licenseKeys | length'" 3 "GET /users/{}=1" "POST /licenses/{}/users/{}=1"

step "none of it left an error behind"
mount_tenant
expect rm -f "$mnt/.gotofs/errors/users/kim.park@example.com.json.txt"
is "" "$(find "$mnt/.gotofs/errors" -type f)"
is 0 "$(jq .changes.pending "$mnt/.gotofs/status.json")"
