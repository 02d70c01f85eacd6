#!/bin/bash
# SPDX-License-Identifier: MIT
# .gotofs/pending/: what is not sent yet, a file each; rm cancels one.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant settle=120,deadline=120
pending=$mnt/.gotofs/pending
webinar=$mnt/licenses/gotowebinar-pro
training=$mnt/licenses/gototraining
kim=kim.park@example.com
dan=dan.fox@example.com
stan=stan.still@example.com

# pending_one PATTERN: the path of the one file whose name ends so
pending_one() {
	local found
	found=$(find "$pending" -name "*.$1")
	test "$(wc -l <<<"$found")" -eq 1 || fail "not one $1: $(ls "$pending")"
	echo "$found"
}

step "nothing is pending"
is "" "$(ls -A "$pending")"
refuse "No such file" 1 cat "$pending/1.remove.$kim.json"
refuse "No such file" 1 cat "$pending/x"
refuse "Operation not permitted" 1 cp /dev/null "$pending/x"
acknowledge
calls_clear

step "a held removal: its file, and rm brings the name back"
expect rm "$users/$kim.json"
file=$(pending_one "remove.$kim.json")
expect_out "users/$kim.json remove held 0 rm" \
	jq -r '"\(.path) \(.verb) \(.state) \(.uid) \(.command)"' "$file"
expect_out "$(tenant_user $kim .key)" jq -r .sends.userKey "$file"
expect_out "$(stat -c %s "$file")" bash -c "wc -c <'$file'"
is "400" "$(stat -c %a "$file")"
refuse "Permission denied" 1 setpriv --reuid=65534 --clear-groups rm -f "$file"
expect rm "$file"
await 60 test -e "$users/$kim.json" # (the kernel is told after the answer)
expect_out $kim jq -r .email "$users/$kim.json"
is "" "$(ls "$pending")"
refuse "No such file" 1 cat "$file"
journal_last .reason >reason
is "cancelled in .gotofs/pending by uid 0 (rm)" "$(cat reason)"
journal_last .result >reason
is ECANCELED "$(cat reason)"
sync_tenant
expect_calls
no_error_record users/$kim.json

step "held removals of links and groups, and a folder that is not sent yet"
expect rm "$mnt/groups/Sales/$dan.json"
expect rm "$mnt/licenses/gotomeeting-business/$dan.json"
echo ro >"$mnt/.gotofs/ctl" # a cancellation sends nothing
expect rm "$(pending_one "take-out.$dan.json")" "$(pending_one "unassign.$dan.json")"
await 60 test -e "$mnt/groups/Sales/$dan.json"
await 60 test -e "$mnt/licenses/gotomeeting-business/$dan.json"
expect_out $dan jq -r .email "$mnt/groups/Sales/$dan.json"
expect_out $dan jq -r .email "$mnt/licenses/gotomeeting-business/$dan.json"
echo rw >"$mnt/.gotofs/ctl"
sync_tenant
expect_calls

step "its call has begun: EBUSY; what waits behind it is cancelled"
fault '{"match":"POST /licenses/{}/users/{}","kind":"hold","count":-1}'
expect ln -s "../../users/$dan.json" "$webinar/"
wait_for_calls "POST /licenses/{}/users/{}" 1
expect ln -s "../../users/$dan.json" "$mnt/groups/Berlin/"
expect_out sending jq -r .state "$(pending_one "assign.$dan.json")"
expect_out queued jq -r .state "$(pending_one "move.$dan.json")"
expect_out "Berlin" jq -r .sends.group "$(pending_one "move.$dan.json")"
begun=$(pending_one "assign.$dan.json")
refuse "Device or resource busy" 1 rm "$begun"
error_record "pending/${begun##*/}" "its call has begun"
expect rm "$(pending_one "move.$dan.json")"
await 60 test ! -e "$mnt/groups/Berlin/$dan.json"
await 60 test -e "$mnt/groups/Sales/$dan.json"
expect_out $dan jq -r .email "$mnt/groups/Sales/$dan.json"

step "a writer who waits is told: ECANCELED"
printf_to "$users/$dan.json" '{"lastName":"Foxx"}' 2>"$WORK/writer" &
writer=$!
await 60 bash -c "ls '$pending' | grep -q 'update.$dan.json'"
expect_out Foxx jq -r .sends.fields.lastName "$(pending_one "update.$dan.json")"
expect rm "$(pending_one "update.$dan.json")"
wait $writer
is 1 $?
grep -q "Operation canceled" "$WORK/writer" || fail "$(cat "$WORK/writer")"
await 60 grep -q '"Fox"' "$users/$dan.json"
fault_clear
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1"
expect rm "$mnt/.gotofs/errors/pending/${begun##*/}.txt"
is "" "$(ls "$pending")"

step "a creation that was not sent, and its links"
fault '{"match":"POST /groups","kind":"hold"}'
expect mkdir "$mnt/groups/New"
wait_for_calls "POST /groups" 1
expect mkdir "$mnt/groups/New/Inner"
expect ln -s "../../../users/$stan.json" "$mnt/groups/New/Inner/"
refuse "Device or resource busy" 1 rm "$(pending_one group-create.New)"
expect rm "$(pending_one group-create.Inner)"
await 60 test ! -e "$mnt/groups/New/Inner"
await 60 test -e "$mnt/groups/Support/$stan.json"
expect_out $stan jq -r .email "$mnt/groups/Support/$stan.json"
is 1 "$(ls "$pending" | wc -l)"
fault_clear
sync_tenant
expect_calls "POST /groups=1"
acknowledge

step "links that wait for somebody"
expect ln -s ../../users/bob.stone@example.com.json "$training/"
expect_out waiting jq -r .state "$(pending_one assign.bob.stone@example.com.json)"
expect_out null jq -r .sends.userKey "$(pending_one assign.bob.stone@example.com.json)"
expect rm "$(pending_one assign.bob.stone@example.com.json)"
await 60 test ! -L "$training/bob.stone@example.com.json"
is "" "$(ls "$pending")"
expect_calls

step "hundreds of them: listed whole, in order, each found by name"
for ((i = 1; i <= 150; i++)); do
	ln -s "../../users/new$i@example.com.json" "$mnt/groups/Sales/"
done || fail "ln"
ls -U "$pending" >names
is 150 "$(wc -l <names)"
is "" "$(sort -n -c names 2>&1)"
expect_out 150 bash -c "cd '$pending' && cat * | jq -s length"
expect rm "$pending"/*.move.new1*.json
is 88 "$(ls "$pending" | wc -l)"
is 88 "$(jq .changes.pending "$mnt/.gotofs/status.json")"
expect find "$pending" -type f -delete
is "" "$(ls -A "$pending")"
is 0 "$(jq .changes.pending "$mnt/.gotofs/status.json")"
sync_tenant
expect_calls

step "they are there after a remount, and can be cancelled then"
expect rm "$users/$kim.json"
unmount_tenant
mount_tenant settle=120
test ! -e "$users/$kim.json" || fail "shown"
expect rm "$(pending_one "remove.$kim.json")"
await 60 test -e "$users/$kim.json"
sync_tenant
