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

# What is queued was accepted an hour earlier than it was.
an_hour_later() {
	python3 - "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
n = db.execute("UPDATE change SET created_ms = created_ms - 3700000").rowcount
db.commit()
assert n == 1, n
END
}
held() {
	jq .changes.held "$mnt/.gotofs/status.json"
}

step "held: the names stay hidden, and settle anew"
mount_tenant settle=3600
calls_clear
expect rm "$users/$dan.json" "$webinar/carla.upper@example.com.json" "$mnt/groups/Berlin/$ann.json"
crash_clear
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
crash_clear
an_hour_later
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
await 30 jq -e '.changes.pending == 4' "$mnt/.gotofs/status.json"
crash_clear
mount_tenant
expect_out Queued jq -r .lastName "$users/$ann.json"
expect readlink "$webinar/$ann.json" "$mnt/groups/Away/$ann.json"
sync_tenant
is "Queued Away" "$(tenant_user $ann '"\(.lastName) \(.groupName)"')"
expect_calls "PUT /users/{}=1" "POST /groups=1" "PUT /groups/{}/users/{}=1" \
	"POST /licenses/{}/users/{}=1" "GET /users/{}=1" "GET /groups=1"
unmount_tenant

step "queued behind a creation that is not sent: a restore, -o async"
tara=tara.train@example.com
mount_tenant async
expect rm "$users/$tara.json"
sync_tenant
fault '{"match":"*","kind":"reset-before","count":-1}'
expect mv "$mnt/.gotofs/trash/$tara.json" "$users/"
expect mv "$users/$tara.json" "$users/tara.new@example.com.json"
expect ln -s ../../users/tara.new@example.com.json "$webinar/"
echo "$doc" >"$users/first@example.com.json" || fail "refused"
expect mv "$users/first@example.com.json" "$users/second@example.com.json"
echo '{"lastName":"Changed"}' >"$users/second@example.com.json" || fail "refused"
crash_clear
mount_tenant async
expect_out Changed jq -r .lastName "$users/second@example.com.json"
sync_tenant
is "" "$(tenant_user $tara)$(tenant_user first@example.com)"
is 2 "$(tenant_user tara.new@example.com '.licenseKeys | length')"
is Changed "$(tenant_user second@example.com .lastName)"
expect_writes "POST /users=2" "PUT /users/{}=3"
expect mv "$users/tara.new@example.com.json" "$users/$tara.json"
expect rm "$webinar/$tara.json" "$users/second@example.com.json"
sync_tenant
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
	crash_clear
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

step "a removal is read back: done is not done again, and the others are held first"
killed_while_sending slow true "DELETE /users/{}/groups" "rm $groups/Crash/$bob.json" \
	"tenant_user $bob .groupName" null "GET /users/{}=1"
killed_while_sending slow true "DELETE /groups/{}" "rmdir $groups/Crash" "$count_group" 0 "GET /groups=1"
killed_while_sending slow true "DELETE /licenses/{}/users/{}" "rm $webinar/$ann.json" \
	"tenant_user $ann '.licenseKeys | length'" 1 "GET /users/{}=1"
killed_while_sending slow true "DELETE /users/{}" "rm $users/$bob.json" "$count_bob" 0 "GET /users/{}=1"

# held_again ROUTE LOOK FILE UNDO...: its removal is not heard, and is taken back
held_again() {
	local route=$1 look=$2 file=$3
	shift 3
	step "$route was not heard: held, and taken back"
	mount_tenant settle=0.1
	fault "{\"match\":\"$route\",\"kind\":\"hang\"}"
	calls_clear
	expect rm -d "$file"
	wait_for_calls "$route" 1
	crash_clear
	mount_tenant settle=3600
	await 30 jq -e '.changes.held == 1' "$mnt/.gotofs/status.json"
	test ! -e "$file" || fail "shown again"
	expect "$@"
	sync_tenant
	expect_calls "$look=1"
	unmount_tenant
}
mount_tenant
expect mkdir "$groups/Crash"
sync_tenant
unmount_tenant
held_again "DELETE /groups/{}" "GET /groups" "$groups/Crash" mkdir "$groups/Crash"
held_again "DELETE /users/{}/groups" "GET /users/{}" "$groups/Away/$ann.json" \
	ln -s "../../users/$ann.json" "$groups/Away/"
held_again "DELETE /licenses/{}/users/{}" "GET /users/{}" \
	"$mnt/licenses/gotomeeting-business/$ann.json" \
	ln -s "../../users/$ann.json" "$mnt/licenses/gotomeeting-business/"

step "DELETE /users/{} of two, not heard: protected by then, or beyond the limit"
conf=$XDG_CONFIG_HOME/gotofs/$profile.conf
olga=olga.open@example.com
mount_tenant settle=0.1
fault '{"match":"DELETE /users/{}","kind":"hang","count":-1}'
calls_clear
expect rm "$users/kim.park@example.com.json" "$users/$olga.json"
wait_for_calls "DELETE /users/{}" 2
crash_clear
cp "$conf" plain.conf
sed -i '/^\[guard\]/,/^$/d' "$conf"
printf '\n[guard]\nprotect = kim*\nmax_removals = 0\n' >>"$conf"
mount_tenant settle=0.1
refuse "2 changes were refused" 1 "$gotofs" sync "$mnt"
error_record users/kim.park@example.com.json "protected by the profile"
error_record users/$olga.json "removal limit"
expect "$gotofs" refresh "$mnt"
test -e "$users/kim.park@example.com.json" || fail "not back"
test -e "$users/$olga.json" || fail "not back"
is "" "$(calls | grep DELETE)"
expect rm "$mnt/.gotofs/errors/users/kim.park@example.com.json.txt" "$mnt/.gotofs/errors/users/$olga.json.txt"
unmount_tenant
cp plain.conf "$conf"

step "... and of long ago: cancelled"
mount_tenant settle=0.1
fault '{"match":"DELETE /users/{}","kind":"hang"}'
calls_clear
expect rm "$users/$olga.json"
wait_for_calls "DELETE /users/{}" 1
crash_clear
an_hour_later
mount_tenant settle=0.1
refuse "more than an hour" 1 bash -c "'$gotofs' sync '$mnt' >&2"
error_record users/$olga.json "more than an hour"
test -e "$users/$olga.json" || fail "still hidden"
expect_calls "GET /users/{}=1"
expect rm "$mnt/.gotofs/errors/users/$olga.json.txt"
unmount_tenant

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
