#!/bin/bash
# SPDX-License-Identifier: MIT
# The limits of a license, of all licenses together, of people in groups and of
# groups: the one beyond it takes back all of its kind.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
status() {
	jq -r "$1" "$mnt/.gotofs/status.json"
}
limit() {
	status ".guard.limits[\"$1\"] | \"\(.limit) \(.held) \(.tripped)\""
}
all_links() {
	(cd "$mnt" && find licenses groups | sort)
}
# some DIR N: its first links
some() {
	find "$1" -maxdepth 1 -type l | sort | head -n "$2"
}
again() {
	unmount_tenant
	mount_tenant settle=30
	rm -rf "$mnt"/.gotofs/errors/*
	calls_clear
}
mount_tenant settle=30
training=$mnt/licenses/gototraining
webinar=$mnt/licenses/gotowebinar-pro
before=$(all_links)
calls_clear

step "one license: the fourth of fourteen"
mapfile -t links < <(some "$training" 4)
refuse "Disk quota exceeded" 1 rm "${links[@]}"
refuse "3 changes were refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(all_links)"
is "3 0 true" "$(limit licenses/gototraining)"
error_record "licenses/gototraining/${links[3]##*/}" '3 of 14 holders of gototraining'
error_record "licenses/gototraining/${links[0]##*/}" 'the name is back'
expect_calls

step "others go on; so does what is no removal"
expect rm "$(some "$webinar" 1)"
expect ln -s ../../users/ann.lee@example.com.json "$training/"
sync_tenant
expect_calls "DELETE /licenses/{}/users/{}=1" "POST /licenses/{}/users/{}=1"
before=$(all_links)

step "mv to another license takes a seat, and is refused before it gives one"
refuse "Disk quota exceeded" 1 mv "${links[0]}" "$webinar/"
sync_tenant
is "$before" "$(all_links)"
expect_calls

step "mv of too many: who was not sent yet has his old seat alone, others both"
again
mapfile -t links < <(some "$training" 4)
names=("${links[@]##*/}")
fault '{"match":"PUT /users/{}","kind":"hold"}'
in_background sh -c "echo '{\"lastName\":\"Fuchs\"}' >'$mnt/users/${names[1]}'"
wait_for_calls "PUT /users/{}" 1
expect mv "${links[@]:0:3}" "$webinar/" # the second one's waits for that write
wait_for_calls "POST /licenses/{}/users/{}" 2
refuse "Disk quota exceeded" 1 mv "${links[3]}" "$webinar/"
fault_clear
ended 0
refuse "3 changes were refused" 1 "$gotofs" sync "$mnt"
expect readlink "${links[@]}" "$webinar/${names[0]}" "$webinar/${names[2]}"
test ! -L "$webinar/${names[1]}" || fail "both"
error_record "licenses/gototraining/${names[0]}" 'has both seats'
error_record "licenses/gotowebinar-pro/${names[1]}" 'the name is back'
no_error_record "licenses/gototraining/${names[1]}"
expect_writes "PUT /users/{}=1" "POST /licenses/{}/users/{}=2"

step "all licenses together: what single ones refuse counts"
again
before=$(all_links)
refuse "Disk quota exceeded" 1 bash -c "rm '$mnt'/licenses/*/*"
refuse "refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(all_links)"
is true "$(status .guard.limits.licenses.tripped)"
expect_calls

step "links that go with their person are part of his removal"
again
mapfile -t links < <(some "$training" 6)
for link in "${links[@]}"; do
	expect rm "$link" "$mnt/users/${link##*/}"
done
is 6 "$(status .guard.limits.users.held)"
is null "$(status '.guard.limits["licenses/gototraining"]')"
sync_tenant
expect_calls "DELETE /users/{}=6"

step "people in groups"
again
before=$(all_links)
limit=$(limit members)
limit=${limit%% *}
mapfile -t links < <(find "$mnt/groups" -type l | sort | head -n $((limit + 1)))
refuse "Disk quota exceeded" 1 rm "${links[@]}"
refuse "$limit changes were refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(all_links)"
expect_calls

step "a group whose people came back comes back with them"
again
refuse "Disk quota exceeded" 1 rm -r "$mnt/groups"/*
refuse "refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(all_links)"
expect_calls

step "groups"
again
expect mkdir "$mnt/groups/"{One,Two,Three,Four}
sync_tenant
is "3 0 false" "$(limit groups)"
calls_clear
refuse "Disk quota exceeded" 1 rmdir "$mnt/groups/"{One,Two,Three,Four}
refuse "3 changes were refused" 1 "$gotofs" sync "$mnt"
test -d "$mnt/groups/One" || fail "gone"
error_record groups/Four '3 of [0-9]* groups'
expect_calls
expect "$gotofs" allow "$mnt" --removals 4 --for 2h --reason 'they were a test'
expect rmdir "$mnt/groups/"{One,Two,Three,Four}
sync_tenant
expect_calls "DELETE /groups/{}=4"

step "rm licenses/*/*: nobody loses a seat"
again
before=$(all_links)
refuse "Disk quota exceeded" 1 bash -c 'rm "$1"/licenses/*/*' - "$mnt"
all_back() { test "$(all_links)" = "$before"; }
await 30 all_back
refuse "were refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(all_links)"
expect_calls
