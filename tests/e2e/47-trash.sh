#!/bin/bash
# SPDX-License-Identifier: MIT
# .gotofs/trash/: who was removed, as he was; mv back to users/ restores him
# with licenses and group, in one call.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
trash=$mnt/.gotofs/trash
business=$mnt/licenses/gotomeeting-business
webinar=$mnt/licenses/gotowebinar-pro
carla=carla.upper@example.com
kim=kim.park@example.com
dan=dan.fox@example.com
max=max+test@example.com
tara=tara.train@example.com # whom nobody has pushed to (DESIGN 3, grace time)
stan=stan.still@example.com
cora=cora.connect@example.com

# person_is EMAIL: all that the tenant has of him, but for what time does
person_is() {
	tenant_user "$1" '[.key, .email, .firstName, .lastName, .locale, .timeZone,
		(.licenseKeys | sort), .groupName] | tostring'
}

# remove EMAIL: he is gone, and in the trash
remove() {
	expect rm "$users/$1.json"
	sync_tenant
	is "" "$(tenant_user "$1")"
	test -f "$trash/$1.json" || fail "not in the trash: $1"
}

# restore EMAIL: he is back, with exactly these calls
restore() {
	calls_clear
	expect mv "$trash/$1.json" "$users/"
	sync_tenant
	expect_calls "POST /users=1" "GET /users/{}=1"
	gone "$trash/$1.json"
}

step "a removal leaves the record in the trash; it reads as any file"
expect ln -s ../../users/$kim.json "$webinar/"
sync_tenant
was=$(person_is $kim)
ino=$(stat -c %i "$users/$kim.json")
links=$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json" | sort)
is 3 "$(wc -l <<<"$links")"
cp "$mnt/.gotofs/records/$kim.json" record.json
is "" "$(ls "$trash")"
remove $kim
is $kim.json "$(ls "$trash")"
expect cmp record.json "$trash/$kim.json"
expect_out "400 $(stat -c %s record.json)" stat -c '%a %s' "$trash/$kim.json"
expect cp "$trash/$kim.json" copy.json
expect cmp record.json copy.json
expect test "$(stat -c %Y "$trash/$kim.json")" -ge "$(stat -c %Y "$WORK/record.json")"

step "it is not removed, written, moved elsewhere, or added to from there"
calls_clear
refuse "Operation not permitted" 1 rm -f "$trash/$kim.json"
error_record trash/$kim.json "90 days"
refuse "Permission denied" 1 setpriv --reuid=65534 --clear-groups cat "$trash/$kim.json"
refuse "Bad message" 1 mv "$trash/$kim.json" "$users/kim.txt"
refuse "Operation not permitted" 1 mv "$trash/$kim.json" "$business/"
refuse "Bad message" 1 mv "$trash/$kim.json" "$users/kimberly@example.com.json"
error_record users/kimberly@example.com.json "own address"
refuse "File exists" 1 mv "$trash/$kim.json" "$ann"
refuse "Operation not permitted" 1 mv "$ann" "$trash/"
refuse "Operation not permitted" 1 cp record.json "$trash/new.json"
refuse "Operation not permitted" 1 cp record.json "$trash/$kim.json"
is $kim.json "$(ls "$trash")"
expect_calls
acknowledge

step "mv back: one POST, the same key, licenses, group, st_ino"
restore $kim
is "$was" "$(person_is $kim)"
is "$ino" "$(stat -c %i "$users/$kim.json")"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json" | sort)"
expect_out $kim jq -r .email "$users/$kim.json"
expect cmp "$users/$kim.json" "$mnt/.gotofs/records/$kim.json"
no_error_record users/$kim.json
is "" "$(ls "$trash")"
tail -n 6 "$mnt/.gotofs/journal.jsonl" | jq -r 'select(.verb == "create").reason' >reason
grep -q "^restored; removed at .* by uid 0 (rm)$" reason || fail "$(cat reason)"

step "the rename does not wait, and he is shown at once"
remove $kim
fault '{"match":"POST /users","kind":"hold"}'
calls_clear
expect mv "$trash/$kim.json" "$users/"
expect_out $kim jq -r .email "$users/$kim.json"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json" | sort)"
gone "$trash/$kim.json"
refuse "No such file" 1 mv "$trash/$kim.json" "$users/"
wait_for_calls "POST /users" 1
fault_clear
sync_tenant
expect_calls "POST /users=1" "GET /users/{}=1"
is "$was" "$(person_is $kim)"

step "no free seat, and a group that is gone: the rest, and it is said"
remove $carla
mutate '{"op":"delete-group","group":"Berlin"}'
mutate "$(tenant_license "GoToWebinar Pro" '{op: "update-license", license: .key, seats: .userCount}')"
is 0 "$(tenant_license "GoToWebinar Pro" '.seats - .userCount')"
refresh_tenant
restore $carla
is "null null" "$(tenant_user $carla '"\(.groupName) \(.licenseKeys)"')"
error_record users/$carla.json 'license gotowebinar-pro \(no free seat\), group "Berlin" \(there is none\)'
error_record users/$carla.json "restored, but not whole"
is "not restored: license gotowebinar-pro (no free seat), group \"Berlin\" (there is none)" \
	"$(tail -n 1 "$mnt/.gotofs/journal.jsonl" | jq -r .reason | sed 's/.*(rm); //')"
expect rm "$mnt/.gotofs/errors/users/$carla.json.txt"

step "a license that is gone"
remove $dan
mutate "{\"op\":\"delete-license\",\"license\":\"$(jq -r .key "$mnt/.gotofs/licenses/gotomeeting-business.json")\"}"
refresh_tenant
restore $dan
is Sales "$(tenant_user $dan .groupName)"
error_record users/$dan.json 'license [0-9]* \(there is none\)'
expect rm "$mnt/.gotofs/errors/users/$dan.json.txt"

step "removed elsewhere: in the trash too, and restored from there"
was=$(person_is $tara)
mutate "{\"op\":\"delete-user\",\"email\":\"$tara\"}"
refresh_tenant
gone "$users/$tara.json"
expect jq -e . "$trash/$tara.json"
restore $tara
is "$was" "$(person_is $tara)"
tail -n 6 "$mnt/.gotofs/journal.jsonl" | jq -r 'select(.verb == "create").reason' >reason
grep -q "^restored; removed elsewhere, seen at " reason || fail "$(cat reason)"

step "who is back by himself is not in the trash"
mutate "{\"op\":\"delete-user\",\"email\":\"$cora\"}"
refresh_tenant
is $cora.json "$(ls "$trash")"
mutate "{\"op\":\"create-user\",\"email\":\"$cora\",\"fields\":{\"firstName\":\"D\",\"lastName\":\"F\"}}"
refresh_tenant
is "" "$(ls "$trash")"
remove $cora
expect cp "$trash/$cora.json" "$users/"
is "" "$(ls "$trash")"

step "another account under the same address: the entry stays, mv is EEXIST"
remove $max
expect mv "$users/$stan.json" "$users/$max.json"
refuse "File exists" 1 mv "$trash/$max.json" "$users/"
is $max.json "$(ls "$trash")"
remove $max
is 2 "$(ls "$trash" | wc -l)"
acknowledge

step "a create that is refused: back in the trash, with a record; no link is left"
was=$(person_is $kim)
remove $kim
calls_clear
fault '{"match":"POST /users","kind":"status","status":403,"count":-1}'
expect mv "$trash/$kim.json" "$users/"
sync_tells "users/$kim.json"
fault_clear
error_record users/$kim.json EACCES
await 30 test -f "$trash/$kim.json"
gone "$users/$kim.json"
no_links() {
	test -z "$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json")"
}
await 30 no_links
expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"
sync_tenant

step "read-only is read-only here too"
echo ro >"$mnt/.gotofs/ctl"
refuse "Read-only file system" 1 mv "$trash/$kim.json" "$users/"
echo rw >"$mnt/.gotofs/ctl"
test -f "$trash/$kim.json" || fail "not in the trash"

step "it survives a remount, and so does a restore on its way"
fault '{"match":"POST /users","kind":"hang","count":-1}'
calls_clear
log_allowed='waits: |^$'
expect mv "$trash/$kim.json" "$users/"
wait_for_calls "POST /users" 1
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
fusermount3 -uz "$mnt" 2>/dev/null || umount -l "$mnt"
fault_clear
calls_clear
is 2 "$(sqlite3 "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" 'SELECT count(*) FROM trash WHERE restoring = 0')"
mount_tenant
sync_tenant
is "$was" "$(person_is $kim)"
is 2 "$(ls "$trash" | wc -l)"
gone "$trash/$kim.json"
restore $max
unmount_tenant
mount_tenant
is 1 "$(ls "$trash" | wc -l)"
