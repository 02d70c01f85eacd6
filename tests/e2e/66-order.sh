#!/bin/bash
# SPDX-License-Identifier: MIT
# In whatever order a tool visits the folders and the names in them: the same
# few calls (DESIGN 4.2, 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
mount_tenant settle=30 # longer than any step: only sync ends it
users=$mnt/users
groups=$mnt/groups
webinar=licenses/gotowebinar-pro
connect=licenses/gotoconnect-standard
ann=ann.lee@example.com  # Berlin
stan=stan.still@example.com # Support
dan=dan.fox@example.com  # Sales
kim=kim.park@example.com # Engineering/Platform
calls_clear
mark

# list: what git would hold, as it is now
list() {
	rm -rf list
	mkdir list
	cp -a "$mnt/users" "$mnt/licenses" "$mnt/groups" list/
}

# rsync_dir DIR [OPTION...]: that it finds a name gone which the other end of a
# move has just taken is no failure (24)
rsync_dir() {
	local dir=$1 status=0
	shift
	rsync -a --delete "$@" "list/$dir/" "$mnt/$dir/" >"$WORK/out" 2>"$WORK/err" || status=$?
	test $status -eq 0 || test $status -eq 24 ||
		fail "rsync exits $status" "$(cat "$WORK/err")"
}

step "an address that one gives up and another gets, whichever call is first"
keys="$(tenant_user $stan .key) $(tenant_user $dan .key)"
log_allowed=' waits: (the address belongs to another account|a group of this name exists)'
overtaken=0
# is_overtaken: another change was refused an address or name, and waits for it
is_overtaken() {
	test "$(grep -cE "$log_allowed" "$daemon_log")" -gt "$overtaken"
}

# in_turn FROM TO FROM TO: two people, and the first one's call hangs
in_turn() {
	fault '{"match":"PUT /users/{}","kind":"hang","count":1}'
	calls_clear
	expect mv "$users/$1.json" "$users/$2.json"
	wait_for_calls "PUT /users/{}" 1
	expect mv "$users/$3.json" "$users/$4.json"
	await 60 is_overtaken
	: $((overtaken++))
	fault_clear
	sync_tenant
	expect_verdicts "update users/$2.json ok" "update users/$4.json ok"
}
in_turn $stan free@example.com $dan $stan
is "$keys" "$(tenant_user free@example.com .key) $(tenant_user $stan .key)"
in_turn $stan $dan free@example.com $stan
is "$keys" "$(tenant_user $stan .key) $(tenant_user $dan .key)"
# and somebody new
fault '{"match":"PUT /users/{}","kind":"hang","count":1}'
calls_clear
expect mv "$users/$stan.json" "$users/free@example.com.json"
wait_for_calls "PUT /users/{}" 1
in_background bash -c "echo '{\"firstName\":\"New\",\"lastName\":\"Stan\"}' >'$users/$stan.json'"
await 60 is_overtaken
fault_clear
ended 0
is Stan "$(tenant_user $stan .lastName)"
is "${keys% *}" "$(tenant_user free@example.com .key)"
expect rm "$users/$stan.json"
sync_tenant
expect mv "$users/free@example.com.json" "$users/$stan.json"
sync_tenant
is "$keys" "$(tenant_user $stan .key) $(tenant_user $dan .key)"
test -z "$(ls "$mnt/.gotofs/errors")" || fail "something was refused"
calls_clear
mark

step "a group's name that one gives up and another gets, whichever call is first"
overtaken=$(grep -cE "$log_allowed" "$daemon_log")
key=$(tenant_group Support .key)

# renamed_first FROM TO: a group is, and its call hangs
renamed_first() {
	fault '{"match":"PUT /groups/{}","kind":"hang","count":1}'
	calls_clear
	expect mv "$groups/$1" "$groups/$2"
	wait_for_calls "PUT /groups/{}" 1
}

# ends_well: what was overtaken waits until the first one's call is answered
ends_well() {
	await 60 is_overtaken
	: $((overtaken++))
	fault_clear
	sync_tenant
	test -z "$(ls "$mnt/.gotofs/errors")" || fail "something was refused"
}

renamed_first Support Helpers
expect mkdir "$groups/Support"
ends_well
expect_verdicts "group-rename groups/Helpers ok" "group-create groups/Support ok"
is "$key" "$(tenant_group Helpers .key)"
expect rmdir "$groups/Support"
expect mv "$groups/Helpers" "$groups/Relief"
sync_tenant

# a POST without an answer is looked for by its name, which is not its own yet
renamed_first Relief Helpers
fault '{"match":"POST /groups","kind":"reset-before"}'
expect mkdir "$groups/Relief"
ends_well
test "$(tenant_group Relief .key)" != "$key" || fail "two groups of one key"
expect rmdir "$groups/Relief"
sync_tenant
is "$key 19" "$(tenant_group Helpers '"\(.key) \(.memberCount)"')"

# two change their names with each other
keys="$key $(tenant_group Sales .key)"
renamed_first Sales swap
expect mv "$groups/Helpers" "$groups/Sales"
expect mv "$groups/swap" "$groups/Helpers"
ends_well
is "$keys" "$(tenant_group Sales .key) $(tenant_group Helpers .key)"
expect mv "$groups/Sales" "$groups/Support"
expect mv "$groups/Helpers" "$groups/Sales"
sync_tenant
is "$keys" "$(tenant_group Support .key) $(tenant_group Sales .key)"

# a new one gets the name that another leaves, all of it before the first call
fault '{"match":"POST /groups","kind":"reset-before","count":-1}'
expect mkdir "$groups/Fresh"
expect mv "$groups/Sales" "$groups/Sold"
expect mv "$groups/Fresh" "$groups/Sales"
fault_clear
sync_tenant
test -z "$(ls "$mnt/.gotofs/errors")" || fail "something was refused" "$(find "$mnt/.gotofs/errors")"
is "${keys#* }" "$(tenant_group Sold .key)"
test "$(tenant_group Sales .key)" != "${keys#* }" || fail "two groups of one key"
is "" "$(tenant_group Fresh .key)"
expect rmdir "$groups/Sales"
sync_tenant
expect mv "$groups/Sold" "$groups/Sales"
sync_tenant
calls_clear
mark

in_group() {
	tenant_user "$1" '.groupName // "none"'
}

step "rsync --delete swaps people between groups: one move each, whenever it deletes"
there="Berlin Support"
for option in --delete-before --delete-during --delete-delay --delete-after; do
	list
	if test "$there" = "Berlin Support"; then
		mv "list/groups/Berlin/$ann.json" list/groups/Support/
		mv "list/groups/Support/$stan.json" list/groups/Berlin/
		there="Support Berlin"
	else
		mv "list/groups/Support/$ann.json" list/groups/Berlin/
		mv "list/groups/Berlin/$stan.json" list/groups/Support/
		there="Berlin Support"
	fi
	rsync_dir groups $option
	sync_tenant
	is "$there" "$(in_group $ann) $(in_group $stan)"
	expect_writes "PUT /groups/{}/users/{}=2"
done
rsync_dir groups
expect_out "" rsync -ani --delete list/groups/ "$groups/"
sync_tenant
expect_writes
is 8 "$(verdicts | grep -c '^move groups/.* ok$')"
! verdicts | grep -qE 'take-out .* ok$' || fail "a take-out was sent" "$(verdicts)"

step "a move leaves the time of the folder that was left, which rsync has set"
expect rm "$groups/Berlin/$ann.json"
expect touch -d @978307200 "$groups/Berlin"
expect ln -s ../../users/$ann.json "$groups/Interns/"
expect_out 978307200 stat -c %Y "$groups/Berlin"
sync_tenant
expect_out 978307200 stat -c %Y "$groups/Berlin"
expect ln -s ../../users/$ann.json "$groups/Berlin/"
sync_tenant
calls_clear

step "the same by hand, over two levels, in either order"
expect rm "$groups/Berlin/$ann.json" "$groups/Engineering/Platform/$kim.json"
expect ln -s ../../../users/$ann.json "$groups/Engineering/Platform/"
expect ln -s ../../users/$kim.json "$groups/Berlin/"
sync_tenant
is "Platform Berlin" "$(in_group $ann) $(in_group $kim)"
expect_writes "PUT /groups/{}/users/{}=2"
expect ln -s ../../users/$ann.json "$groups/Berlin/"
expect ln -s ../../../users/$kim.json "$groups/Engineering/Platform/"
expect rm -f "$groups/Engineering/Platform/$ann.json" "$groups/Berlin/$kim.json"
sync_tenant
is "Berlin Platform" "$(in_group $ann) $(in_group $kim)"
expect_writes "PUT /groups/{}/users/{}=2"

step "through a third group, and back to where he was: nothing but the last"
expect rm "$groups/Sales/$dan.json"
expect ln -s ../../users/$dan.json "$groups/Interns/"
expect rm "$groups/Interns/$dan.json"
expect ln -s ../../users/$dan.json "$groups/Sales/"
sync_tenant
is Sales "$(in_group $dan)"
calls_clear # (a first move may have gone before it was taken back)

step "licenses/ and groups/ before users/: shown, waiting, and one POST"
list
new=rita.order@example.com
two=rolf.order@example.com
echo '{"firstName":"Rita","lastName":"Order"}' >list/users/$new.json
echo '{"firstName":"Rolf","lastName":"Order"}' >list/users/$two.json
ln -s ../../users/$new.json list/$webinar/
ln -s ../../users/$new.json list/$connect/
ln -s ../../users/$new.json list/groups/Berlin/
ln -s ../../users/$two.json list/$connect/
mark
calls_clear
rsync_dir licenses
rsync_dir groups
for dir in $webinar $connect groups/Berlin; do
	expect_out "../../users/$new.json" readlink "$mnt/$dir/$new.json"
done
test ! -e "$users/$new.json" || fail "made up"
expect_out "" "$gotofs" sync "$mnt"
expect_writes
rsync_dir users
sync_tenant
expect_writes "POST /users=2"
is "Berlin 2" "$(tenant_user $new '"\(.groupName) \(.licenseKeys | length)"')"
is "null 1" "$(tenant_user $two '"\(.groupName) \(.licenseKeys | length)"')"
expect_verdicts "assign $connect/$new.json ok" "assign $connect/$two.json ok" \
	"assign $webinar/$new.json ok" "create users/$new.json ok" \
	"create users/$two.json ok" "move groups/Berlin/$new.json ok"
for dir in licenses groups; do
	expect_out "" rsync -ani --delete list/$dir/ "$mnt/$dir/"
done
expect_truth

# whole EMAIL ORDER: he leaves every folder, in this order
whole() {
	local links dir
	links=$(find "$mnt/licenses" "$mnt/groups" -name "$1.json")
	calls_clear
	mark
	for dir in $2; do
		case $dir in
		users) expect rm "$users/$1.json" ;;
		*) find "$mnt/$dir" -name "$1.json" -exec rm -f {} + ;;
		esac
	done
	sync_tenant
	is "" "$(find "$mnt/users" "$mnt/licenses" "$mnt/groups" -name "$1.json")"
	is "" "$(tenant_user "$1")"
	expect_writes "DELETE /users/{}=1"
	is "remove users/$1.json ok" "$(verdicts | grep ' ok$')"
	test "$(wc -l <<<"$links")" -ge 2 || fail "$1 had no links"
}

step "a person whole, in any order: one DELETE"
whole $ann "users licenses groups"
whole $dan "users groups licenses"
whole $kim "licenses users groups"
whole max+test@example.com "licenses groups users"
whole "pat.o'brien@example.com" "groups users licenses"
whole cora.connect@example.com "groups licenses users"
expect_truth

step "the same by rsync --delete, folder after folder"
for order in "users licenses groups" "groups licenses users"; do
	gone=$new
	test "$order" = "users licenses groups" || gone=$two
	list
	find list -name "$gone.json" -delete
	calls_clear
	for dir in $order; do
		rsync_dir "$dir"
	done
	sync_tenant
	is "" "$(tenant_user $gone)"
	expect_writes "DELETE /users/{}=1"
done
expect_truth
