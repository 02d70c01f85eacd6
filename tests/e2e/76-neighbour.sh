#!/bin/bash
# SPDX-License-Identifier: MIT
# Another administrator is at work in GoTo's web page, between our listing and
# our call, or while our call is on its way: only what we changed is sent, what
# cannot be done any more is told, and afterwards the mount is the tenant.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
mutate '{"op":"create-group","name":"Shut"}'
mutate '{"op":"create-group","name":"Closed"}'
mutate '{"op":"create-license","description":"Rented","seats":5,"products":"G2W"}'
mount_tenant settle=30,deadline=600
users=$mnt/users
groups=$mnt/groups
webinar=licenses/gotowebinar-pro
business=licenses/gotomeeting-business
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
bob=bob.stone@example.com
# with the license, a group and no role
mapfile -t names < <(jq -r 'select(.adminRoles == [] and .groupName and .status == "ACTIVE") |
	.email | select(test("^[bce-j][a-z.]*@example.com$"))' "$mnt/$business"/*.json)
test ${#names[@]} -ge 6 || fail "too few people: ${names[*]}"
calls_clear
mark

# body ROUTE: of the last one
body() {
	sandbox GET log | jq -rs --arg r "$1" '[.[] | select(.route == $r)] | last | .body'
}

# neighbour EMAIL FIELDS
neighbour() {
	mutate "{\"op\":\"update-user\",\"email\":\"$1\",\"fields\":$2}"
}

# by_hand EMAIL TEXT: the whole document, as an editor writes it, in the
# background; waits until it is on its way
by_hand() {
	jq ".lastName = \"$2\"" "$users/$1.json" >text
	in_background cp text "$users/$1.json"
	wait_for_calls "PUT /users/{}" 1
}

step "he changed the same person before us: our field and his are both there"
neighbour $ann '{"firstName":"Anna","locale":"fr_FR"}'
jq '.lastName = "Ours"' "$users/$ann.json" >text
expect cp text "$users/$ann.json"
is '{"lastName":"Ours"}' "$(body "PUT /users/{}")"
is "Anna Ours fr_FR" "$(tenant_user $ann '"\(.firstName) \(.lastName) \(.locale)"')"
expect_writes "PUT /users/{}=1"
expect_verdicts "update users/$ann.json ok"
expect_truth

step "and while our call is on its way, with a refresh in between"
calls_clear
hold "PUT /users/{}"
by_hand $dan Ours
neighbour $dan '{"firstName":"Daniel","timeZone":"Asia/Tokyo"}'
refresh_tenant
waits
let_go
ended 0
is '{"lastName":"Ours"}' "$(body "PUT /users/{}")"
is "Daniel Ours Asia/Tokyo" "$(tenant_user $dan '"\(.firstName) \(.lastName) \(.timeZone)"')"
expect_verdicts "update users/$dan.json ok"
expect_writes "PUT /users/{}=1"
expect_truth
expect_out "Daniel Ours" jq -r '"\(.firstName) \(.lastName)"' "$users/$dan.json"

step "he changed the address meanwhile: it is the same person"
calls_clear
hold "PUT /users/{}"
by_hand $kim Ours
neighbour $kim '{"email":"kim.new@example.com"}'
let_go
ended 0
is Ours "$(tenant_user kim.new@example.com .lastName)"
expect_verdicts "update users/$kim.json ok"
expect_truth
test ! -e "$users/$kim.json" || fail "the old address is shown"

step "he removed six people, each while a change of theirs was on its way"
calls_clear
for route in "PUT /users/{}" "PUT /groups/{}/users/{}" "POST /licenses/{}/users/{}" \
	"DELETE /users/{}" "DELETE /users/{}/groups" "DELETE /licenses/{}/users/{}"; do
	hold "$route"
done
expect rm "$users/${names[0]}.json" "$mnt/$business/${names[1]}.json"
expect find "$groups" -name "${names[2]}.json" -delete
in_background "$gotofs" sync --timeout 100 "$mnt"
syncing=$waiting
in_background bash -c "cp /dev/stdin '$users/${names[3]}.json' <<<'{\"lastName\":\"Ours\"}'"
expect ln -s "../../users/${names[4]}.json" "$mnt/$webinar/"
expect ln -s "../../users/${names[5]}.json" "$groups/Interns/"
for route in "PUT /users/{}" "PUT /groups/{}/users/{}" "POST /licenses/{}/users/{}" \
	"DELETE /users/{}" "DELETE /users/{}/groups" "DELETE /licenses/{}/users/{}"; do
	wait_for_calls "$route" 1
done
for name in "${names[@]:0:6}"; do
	mutate "{\"op\":\"delete-user\",\"email\":\"$name\"}"
done
let_go
ended 1
waiting=$syncing
ended 1 # with the two links that nobody had waited for
taken_out=$(verdicts | sed -n 's/^take-out \(.*\) ok$/\1/p')
expect_verdicts "remove users/${names[0]}.json ok" "unassign $business/${names[1]}.json ok" \
	"take-out $taken_out ok" "update users/${names[3]}.json ENOENT" \
	"assign $webinar/${names[4]}.json ENOENT" "move groups/Interns/${names[5]}.json ENOENT"
error_record "users/${names[3]}.json" Ours
error_record "$webinar/${names[4]}.json" ENOENT
error_record "groups/Interns/${names[5]}.json" ENOENT
expect_truth
for name in "${names[@]:0:6}"; do
	is "" "$(find "$users" "$mnt/licenses" "$groups" -name "$name.json")"
done

step "he took the address while our create was on its way: his account is his"
calls_clear
: >"$WORK/background"
hold "POST /users"
in_background bash -c "cp /dev/stdin '$users/$bob.json' <<<'{\"firstName\":\"Bob\",\"lastName\":\"Ours\"}'"
wait_for_calls "POST /users" 1
mutate "{\"op\":\"create-user\",\"email\":\"$bob\",\"fields\":{\"firstName\":\"Bob\",\"lastName\":\"His\"}}"
let_go
ended 1
grep -q "File exists" "$WORK/background" || fail "$(cat "$WORK/background")"
expect_writes "POST /users=1"
expect_verdicts "create users/$bob.json EEXIST"
error_record users/$bob.json Ours
is "1 His" "$(sandbox GET state | jq -r --arg e $bob \
	'[.users[] | select(.email == $e)] | "\(length) \(.[0].lastName)"')"
expect_truth
expect_out His jq -r .lastName "$users/$bob.json"

step "and an address that we were about to give away"
calls_clear
hold "PUT /users/{}"
expect mv "$users/$ann.json" "$users/ann.new@example.com.json"
wait_for_calls "PUT /users/{}" 1
mutate '{"op":"create-user","email":"ann.new@example.com","fields":{"firstName":"A","lastName":"His"}}'
let_go
sync_fails 1
expect_verdicts "update users/ann.new@example.com.json EEXIST"
expect_writes "PUT /users/{}=1"
expect_truth
expect_out Ours jq -r .lastName "$users/$ann.json"
expect_out His jq -r .lastName "$users/ann.new@example.com.json"

step "he took the last seat while ours was on its way: the link goes, and says why"
mutate "{\"op\":\"update-license\",\"license\":\"GoToWebinar Pro\",\"seats\":$(($(
	find "$mnt/$webinar" -type l | wc -l) + 1))}"
refresh_tenant
calls_clear
mark
hold "POST /licenses/{}/users/{}"
expect ln -s ../../users/$ann.json "$mnt/$webinar/"
wait_for_calls "POST /licenses/{}/users/{}" 1
mutate "{\"op\":\"assign\",\"email\":\"$dan\",\"license\":\"GoToWebinar Pro\"}"
let_go
sync_fails 1
said "$webinar/$ann.json"
expect_verdicts "assign $webinar/$ann.json ENOSPC"
error_record $webinar/$ann.json "no free seat"
test ! -L "$mnt/$webinar/$ann.json" || fail "shown without a seat"
expect_truth
expect readlink "$mnt/$webinar/$dan.json"

step "he took away the license"
calls_clear
hold "POST /licenses/{}/users/{}"
expect ln -s ../../users/$ann.json "$mnt/licenses/rented/"
wait_for_calls "POST /licenses/{}/users/{}" 1
mutate '{"op":"delete-license","license":"Rented"}'
let_go
sync_fails 1
expect_verdicts "assign licenses/rented/$ann.json ENOENT"
expect_truth
test ! -e "$mnt/licenses/rented" || fail "a license that is none"

step "he deleted groups into which we move, which we rename, in which we make one"
calls_clear
in_group=$(tenant_user $ann .groupName)
hold "PUT /groups/{}/users/{}"
hold "POST /groups"
hold "PUT /groups/{}"
expect ln -s ../../users/$ann.json "$groups/Shut/"
expect mkdir "$groups/Shut/Sub"
expect mv "$groups/Closed" "$groups/Opened"
for route in "PUT /groups/{}/users/{}" "POST /groups" "PUT /groups/{}"; do
	wait_for_calls "$route" 1
done
mutate '{"op":"delete-group","group":"Shut"}'
mutate '{"op":"delete-group","group":"Closed"}'
let_go
sync_fails 3
expect_verdicts "move groups/Shut/$ann.json ENOENT" "group-create groups/Shut/Sub ENOENT" \
	"group-rename groups/Opened ENOENT"
expect_writes "PUT /groups/{}/users/{}=1" "POST /groups=1" "PUT /groups/{}=1"
is "$in_group" "$(tenant_user $ann .groupName)"
expect_truth
for name in Shut Closed Opened; do
	test ! -e "$groups/$name" || fail "$name is none"
done

step "he made the group of our name, and deleted the one that we delete"
calls_clear
hold "POST /groups"
expect mkdir "$groups/Same"
wait_for_calls "POST /groups" 1
mutate '{"op":"create-group","name":"Same"}'
let_go
sync_fails 1
expect_verdicts "group-create groups/Same EEXIST"
expect_truth
hold "DELETE /groups/{}"
expect rmdir "$groups/Same"
in_background "$gotofs" sync --timeout 100 "$mnt"
wait_for_calls "DELETE /groups/{}" 1
mutate '{"op":"delete-group","group":"Same"}'
let_go
ended 0
expect_verdicts "group-delete groups/Same ok"
expect_truth
