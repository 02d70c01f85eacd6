#!/bin/bash
# SPDX-License-Identifier: MIT
# groups/: folders are groups, a link says who is in one. A move is one call,
# whatever the tool does to the names.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
# (many in small collections: the guard is for others to test)
mount_tenant settle=30,max_removals=1000
groups=$mnt/groups
ann=ann.lee@example.com     # Berlin
dan=dan.fox@example.com     # Sales
kim=kim.park@example.com    # Platform, below Engineering
stan=stan.still@example.com # Support

# in_group EMAIL: the name of his group, at the tenant
in_group() {
	tenant_user "$1" '.groupName // "none"'
}

step "the tenant's groups: two levels, names as they are"
for dir in Berlin/Kreuzberg Engineering/Platform Engineering/Apps Sales/EMEA \
	Support Zürich 東京 Interns "Engineering/R&D %2F Labs"; do
	test -d "$groups/$dir" || fail "no $dir" "$(find "$groups" -type d)"
done
expect_out "../../users/$ann.json" readlink "$groups/Berlin/$ann.json"
expect_out "../../../users/$kim.json" readlink "$groups/Engineering/Platform/$kim.json"
expect_out $kim jq -r .email "$groups/Engineering/Platform/$kim.json"
calls_clear

step "mkdir makes a group, in one a sub-group, and there it ends"
expect mkdir "$groups/Wien" "$groups/Wien/Prater"
test -d "$groups/Wien/Prater" || fail "not shown"
sync_tenant
expect_calls "POST /groups=2"
is "$(tenant_group Wien .key)" "$(tenant_group Prater .keyPath[0])"
refuse "Operation not permitted" 1 mkdir "$groups/Wien/Prater/Riesenrad"
error_record groups/Wien/Prater/Riesenrad "two levels"

step "names are unique in the account"
refuse "File exists" 1 mkdir "$groups/Wien"
refuse "File exists" 1 mkdir "$groups/Prater"
error_record groups/Prater "unique in the account"
refuse "File exists" 1 mkdir "$groups/Platform"
refuse "Operation not permitted" 1 mkdir "$mnt/users/Wien"
refuse "Operation not permitted" 1 mkdir "$mnt/Wien"
sync_tenant
expect_calls

step "names with what a path or a query could trip over"
for name in "R&D" "50%25 + more?" "a'b\"c" "ü\$x" "x#y;z" "{} and []"; do
	expect mkdir "$groups/$name"
	expect ln -s ../../users/$ann.json "$groups/$name/"
done
sync_tenant
is "{} and []" "$(in_group $ann)"
is "50% + more?" "$(tenant_group "50% + more?" .name)"
refuse "Invalid argument" 1 mkdir "$groups/100%"
error_record groups/100% "not a group's name"
expect rmdir "$groups/R&D" "$groups/50%25 + more?" "$groups/a'b\"c" "$groups/ü\$x" "$groups/x#y;z"
sync_tenant
expect mv "$groups/{} and []/$ann.json" "$groups/Berlin/"
expect rmdir "$groups/{} and []"
sync_tenant
is Berlin "$(in_group $ann)"
calls_clear

step "ln -s moves: one call, the old link goes"
expect ln -s ../../users/$ann.json "$groups/Wien/"
test ! -L "$groups/Berlin/$ann.json" || fail "in two groups"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"
is Wien "$(in_group $ann)"
expect_out Wien jq -r .groupName "$mnt/users/$ann.json"

step "again costs nothing"
refuse "File exists" 1 ln -s ../../users/$ann.json "$groups/Wien/"
expect ln -sfn ../../users/$ann.json "$groups/Wien/$ann.json"
sync_tenant
expect_calls

step "mv of a link is one call"
expect mv "$groups/Wien/$ann.json" "$groups/Wien/Prater/"
expect_out "../../../users/$ann.json" readlink "$groups/Wien/Prater/$ann.json"
expect_out $ann jq -r .email "$groups/Wien/Prater/$ann.json"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"
is Prater "$(in_group $ann)"

step "rm takes out, after the settle time"
expect rm "$groups/Wien/Prater/$ann.json"
test ! -L "$groups/Wien/Prater/$ann.json" || fail "still shown"
sync_tenant
expect_calls "DELETE /users/{}/groups=1"
is none "$(in_group $ann)"
expect_out null jq -r .groupName "$mnt/users/$ann.json"

step "rm and ln elsewhere is one move; rm and ln there is nothing"
expect ln -s ../../users/$ann.json "$groups/Berlin/"
sync_tenant
calls_clear
expect rm "$groups/Berlin/$ann.json"
expect ln -s ../../users/$ann.json "$groups/Wien/"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"
expect rm "$groups/Wien/$ann.json"
expect ln -s ../../users/$ann.json "$groups/Wien/"
sync_tenant
expect_calls

step "ln elsewhere, then rm of the old link: it has gone with the move"
expect ln -s ../../users/$ann.json "$groups/Berlin/"
refuse "No such file" 1 rm "$groups/Wien/$ann.json"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"

step "rsync --delete moves a link from group to group: one call"
cp -a "$groups" list
mv list/Berlin/$ann.json list/Wien/
expect rsync -a --delete list/ "$groups/"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"
is Wien "$(in_group $ann)"
expect_out "" rsync -ani --delete list/ "$groups/"
mv list/Wien/$ann.json list/Berlin/ # the other way round in byte order
expect rsync -a --delete list/ "$groups/"
sync_tenant
expect_calls "PUT /groups/{}/users/{}=1"
is Berlin "$(in_group $ann)"

step "a group that is not empty stays"
refuse "Directory not empty" 1 rmdir "$groups/Berlin"
refuse "Directory not empty" 1 rmdir "$groups/Wien"

step "rmdir is held; mkdir cancels it"
expect rmdir "$groups/Wien/Prater"
test ! -d "$groups/Wien/Prater" || fail "still shown"
for taken in "mkdir $groups/Prater" "mv $groups/Berlin $groups/Prater"; do
	# shellcheck disable=SC2086
	refuse "cannot" 1 $taken
	error_record groups/Prater "is still to be removed"
	expect rm "$mnt/.gotofs/errors/groups/Prater.txt"
done
expect mkdir "$groups/Wien/Prater"
sync_tenant
expect_calls
expect rmdir "$groups/Wien/Prater"
sync_tenant
expect_calls "DELETE /groups/{}=1"
is "" "$(tenant_group Prater .key)"

step "a group that was never sent needs no call to go"
fault '{"match":"POST /groups","kind":"hang","count":1}'
expect mkdir "$groups/One"
wait_for_calls "POST /groups" 1
expect mkdir "$groups/One/Two"
expect rmdir "$groups/One/Two"
fault_clear
sync_tenant
is One "$(tenant_group One .name)"
is "" "$(tenant_group Two .name)"
expect rmdir "$groups/One"
sync_tenant
calls_clear

step "mv renames a group, its people stay"
expect mv "$groups/Berlin" "$groups/Potsdam"
expect_out $ann jq -r .email "$groups/Potsdam/$ann.json"
test -d "$groups/Potsdam/Kreuzberg" || fail "the sub-group is lost"
sync_tenant
expect_calls "PUT /groups/{}=1"
is Potsdam "$(in_group $ann)"
is "" "$(tenant_group Berlin .key)"
is '{"name":"Berlin"} {"name":"Potsdam"}' "$(tail -n 1 "$mnt/.gotofs/journal.jsonl" |
	jq -r '"\(.before) \(.after)"')"
refuse "Operation not permitted" 1 mv "$groups/Potsdam" "$groups/Wien/"
error_record groups/Wien/Potsdam "cannot move a group under another"
refuse "Operation not permitted" 1 mv "$groups/Potsdam/Kreuzberg" "$groups/"
refuse "Operation not permitted" 1 mv "$groups/Potsdam" "$mnt/licenses/"
expect mv "$groups/Potsdam/Kreuzberg" "$groups/Potsdam/Neukölln"
refuse "cannot move" 1 mv -T "$groups/Potsdam" "$groups/Sales"
sync_tenant
expect_calls "PUT /groups/{}=1"
is Neukölln "$(tenant_user cora.connect@example.com .groupName)"

step "what is linked right after the rename goes to the same group"
expect mv "$groups/Potsdam" "$groups/Berlin"
expect ln -s ../../users/$stan.json "$groups/Berlin/"
sync_tenant
is Berlin "$(in_group $stan)"
expect_calls "PUT /groups/{}=1" "PUT /groups/{}/users/{}=1"

step "a new group with people in it: the group first"
expect mkdir -p "$groups/New/Sub"
expect ln -s ../../users/$dan.json "$groups/New/"
expect ln -s ../../../users/$stan.json "$groups/New/Sub/"
sync_tenant
expect_calls "POST /groups=2" "PUT /groups/{}/users/{}=2"
is "New Sub" "$(in_group $dan) $(in_group $stan)"

step "rm -r of a group: its people, its sub-groups, itself"
expect rm -r "$groups/New"
test ! -e "$groups/New" || fail "still shown"
sync_tenant
expect_calls "DELETE /users/{}/groups=2" "DELETE /groups/{}=2"
is "none none" "$(in_group $dan) $(in_group $stan)"
is "" "$(tenant_group New .key)$(tenant_group Sub .key)"

step "rm -r, and all of it again: nothing"
people=$(find "$groups/Sales" -type l | wc -l)
rm -rf list
cp -a "$groups/Sales" list
expect rm -r "$groups/Sales"
expect cp -a list "$groups/Sales"
sync_tenant
expect_calls
is "$people" "$(find "$groups/Sales" -type l | wc -l)"
refresh_tenant
is "$people" "$(find "$groups/Sales" -type l | wc -l)"
calls_clear

step "a group that the tenant does not make goes again, and what was in it"
fault '{"match":"POST /groups","kind":"slow","delay_ms":5000,"count":1}'
fault '{"match":"POST /groups","kind":"status","status":403,"count":1}'
expect mkdir -p "$groups/Made/Refused"
expect ln -s ../../../users/$dan.json "$groups/Made/Refused/"
refuse "2 changes were refused" 1 "$gotofs" sync "$mnt"
test ! -e "$groups/Made/Refused" || fail "still shown"
error_record groups/Made/Refused EACCES
error_record groups/Made/Refused/$dan.json "no such group"
expect_calls "POST /groups=2"
is none "$(in_group $dan)"
expect_out "" "$gotofs" sync "$mnt"

step "a group that the tenant does not give up comes back, with its people"
expect ln -s ../../users/$dan.json "$groups/Interns/"
expect ln -s ../../users/$stan.json "$groups/Interns/"
sync_tenant
before=$(ls "$groups/Interns")
fault '{"match":"DELETE /groups/{}","kind":"status","status":403,"count":1}'
fault '{"match":"DELETE /users/{}/groups","kind":"status","status":403,"count":-1}'
expect rm -r "$groups/Interns"
refuse "refused" 1 "$gotofs" sync "$mnt"
fault_clear
is "$before" "$(ls "$groups/Interns")"
error_record groups/Interns "EACCES|ENOTEMPTY" # asked, or known by then
error_record groups/Interns/$dan.json EACCES
is Interns "$(in_group $dan)"
