#!/bin/bash
# SPDX-License-Identifier: MIT
# licenses/: ln -s assigns, rm takes away, mv does both; each in the calls that
# it needs and no others.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
# (many in small collections: the guard is for others to test)
mount_tenant max_removals=1000,settle=3
business=$mnt/licenses/gotomeeting-business
starter=$mnt/licenses/gotomeeting-starter
webinar=$mnt/licenses/gotowebinar-pro
training=$mnt/licenses/gototraining
assist=$mnt/licenses/gotoassist-remote-support
openvoice=$mnt/licenses/openvoice
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
stan=stan.still@example.com

# seats_free DIR: as df -i says
seats_free() {
	df --output=iavail "$1" | tail -n 1 | tr -d ' '
}

# holds EMAIL DESCRIPTION: the tenant says so
holds() {
	local key
	key=$(tenant_license "$2" .key)
	tenant_user "$1" '.licenseKeys // [] | join(" ")' | grep -qw "$key"
}

calls_clear

step "every license has a directory, with a link for each holder"
for dir in "$business" "$starter" "$webinar" "$training" "$assist" "$openvoice"; do
	test -d "$dir" || fail "no $dir" "$(ls "$mnt/licenses")"
done
is 9 "$(find "$mnt/licenses" -mindepth 1 -maxdepth 1 | wc -l)"
expect_out "../../users/$ann.json" readlink "$business/$ann.json"
expect_out $ann jq -r .email "$business/$ann.json"
is "$(sandbox GET state | jq '[.users[].licenseKeys // [] | length] | add')" \
	"$(find "$mnt/licenses" -type l | wc -l)"

step "df -i shows seats as inodes"
read -r total used free < <(df --output=itotal,iused,iavail "$starter" | tail -n 1)
is "$(tenant_license "GoToMeeting Starter" .seats)" "$total"
is "$total 0" "$used $free"
read -r total used free < <(df --output=itotal,iused,iavail "$webinar" | tail -n 1)
is "$(tenant_license "GoToWebinar Pro" .seats)" "$total"
is 10 "$free"
test "$(df --output=avail "$webinar" | tail -n 1)" -gt 1000 || fail "no blocks free"
expect_calls

step "ln -s assigns: one call"
expect ln -s ../../users/$ann.json "$webinar"
expect_out "../../users/$ann.json" readlink "$webinar/$ann.json"
is 9 "$(seats_free "$webinar")"
sync_tenant
holds $ann "GoToWebinar Pro" || fail "not assigned"
expect_calls "POST /licenses/{}/users/{}=1"
no_error_record "licenses/gotowebinar-pro/$ann.json"

step "it is there already"
refuse "File exists" 1 ln -s ../../users/$ann.json "$webinar"
sync_tenant
expect_calls

step "ln -sr, ln -sfn, an absolute target: each leads there"
expect ln -sr "$mnt/users/$dan.json" "$webinar/$dan.json"
expect ln -sfn ../../users/$kim.json "$webinar/$kim.json"
expect ln -s "$mnt/users/$stan.json" "$webinar/$stan.json"
expect_out "../../users/$dan.json" readlink "$webinar/$dan.json"
expect_out "../../users/$stan.json" readlink "$webinar/$stan.json"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=3"

step "making them again costs nothing"
expect ln -sfn ../../users/$kim.json "$webinar/$kim.json"
expect ln -sfn ../../users/$ann.json "$webinar"
expect cp -a "$webinar/$ann.json" "$WORK/"
expect cp -a --remove-destination "$WORK/$ann.json" "$webinar/"
expect cp -af "$WORK/$ann.json" "$webinar/"
sync_tenant
expect_calls
expect_out "../../users/$ann.json" readlink "$webinar/$ann.json"

step "rm takes away, after the settle time: one call"
expect rm "$webinar/$ann.json"
test ! -L "$webinar/$ann.json" || fail "still shown"
sync_tenant
! holds $ann "GoToWebinar Pro" || fail "still assigned"
expect_calls "DELETE /licenses/{}/users/{}=1"
expect rm "$webinar/$dan.json"
wait_for_calls "DELETE /licenses/{}/users/{}" 1
sync_tenant
expect_calls "DELETE /licenses/{}/users/{}=1"

step "rm and ln again within the settle time: no call"
expect rm "$webinar/$kim.json"
expect ln -s ../../users/$kim.json "$webinar/"
sync_tenant
expect_calls
holds $kim "GoToWebinar Pro" || fail "no longer assigned"

step "mv to another license: assigned there, taken here"
expect mv "$webinar/$kim.json" "$training/"
expect_out "../../users/$kim.json" readlink "$training/$kim.json"
test ! -L "$webinar/$kim.json" || fail "still in the old one"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
holds $kim GoToTraining || fail "not assigned"
! holds $kim "GoToWebinar Pro" || fail "not taken"

step "mv there and back again costs nothing"
expect mv "$webinar/$stan.json" "$training/"
expect mv "$training/$stan.json" "$webinar/"
sync_tenant
holds $stan "GoToWebinar Pro" || fail "lost"
! holds $stan GoToTraining || fail "still there"

step "mv onto a link that he has there: only taken here"
expect ln -s ../../users/$stan.json "$training/"
sync_tenant
calls_clear
expect mv "$webinar/$stan.json" "$training/"
sync_tenant
expect_calls "DELETE /licenses/{}/users/{}=1"
expect_out "../../users/$stan.json" readlink "$training/$stan.json"

step "a full license: no seat, at once"
refuse "No space left on device" 1 ln -s ../../users/$ann.json "$starter"
error_record "licenses/gotomeeting-starter/$ann.json" "no free seat"
refuse "No space left on device" 1 mv "$business/$ann.json" "$starter"
expect_out "../../users/$ann.json" readlink "$business/$ann.json"
refuse "No space left on device" 1 ln -sfn ../../users/$ann.json "$starter"
sync_tenant
expect_calls

step "the seat of a held removal is free, and is freed first"
expect rm "$starter/full.house@example.com.json"
is 0 "$(seats_free "$starter")"
expect ln -s ../../users/$ann.json "$starter"
# but only one
refuse "No space left on device" 1 ln -s ../../users/$dan.json "$starter"
rm -f "$mnt/.gotofs/errors/licenses/gotomeeting-starter/$dan.json.txt"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
is "$(tenant_license "GoToMeeting Starter" .seats)" \
	"$(tenant_license "GoToMeeting Starter" .userCount)"
holds $ann "GoToMeeting Starter" || fail "not assigned"
no_error_record "licenses/gotomeeting-starter/$ann.json"

step "the order of names does not matter: rsync --delete swaps holders"
for pair in "$ann $dan" "$dan $ann"; do
	read -r out in <<<"$pair"
	rm -rf list
	cp -a "$starter" list
	rm "list/$out.json"
	ln -s ../../users/"$in".json list/
	expect rsync -a --delete list/ "$starter/"
	sync_tenant
	expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
	holds "$in" "GoToMeeting Starter" || fail "$in has no seat"
	! holds "$out" "GoToMeeting Starter" || fail "$out has his still"
	expect rsync -a --delete list/ "$starter/"
	expect_out "" rsync -ani --delete list/ "$starter/"
	sync_tenant
	expect_calls
done

step "rsync of links: new, changed in its spelling, deleted; settled at once"
rm -rf list
cp -a "$webinar" list
ln -s ../../users/$dan.json list/
rm "$(find list -type l | sort | tail -n 1)"
expect rsync -a --delete list/ "$webinar/"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
expect_out "" rsync -ani --delete list/ "$webinar/"
rm list/$dan.json
ln -s ../../users/./$dan.json list/$dan.json
expect rsync -l --recursive list/ "$webinar/"
sync_tenant
expect_calls
expect_out "../../users/$dan.json" readlink "$webinar/$dan.json"

step "links that are wrong"
refuse "Invalid argument" 1 ln -s ../../nowhere/$ann.json "$training/$ann.json"
error_record "licenses/gototraining/$ann.json" "lead to a file in users/"
refuse "Invalid argument" 1 ln -s /etc/passwd "$training/$ann.json"
refuse "Invalid argument" 1 ln -s ../../../users/$ann.json "$training/$ann.json"
refuse "Invalid argument" 1 ln -s ../../../../../etc/passwd "$training/$ann.json"
refuse "Invalid argument" 1 ln -s ../gotowebinar-pro "$training/$ann.json"
refuse "Invalid argument" 1 ln -s ../gotowebinar-pro/$dan.json "$training/$dan.json"
refuse "Invalid argument" 1 ln -s ../../users/$ann.json "$training/$dan.json"
error_record "licenses/gototraining/$dan.json" "named .* but leads to"
refuse "No such file" 1 ln -s "" "$training/$ann.json"
refuse "Invalid argument" 1 ln -s ../../users/Ann.Lee@example.com.json "$training"
refuse "Operation not permitted" 1 ln -s users/$ann.json "$mnt/$ann.json"
refuse "Operation not permitted" 1 ln -s ../users/$ann.json "$mnt/licenses/"
refuse "Operation not permitted" 1 ln -s $ann.json "$mnt/users/x@example.com.json"
refuse "Operation not permitted" 1 ln "$mnt/users/$ann.json" "$training/$ann.json"
refuse "Operation not permitted" 1 cp "$mnt/users/$ann.json" "$training/"
refuse "Operation not permitted" 1 mv "$mnt/users/$ann.json" "$training/"
refuse "Operation not permitted" 1 mv "$webinar/$dan.json" "$mnt/users/x@example.com.json"
refuse "Bad message" 1 mv "$webinar/$dan.json" "$webinar/$kim.json"
refuse "No such file" 1 ln -s ../../users/$ann.json "$mnt/licenses/none/"
sync_tenant
expect_calls

step "licenses are bought, not made"
refuse "Operation not permitted" 1 mkdir "$mnt/licenses/mine"
refuse "Directory not empty" 1 rmdir "$mnt/licenses"
refuse "Operation not permitted" 1 mkdir "$webinar/sub"
refuse "Operation not permitted" 1 mv "$webinar" "$mnt/licenses/other"
refuse "Directory not empty" 1 rmdir "$webinar"
refuse "Operation not permitted" 1 touch "$webinar/$ann.json"
sync_tenant
expect_calls

step "sync of a link waits for that seat, not for whom it leads to"
fault '{"match":"POST /licenses/{}/users/{}","kind":"slow","delay_ms":500,"apply":false}'
expect ln -s ../../users/$ann.json "$training/"
sync_tenant "licenses/gototraining/$ann.json"
expect_calls "POST /licenses/{}/users/{}=1"
test -n "$(tenant_user $ann ".licenseKeys[] | select(. == \"$(tenant_license GoToTraining .key)\")")" ||
	fail "it did not wait"
ln -s "$mnt" "$WORK/elsewhere"
expect "$gotofs" sync "$WORK/elsewhere"
refuse "not in a gotofs mount" 6 "$gotofs" sync "$WORK"
