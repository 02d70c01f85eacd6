#!/bin/bash
# SPDX-License-Identifier: MIT
# A license without a free seat: who goes gives his seat to who comes, in the
# calls that this needs, and in their order (DESIGN 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

assign="POST /licenses/{}/users/{}"
unassign="DELETE /licenses/{}/users/{}"
start_sandbox
starter=licenses/gotomeeting-starter
training=licenses/gototraining
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
new=nora.new@example.com

# fresh: no removal was ever sent from here, so that no limit is near
states=0
fresh() {
	test -z "$daemon_pid" || unmount_tenant
	states=$((states + 1))
	mount_tenant "settle=30,state_dir=$WORK/state$states"
	mapfile -t holder < <(find "$mnt/$starter" -type l -printf '%f\n' | sort)
	log_clear
	calls_clear
	mark
}

# list: of the license, as it is
list() {
	rm -rf list
	cp -a "$mnt/$starter" list
}

free_seats() {
	sandbox GET state | jq '.licenses[] | select(.description == "GoToMeeting Starter") |
		.seats - .userCount'
}

# freed_first: at no time were there more assignments than seats freed
freed_first() {
	sent | awk '/^DELETE .licenses/ { free++ } /^POST .licenses/ { free-- }
		free < 0 { exit 1 }' || fail "assigned before a seat was free" "$(sent)"
}

step "rsync --delete swaps two holders: two calls each, the seats first"
mkdir -p "$WORK"/state{1,2,3,4,5,6,7}
chmod 700 "$WORK"/state?
fresh
list
rm "list/${holder[0]}" "list/${holder[9]}"
ln -s ../../users/$ann.json ../../users/$dan.json list/
expect rsync -a --delete list/ "$mnt/$starter/"
sync_tenant
expect_writes "$unassign=2" "$assign=2"
freed_first
expect_verdicts "assign $starter/$ann.json ok" "assign $starter/$dan.json ok" \
	"unassign $starter/${holder[0]} ok" "unassign $starter/${holder[9]} ok"
expect_out "" rsync -ani --delete list/ "$mnt/$starter/"

step "--delete-after has no seat for the new one: told, and right the second time"
list
rm "list/${holder[1]}"
ln -s ../../users/$kim.json list/
refuse "No space left on device" 23 rsync -a --delete-after list/ "$mnt/$starter/"
error_record $starter/$kim.json "no free seat"
sync_tenant
expect_writes "$unassign=1"
expect rsync -a --delete-after list/ "$mnt/$starter/"
sync_tenant
expect_writes "$assign=1"
no_error_record $starter/$kim.json
expect_out "" rsync -ani --delete list/ "$mnt/$starter/"

step "an assignment sends as many held removals as it needs, the others stay held"
fresh
expect rm "$mnt/$starter/${holder[2]}" "$mnt/$starter/${holder[3]}"
expect_writes
expect ln -s ../../users/max+test@example.com.json "$mnt/$starter/"
wait_for_calls "$assign" 1
expect_writes "$unassign=1" "$assign=1"
expect_out 1 jq .changes.held "$mnt/.gotofs/status.json"
expect ln -s "../../users/${holder[3]}" "$mnt/$starter/"
sync_tenant
expect_writes
expect_out "../../users/${holder[3]}" readlink "$mnt/$starter/${holder[3]}"
is 0 "$(free_seats)"

step "a seat that was given away is not there to take back"
refuse "No space left on device" 1 ln -s "../../users/${holder[2]}" "$mnt/$starter/"
rm -f "$mnt/.gotofs/errors/$starter/${holder[2]}.txt"
sync_tenant
expect_writes

step "the new holder is still to come: his seat is freed, and one POST has it"
list
rm "list/${holder[4]}"
ln -s ../../users/$new.json list/
expect rsync -a --delete list/ "$mnt/$starter/"
expect "$gotofs" sync "$mnt/licenses"
expect_writes "$unassign=1"
expect cp /dev/stdin "$mnt/users/$new.json" <<<'{"firstName":"Nora","lastName":"New"}'
sync_tenant
expect_writes "POST /users=1"
is 1 "$(tenant_user $new '.licenseKeys | length')"

step "who leaves altogether gives his seat to who comes: rsync of users/, then licenses/"
rm -rf list
mkdir list
cp -a "$mnt/users" "$mnt/licenses" list/
find list -name "${holder[5]}" -delete
ln -s "../../users/${holder[2]}" list/$starter/
calls_clear
log_clear
for dir in users licenses; do
	expect rsync -a --delete list/$dir/ "$mnt/$dir/"
done
sync_tenant
expect_writes "DELETE /users/{}=1" "$assign=1"
is "DELETE /users/{} $assign" "$(sent | paste -sd' ')"
expect_truth

step "two full licenses change holders with each other"
fresh
other=$(find "$mnt/$training" -type l -printf '%f\n' | sort | head -n 1)
mutate "{\"op\":\"update-license\",\"license\":\"GoToTraining\",\"seats\":$(tenant_license GoToTraining .userCount)}"
refresh_tenant
one=
for name in "${holder[@]}"; do
	test -L "$mnt/$training/$name" || one=${one:-$name}
done
rm -rf list
cp -a "$mnt/licenses" list
mv "list/gotomeeting-starter/$one" list/gototraining/
mv "list/gototraining/$other" list/gotomeeting-starter/
calls_clear
log_clear
expect rsync -a --delete-before list/ "$mnt/licenses/"
sync_tenant
expect_writes "$unassign=2" "$assign=2"
expect_out "" rsync -ani --delete list/ "$mnt/licenses/"

step "the tenant does not give the seat back: who came goes again, who went is back"
fault "{\"match\":\"$unassign\",\"kind\":\"status\",\"status\":403}"
calls_clear
mark
expect rm "$mnt/$starter/$other"
expect ln -s "../../users/$one" "$mnt/$starter/"
sync_fails 2
expect_writes "$unassign=1" "$assign=1"
expect_verdicts "assign $starter/$one ENOSPC" "unassign $starter/$other EACCES"
test ! -L "$mnt/$starter/$one" || fail "shown without a seat"
expect_out "../../users/$other" readlink "$mnt/$starter/$other"
error_record "$starter/$one" "no free seat"
error_record "$starter/$other" EACCES
expect_truth

step "tar brings one link more than there are seats: he is refused, nobody is taken away"
fresh
list
ln -s ../../users/ivy.invited@example.com.json list/
expect tar --transform "s,^list,$starter," -cf more.tar list
refuse "No space left on device" 2 tar -C "$mnt" -xf more.tar --warning=no-timestamp
sync_tenant
expect_writes
expect_truth
