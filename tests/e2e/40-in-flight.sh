#!/bin/bash
# SPDX-License-Identifier: MIT
# What is on its way meets something else: a refusal, a refresh, a lost answer,
# a listing that lags.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

link=../../users/bob.stone@example.com.json
webinar=$mnt/licenses/gotowebinar-pro

# commit_bob: as rsync does it; nobody waits for the verdict
commit_bob() {
	printf '%s' "$bob_text" >"$users/.bob.XXXXXX"
	expect mv "$users/.bob.XXXXXX" "$bob"
}

# (the kernel is told after the record is there)
gone_now() { test ! -e "$1"; }

start_sandbox
mount_tenant

step "a create that is refused: the link that was queued behind it waits on"
mutate '{"op":"create-user","email":"bob.stone@example.com","fields":{"firstName":"B","lastName":"S"}}'
fault '{"match":"POST /users","kind":"hold"}'
calls_clear
commit_bob
wait_for_calls "POST /users" 1 # else the link would go with him
expect ln -s "$link" "$webinar/bob.stone@example.com.json"
fault_clear
await 30 test -e "$mnt/.gotofs/errors/users/bob.stone@example.com.json.txt"
await 30 gone_now "$bob"
expect_calls "POST /users=1"
refresh_tenant
field "$bob" .lastName S
"$gotofs" sync --timeout 60 "$mnt" >"$WORK/out" 2>&1
is 1 "$(tenant_user bob.stone@example.com '.licenseKeys | length')"
expect rm "$bob"
sync_tenant

step "a refresh while a create is on its way: one person"
fault '{"match":"POST /users","kind":"slow","delay_ms":1500,"apply":true}'
calls_clear
commit_bob
wait_for_calls "POST /users" 1
refresh_tenant
expect test -e "$bob"
sync_tenant
refresh_tenant
field "$bob" .lastName Stone
is 1 "$(find "$users" -name 'bob*' | wc -l)"

step "and while a group is made"
fault '{"match":"POST /groups","kind":"slow","delay_ms":1500,"apply":true}'
calls_clear
expect mkdir "$mnt/groups/Newbies"
number=$(stat -c %i "$mnt/groups/Newbies")
wait_for_calls "POST /groups" 1
expect mv "$mnt/groups/Berlin/ann.lee@example.com.json" "$mnt/groups/Newbies/"
refresh_tenant
sync_tenant
refresh_tenant
is 1 "$(find "$mnt/groups" -maxdepth 1 -name 'Newb*' | wc -l)"
expect_out "$number" stat -c %i "$mnt/groups/Newbies"
is "$(tenant_group Newbies .key)" "$(tenant_user ann.lee@example.com .groupKey)"

step "a group that is removed before it was sent takes what names it along"
fault '{"match":"POST /groups","kind":"hold"}'
calls_clear
expect mkdir "$mnt/groups/Outer"
expect mkdir "$mnt/groups/Outer/One"
expect mv "$mnt/groups/Outer/One" "$mnt/groups/Outer/Two"
expect mv "$mnt/groups/Newbies/ann.lee@example.com.json" "$mnt/groups/Outer/Two/"
expect rm "$mnt/groups/Outer/Two/ann.lee@example.com.json"
expect rmdir "$mnt/groups/Outer/Two"
fault_clear
sync_tenant
expect_calls "POST /groups=1" "DELETE /users/{}/groups=1"
expect rmdir "$mnt/groups/Outer"
sync_tenant

step "a lost answer is read back, over a retry too: nobody is created twice"
log_allowed='waits: '
expect rm "$bob"
sync_tenant
calls_clear
fault '{"match":"POST /users","kind":"reset-after"}'
fault '{"match":"GET /users","kind":"reset-before","count":-1}'
commit_bob
wait_for_calls "GET /users" 3
fault_clear
sync_tenant
expect_out 1 bash -c "curl -sS '$sandbox_url/sandbox/counters' | jq '.byRoute[\"POST /users\"]'"
no_error_record users/bob.stone@example.com.json
field "$bob" .lastName Stone

step "a group whose answer was lost, and that is not listed yet: it is ours"
refresh_tenant
switch '{"staleness_ms":600000}'
fault '{"match":"POST /groups","kind":"reset-after"}'
calls_clear
expect mkdir "$mnt/groups/Lagging"
expect ln -s ../../users/ann.lee@example.com.json "$mnt/groups/Lagging/"
await 30 grep -q "groups/Lagging waits: .*does not show it yet" "$daemon_log"
switch '{"staleness_ms":0}'
advance_ms 700000
sync_tenant
expect_writes "POST /groups=2" "PUT /groups/{}/users/{}=1"
is "$(tenant_group Lagging .key)" "$(tenant_user ann.lee@example.com .groupKey)"
no_error_record groups/Lagging
expect rm "$mnt/groups/Lagging/ann.lee@example.com.json"
sync_tenant

step "a removed person whom the listing still names does not come back"
switch '{"staleness_ms":3600000}'
expect rm "$bob"
sync_tenant
refresh_tenant
gone "$bob"
switch '{"staleness_ms":0}'

step "a license and a group of many people vanish"
holders=$(find "$mnt/licenses/gotomeeting-business" -name '*.json' | wc -l)
test "$holders" -gt 70 || fail "only $holders holders"
mutate '{"op":"delete-license","license":"GoToMeeting Business"}'
mutate '{"op":"delete-group","group":"Sales"}'
refresh_tenant
test ! -e "$mnt/licenses/gotomeeting-business" || fail "still there"
expect find "$mnt" -ls
