#!/bin/bash
# SPDX-License-Identifier: MIT
# A pull makes what is shown exactly the tenant, in the kernel's caches too.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
max=max+test@example.com
new=nina.new@example.com
webinar=$mnt/licenses/gotowebinar-pro

# All that a mount shows, from the tenant: names, links, texts that matter.
wanted() {
	sandbox GET state | jq -r '
		(.licenses | map({(.key): (.description | ascii_downcase |
			gsub("[^a-z0-9]+"; "-"))}) | add) as $l |
		(.groups | map({(.key): (.namePath | map(gsub("%"; "%25") |
			gsub("/"; "%2F")) | join("/"))}) | add) as $g |
		(.groups[] | "groups/" + $g[.key]),
		(.users[] | (.email | ascii_downcase | gsub("%"; "%25")) as $e |
			"users/\($e).json \(.key) \(.firstName) \(.lastName) \(.status)",
			(.licenseKeys // [] | .[] | "licenses/\(.)/\($e).json"),
			(select(.groupKey) | "groups/\($g[.groupKey])/\($e).json"))' |
		sort
}
# ... and what it shows. License folders by key: two have one description.
shown() {
	local dir
	(cd "$mnt" && find groups -mindepth 1) || fail "find"
	for dir in "$mnt"/licenses/*; do
		(cd "$dir" && find . -type l -printf \
			"licenses/$(jq -r .key "$mnt/.gotofs/licenses/${dir##*/}.json")/%P\n")
	done
	(cd "$mnt" && find users -name '*.json' -print0 | xargs -0 jq -r \
		'input_filename + " \(.key) \(.firstName) \(.lastName) \(.status)"')
}
same_as_tenant() {
	refresh_tenant
	diff <(wanted) <(shown | sort) >"$WORK/diff" || fail "$(head -20 "$WORK/diff")"
	test -z "$(find -L "$mnt/licenses" "$mnt/groups" -type l)" ||
		fail "links that lead nowhere"
	diff <(ls "$users") <(ls "$mnt/.gotofs/records") >"$WORK/diff" ||
		fail "records/ is not users/" "$(head "$WORK/diff")"
	calls_clear
}

step "at first"
same_as_tenant

step "a pull is three calls, whatever has changed"
mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"Lie"}}'
refresh_tenant
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1"
refresh_tenant
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1"

step "a changed record: text, size and times; in records/ as well"
expect cat "$users/$ann.json" "$mnt/.gotofs/records/$ann.json" "$users/$dan.json"
before=$(stat -c '%i %Y' "$users/$dan.json")
old=$(stat -c %.Y "$users/$ann.json")
mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"Leeeeeeeeeeeeeeeeeeeee","surprise":{"a":[1]}}}'
same_as_tenant
expect_out Leeeeeeeeeeeeeeeeeeeee jq -r .lastName "$users/$ann.json"
expect_out Leeeeeeeeeeeeeeeeeeeee jq -r .lastName "$mnt/.gotofs/records/$ann.json"
expect_out '{"a":[1]}' jq -c .surprise "$users/$ann.json"
is "$(stat -c %s "$users/$ann.json")" "$(wc -c <"$users/$ann.json")"
is "$(cat "$users/$ann.json")" "$(cat "$mnt/.gotofs/records/$ann.json")"
test "$(echo "$(stat -c %.Y "$users/$ann.json") > $old" | bc)" = 1 || fail "the time stood still"
is "$before" "$(stat -c '%i %Y' "$users/$dan.json")"
mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"L"}}'
same_as_tenant
expect_out L jq -r .lastName "$users/$ann.json"
is "$(stat -c %s "$users/$ann.json")" "$(wc -c <"$users/$ann.json")"

step "a new user: a name that was known not to be there"
test ! -e "$users/$new.json" || fail "too early"
test ! -e "$mnt/.gotofs/records/$new.json" || fail "too early"
test ! -e "$webinar/$new.json" || fail "too early"
mutate '{"op":"create-user","email":"'$new'","fields":{"firstName":"Nina"},"license":"GoToWebinar Pro","group":"Berlin"}'
same_as_tenant
expect_out Nina jq -r .firstName "$users/$new.json"
expect_out Nina jq -r .firstName "$mnt/.gotofs/records/$new.json"
expect_out Nina jq -r .firstName "$webinar/$new.json"
expect_out Nina jq -r .firstName "$mnt/groups/Berlin/$new.json"

step "assigned, unassigned, moved, taken out"
mutate '{"op":"assign","email":"'$ann'","license":"GoToWebinar Pro"}'
mutate '{"op":"unassign","email":"'$dan'","license":"GoToMeeting Business"}'
mutate '{"op":"set-group","email":"'$ann'","group":"Apps"}'
mutate '{"op":"set-group","email":"'$dan'"}'
same_as_tenant
expect readlink "$webinar/$ann.json" "$mnt/groups/Engineering/Apps/$ann.json"

step "a new address: the account keeps its number"
ino=$(stat -c %i "$users/$max.json")
mutate '{"op":"update-user","email":"'$max'","fields":{"email":"Max.Moved@Example.com"}}'
same_as_tenant
is "$ino" "$(stat -c %i "$users/max.moved@example.com.json")"
test ! -e "$users/$max.json" || fail "still there"
mutate '{"op":"update-user","email":"max.moved@example.com","fields":{"email":"'$max'"}}'
same_as_tenant
is "$ino" "$(stat -c %i "$users/$max.json")"

step "two exchange their addresses, three rotate them"
mutate '{"op":"update-user","email":"'$ann'","fields":{"email":"tmp@example.com"}}'
mutate '{"op":"update-user","email":"'$dan'","fields":{"email":"'$ann'"}}'
mutate '{"op":"update-user","email":"tmp@example.com","fields":{"email":"'$dan'"}}'
same_as_tenant
mutate '{"op":"update-user","email":"'$ann'","fields":{"email":"tmp@example.com"}}'
mutate '{"op":"update-user","email":"'$dan'","fields":{"email":"'$ann'"}}'
mutate '{"op":"update-user","email":"'$kim'","fields":{"email":"'$dan'"}}'
mutate '{"op":"update-user","email":"tmp@example.com","fields":{"email":"'$kim'"}}'
same_as_tenant
mutate '{"op":"update-user","email":"'$dan'","fields":{"email":"tmp@example.com"}}'
mutate '{"op":"update-user","email":"'$kim'","fields":{"email":"'$dan'"}}'
mutate '{"op":"update-user","email":"tmp@example.com","fields":{"email":"'$kim'"}}'
same_as_tenant

step "somebody gone"
expect test -e "$webinar/$new.json"
mutate '{"op":"delete-user","email":"'$new'"}'
same_as_tenant
test ! -e "$users/$new.json" || fail "still there"
test ! -L "$webinar/$new.json" || fail "still linked"
test ! -e "$mnt/.gotofs/records/$new.json" || fail "still recorded"
mutate '{"op":"create-user","email":"'$new'","fields":{"firstName":"Again"}}'
same_as_tenant
expect_out Again jq -r .firstName "$users/$new.json"

step "groups: new, renamed, gone; a sub-group whose parent is gone moves up"
mutate '{"op":"create-group","name":"Graz"}'
mutate '{"op":"create-group","name":"Mur","parent":"Graz"}'
mutate '{"op":"set-group","email":"'$ann'","group":"Mur"}'
same_as_tenant
ino=$(stat -c %i "$mnt/groups/Graz")
mutate '{"op":"rename-group","group":"Graz","name":"Linz"}'
same_as_tenant
is "$ino" "$(stat -c %i "$mnt/groups/Linz")"
expect readlink "$mnt/groups/Linz/Mur/$ann.json"
mutate '{"op":"delete-group","group":"Linz"}'
same_as_tenant
expect_out "../../users/$ann.json" readlink "$mnt/groups/Mur/$ann.json"
mutate '{"op":"delete-group","group":"Engineering"}'
same_as_tenant

step "licenses: new, renamed, more seats, gone"
mutate '{"op":"create-license","description":"GoToMeeting Extra","seats":3,"products":"G2M"}'
mutate '{"op":"assign","email":"'$ann'","license":"GoToMeeting Extra"}'
same_as_tenant
is "3 1" "$(df --output=itotal,iused "$mnt/licenses/gotomeeting-extra" | tail -n 1 | xargs)"
mutate '{"op":"update-license","license":"GoToMeeting Extra","description":"GoToMeeting Plus","seats":7}'
refresh_tenant
is "7 1" "$(df --output=itotal,iused "$mnt/licenses/gotomeeting-plus" | tail -n 1 | xargs)"
test ! -e "$mnt/licenses/gotomeeting-extra" || fail "the old name stays"
same_as_tenant
expect_out 7 jq .seats "$mnt/.gotofs/licenses/gotomeeting-plus.json"
mutate '{"op":"delete-license","license":"GoToMeeting Plus"}'
same_as_tenant
test ! -e "$mnt/licenses/gotomeeting-plus" || fail "still there"

step "two records with one name: the oldest has it plain, now and later"
switch '{"email_unique":"case"}'
mutate '{"op":"create-user","email":"Twin@example.com","key":"7000000000000001111"}'
mutate '{"op":"create-user","email":"twin@Example.com","key":"7000000000000002222"}'
refresh_tenant
expect_out 7000000000000001111 jq -r .key "$users/twin@example.com.json"
expect_out 7000000000000002222 jq -r .key "$users/twin@example.com~2222.json"
mutate '{"op":"create-user","email":"tWin@example.com","key":"7000000000000000333"}'
refresh_tenant
expect_out 7000000000000000333 jq -r .key "$users/twin@example.com.json"
expect_out 7000000000000001111 jq -r .key "$users/twin@example.com~1111.json"
is 3 "$(find "$users" -name 'twin@*' | wc -l)"
names=$(find "$users" -name 'twin@*' -printf '%f %i\n' | sort)
unmount_tenant
mount_tenant
is "$names" "$(find "$users" -name 'twin@*' -printf '%f %i\n' | sort)"
step "the oldest goes: the next one has the plain name"
mutate '{"op":"update-user","email":"tWin@example.com","fields":{"email":"other@example.com"}}'
refresh_tenant
expect_out 7000000000000000333 jq -r .key "$users/other@example.com.json"
expect_out 7000000000000001111 jq -r .key "$users/twin@example.com.json"
names=$(find "$users" -name 'twin@*' -printf '%f %i\n' | sort)
unmount_tenant
mount_tenant
is "$names" "$(find "$users" -name 'twin@*' -printf '%f %i\n' | sort)"
