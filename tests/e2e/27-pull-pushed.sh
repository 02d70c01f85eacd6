#!/bin/bash
# SPDX-License-Identifier: MIT
# What was pushed lately, or while a pull ran, is read again and never
# overwritten by a listing that is older than it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
bob=bob.stone@example.com
webinar=$mnt/licenses/gotowebinar-pro

# The listing is read, then its answer is late; meanwhile: CMD
during_a_pull() {
	fault '{"match":"GET /users","kind":"slow","delay_ms":1500}'
	calls_clear
	"$gotofs" refresh "$mnt" &
	wait_for_calls "GET /users" 1
	"$@"
	wait $!
	is 0 $?
	fault_clear
}
write_ann() {
	expect bash -c "echo '{\"lastName\":\"$1\"}' >'$users/$ann.json'"
}

step "a write while a pull runs"
during_a_pull write_ann During
expect_out During jq -r .lastName "$users/$ann.json"
is During "$(tenant_user $ann .lastName)"
refresh_tenant
expect_out During jq -r .lastName "$users/$ann.json"

step "a new user, a link, a move, a removal while a pull runs"
much() {
	expect bash -c "echo '{\"firstName\":\"B\",\"lastName\":\"S\"}' >'$users/$bob.json'"
	expect ln -s ../../users/$bob.json "$webinar/"
	expect ln -s ../../users/$dan.json "$mnt/groups/Berlin/"
	expect mkdir "$mnt/groups/During"
	expect rm "$users/kim.park@example.com.json"
	sync_tenant
}
shows_it() {
	expect_out S jq -r .lastName "$users/$bob.json"
	expect readlink "$webinar/$bob.json" "$mnt/groups/Berlin/$dan.json"
	test ! -L "$mnt/groups/Sales/$dan.json" || fail "in two groups"
	test -d "$mnt/groups/During" || fail "the group is gone"
	test ! -e "$users/kim.park@example.com.json" || fail "he is back"
	is "" "$(find "$mnt/licenses" "$mnt/groups" -name kim.park@example.com.json)"
}
during_a_pull much
shows_it
refresh_tenant
shows_it
unmount_tenant
mount_tenant
shows_it

step "what is held or waits is not shown again by a pull"
expect rm "$users/olga.open@example.com.json" "$webinar/$bob.json"
expect rmdir "$mnt/groups/During"
expect ln -s ../../users/zoe@example.com.json "$webinar/"
refresh_tenant
test ! -e "$users/olga.open@example.com.json" || fail "the user is back"
test ! -L "$webinar/$bob.json" || fail "the link is back"
test ! -d "$mnt/groups/During" || fail "the group is back"
expect readlink "$webinar/zoe@example.com.json"
sync_tenant
is "" "$(tenant_user olga.open@example.com)$(tenant_group During .key)"

step "reads that lag behind writes: what was written stays"
switch '{"staleness_ms":5000}'
write_ann Fresh
expect bash -c "echo '{\"firstName\":\"N\",\"lastName\":\"E\"}' >'$users/new@example.com.json'"
refresh_tenant
expect_out N jq -r .firstName "$users/new@example.com.json"
advance_ms 6000
refresh_tenant
expect_out Fresh jq -r .lastName "$users/$ann.json"
expect_out N jq -r .firstName "$users/new@example.com.json"

step "... and so it does over a remount, when a refresh is over"
write_ann Late
expect rm "$users/new@example.com.json"
sync_tenant
unmount_tenant
mount_tenant
refresh_tenant
expect_out Late jq -r .lastName "$users/$ann.json"
test ! -e "$users/new@example.com.json" || fail "who was removed is back"
switch '{"staleness_ms":0}'

step "a refresh is over when it has seen what another did to whom we have just changed"
for i in {1..60}; do
	echo '{"firstName":"N","lastName":"E"}' >"$users/new$i@example.com.json" || fail "no $i"
done
write_ann Ours
expect mkdir "$mnt/groups/Brief"
sync_tenant
for i in {1..60}; do
	mutate '{"op":"update-user","email":"new'$i'@example.com","fields":{"lastName":"Theirs"}}'
done
mutate '{"op":"delete-user","email":"'$ann'"}'
mutate '{"op":"delete-group","group":"Brief"}'
for i in 1 2 3; do # one beside the other
	in_background "$gotofs" refresh "$mnt"
	others="${others-} $waiting"
done
refresh_tenant
# shellcheck disable=SC2086 # words
wait $others
is "60 Theirs" "$(jq -r .lastName "$users"/new*[0-9]@example.com.json | sort | uniq -c | xargs)"
test ! -e "$users/$ann.json" || fail "she is still shown"
test ! -d "$mnt/groups/Brief" || fail "the group is still shown"
