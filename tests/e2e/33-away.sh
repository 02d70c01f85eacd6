#!/bin/bash
# SPDX-License-Identifier: MIT
# A tenant that goes away, a token that no longer works, a mount that is
# read-only, and an unmount with work left.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed=' waits: |refresh: '
start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
webinar=$mnt/licenses/gotowebinar-pro
away() {
	fault '{"match":"*","kind":"reset-before","count":-1}'
	fault '{"match":"*oauth*","kind":"reset-before","count":-1}'
}

# mended: GoTo is back. accepted: what it then took of what changes something,
# by route. (The log is cleared first: what waits may be sent right after.)
mended() {
	expect sandbox POST log/clear
	fault_clear
}
accepted() {
	sandbox GET log | jq -r 'select(.method != "GET" and .api != "oauth" and
		.status >= 200 and .status < 300) | .route' | sort | paste -sd,
}

step "away: reading goes on"
before=$(cd "$mnt" && find users licenses groups | sort)
away
refuse "" 4 "$gotofs" refresh "$mnt"
is stale "$(word .state)"
is "$before" "$(cd "$mnt" && find users licenses groups | sort)"
expect bash -c "cat '$users'/*.json >/dev/null"
expect_out Lee jq -r .lastName "$users/$ann.json"

step "a write gets its verdict in time, names wait"
expect ln -s ../../users/$dan.json "$webinar/"
expect mkdir "$mnt/groups/Later"
expect ln -s ../../users/$dan.json "$mnt/groups/Later/"
expect rm "$mnt/groups/Berlin/$ann.json"
start=$SECONDS
! bash -c "echo '{\"lastName\":\"Away\"}' >'$users/$ann.json'" 2>err || fail "accepted"
grep -qE "Connection timed out|Input/output error" err || fail "$(cat err)"
test $((SECONDS - start)) -lt 60 || fail "waited for ever"
# withdrawn, or on its way: errors/ says which, and so it is
error_record users/$ann.json ETIMEDOUT
name=Away
! grep -q withdrawn "$mnt/.gotofs/errors/users/$ann.json.txt" || name=Lee
expect_out $name jq -r .lastName "$users/$ann.json"
refuse "on their way" 4 "$gotofs" sync --timeout 1 "$mnt"
expect readlink "$webinar/$dan.json" "$mnt/groups/Later/$dan.json"

step "back again: what waited goes through"
fault_clear
calls_clear
sync_tenant
is Later "$(tenant_user $dan .groupName)"
is 2 "$(tenant_user $dan '.licenseKeys | length')"
is null "$(tenant_user $ann .groupName)"
refresh_tenant
is ok "$(word .state)"
is $name "$(tenant_user $ann .lastName)"
expect bash -c "echo '{\"lastName\":\"Lee\"}' >'$users/$ann.json'"

step "links first, then who they are of, and nobody answers (rsync's order)"
new=new.person@example.com
expect ln -s ../../users/$new.json "$webinar/"
expect ln -s ../../users/$new.json "$mnt/groups/Later/"
away
echo '{"firstName":"New","lastName":"Person"}' >new.json
expect cp new.json "$users/.new"
expect mv "$users/.new" "$users/$new.json"
await 60 grep -q "users/$new.json waits" "$daemon_log"
mended
sync_tenant
is "POST /users" "$(accepted)"
is Later "$(tenant_user $new .groupName)"
is 1 "$(tenant_user $new '.licenseKeys | length')"
test -z "$(ls "$mnt/.gotofs/pending")" || fail "something is pending"

step "GoTo is down for a while (503): what nobody waits for is not refused"
fault '{"match":"*","kind":"status","status":503,"count":-1}'
expect mkdir "$mnt/groups/Soon"
expect ln -s ../../users/$ann.json "$mnt/groups/Later/"
expect rm "$webinar/$new.json"
refuse "Input/output error" 1 bash -c "echo '{\"lastName\":\"No\"}' >'$users/$dan.json'"
for name in groups/Soon groups/Later/$ann.json licenses/gotowebinar-pro/$new.json; do
	await 60 grep -q "$name waits: .*HTTP 503" "$daemon_log"
done
mended
sync_tenant
is "DELETE /licenses/{}/users/{},POST /groups,PUT /groups/{}/users/{}" "$(accepted)"
is Later "$(tenant_user $ann .groupName)"
is 0 "$(tenant_user $new '.licenseKeys | length')"

step "only what is made fails so, and what is there can be read"
late=late.comer@example.com
tara=tara.train@example.com
expect rm "$users/$tara.json"
sync_tenant
for name in users groups "licenses/{}/users/{}"; do
	fault "{\"match\":\"POST /$name\",\"kind\":\"status\",\"status\":503,\"count\":-1}"
done
expect mkdir "$mnt/groups/Made"
expect ln -s ../../users/$new.json "$mnt/licenses/gotoconnect-standard/"
expect mv "$mnt/.gotofs/trash/$tara.json" "$users/"
expect cp new.json "$users/.late"
expect mv "$users/.late" "$users/$late.json"
for name in groups/Made licenses/gotoconnect-standard/$new.json users/$tara.json users/$late.json; do
	await 60 grep -q "$name waits: .*HTTP 503" "$daemon_log"
done
refuse "Input/output error" 1 bash -c "echo '{\"firstName\":\"N\",\"lastName\":\"O\"}' >'$users/no@example.com.json'"
mended
sync_tenant
is "POST /groups,POST /licenses/{}/users/{},POST /users,POST /users" "$(accepted)"
is 1 "$(tenant_user $new '.licenseKeys | length')"
is "Person 1" "$(tenant_user $late .lastName) $(tenant_user $tara '.licenseKeys | length')"
expect rm "$mnt/.gotofs/errors/users/no@example.com.json.txt"
is "" "$(find "$mnt/.gotofs/errors" -type f | grep -v "$dan")"

step "an unmount sends what is pending"
calls_clear
expect ln -s ../../users/$ann.json "$webinar/"
unmount_tenant
expect_calls "POST /licenses/{}/users/{}=1"
is 2 "$(tenant_user $ann '.licenseKeys | length')"

step "what cannot be sent stays for the next mount, held removals too"
mount_tenant settle=3600
away
expect ln -s ../../users/$dan.json "$mnt/groups/Sales/"
expect rm "$webinar/$ann.json"
unmount_tenant
fault_clear
calls_clear
mount_tenant settle=3600
expect readlink "$mnt/groups/Sales/$dan.json"
test ! -L "$webinar/$ann.json" || fail "a held removal is shown"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"

step "a second daemon on one state folder, from another profile name"
mkdir other
refuse "$XDG_STATE_HOME/gotofs/sandbox" 5 "$gotofs" mount sandbox other
unmount_tenant

step "-o ro: nothing can be written, all can be read"
mount_tenant ro
calls_clear
expect_out Lee jq -r .lastName "$users/$ann.json"
for cmd in "rm $users/$ann.json" "ln -s ../../users/$ann.json $webinar/" "mkdir $mnt/groups/X" \
	"rmdir $mnt/groups/Later" "mv $users/$ann.json $users/x@example.com.json" \
	"rm $mnt/groups/Sales/$dan.json" "touch $users/new@example.com.json" \
	"cp /etc/hostname $users/$ann.json"; do
	# shellcheck disable=SC2086 # words
	refuse "Read-only file system" 1 $cmd
done
is true "$(word .readOnly)"
sync_tenant
expect_calls
unmount_tenant

step "the token is taken back: EROFS, and it says so"
mount_tenant
expect sandbox POST revoke-tokens -d '{"refresh":true,"pat":true}'
refuse "Read-only file system" 1 bash -c "echo '{\"lastName\":\"No\"}' >'$users/$ann.json'"
error_record users/$ann.json "token"
is "token refused" "$(word .state)"
refuse "Read-only file system" 1 rm "$users/$dan.json"
refuse "Read-only file system" 1 ln -s ../../users/$ann.json "$webinar/"
expect_out Lee jq -r .lastName "$users/$ann.json"
refuse "" 3 "$gotofs" refresh "$mnt"
