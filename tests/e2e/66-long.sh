#!/bin/bash
# SPDX-License-Identifier: MIT
# What takes longer than the settle time: tar, which puts its links in place at
# its very end, and a slow loop of rm (DESIGN 4.1, 4.2).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com # Berlin, Business
dan=dan.fox@example.com # Sales, Business
# without links or roles
mapfile -t lonely < <(sandbox GET state | jq -r '.users[] |
	select((.licenseKeys // []) == [] and .groupKey == null and (.adminRoles // []) == []) |
	.email | select(test("^[a-z.]+@example.com$"))')
test ${#lonely[@]} -ge 2 || fail "nobody without links"

placeholders() {
	find "$mnt/licenses" "$mnt/groups" -type f -size 0 -perm 000 | wc -l
}

# half_way ARCHIVE: tar has read half of it, and the settle time has passed more
# than once since: somebody else's removal, begun later, was sent
half_way() {
	local half=$(($(stat -c %s "$1") / 20480 * 10240)) entries # whole records
	entries=$(head -c $half "$1" | tar -t 2>/dev/null | grep -c 'json$')
	mkfifo pipe
	in_background bash -c "exec tar -C '$mnt' -x --warning=no-timestamp <pipe"
	exec 9>pipe
	rm pipe
	head -c $half "$1" >&9
	await 60 eval "test \$(placeholders) -ge $((entries - 1))"
	expect rm "$users/${lonely[0]}.json"
	wait_for_calls "DELETE /users/{}" 1
	lonely=("${lonely[@]:1}")
	tail -c +$((half + 1)) "$1" >&9
	exec 9>&-
	ended 0
}

step "an archive with every link, each up over .., is not done for long: 0 calls"
calls_clear
links=$(cd "$mnt" && find licenses groups -type l -printf '%p %l\n' | sort)
test "$(wc -l <<<"$links")" -gt 200 || fail "too few links"
expect tar -C "$mnt" -cf all.tar licenses groups
half_way all.tar
is 0 "$(placeholders)"
is "$links" "$(cd "$mnt" && find licenses groups -type l -printf '%p %l\n' | sort)"
sync_tenant
expect_writes "DELETE /users/{}=1"
expect_truth

step "an archive in which two people have changed places: one move each"
cp -a "$mnt/groups" list
mv list/Berlin/$ann.json list/Sales/
mv list/Sales/$dan.json list/Berlin/
expect tar --transform 's,^list,groups,' -cf moved.tar list
calls_clear
half_way moved.tar
is 0 "$(placeholders)"
sync_tenant
expect_writes "DELETE /users/{}=1" "PUT /groups/{}/users/{}=2"
is "Sales Berlin" "$(tenant_user $ann .groupName) $(tenant_user $dan .groupName)"
expect_truth
unmount_tenant

step "a slow loop of rm, each within the settle time of the one before: one batch"
mount_tenant settle=2
webinar=$mnt/licenses/gotowebinar-pro
log_clear
calls_clear
mark
widest=0
last=$(date +%s%3N)
for link in "$mnt/licenses/gotomeeting-business/"{$ann,$dan}.json \
	"$(find "$webinar" -type l | sort | head -n 1)"; do
	sleep 1.2 # a delay: the loop's own slowness, which is what this is about
	before=$last
	last=$(date +%s%3N)
	expect rm "$link"
	now=$(date +%s%3N)
	test $((now - before)) -le $widest || widest=$((now - before))
done
wait_for_calls "DELETE /licenses/{}/users/{}" 3
sync_tenant
expect_writes "DELETE /licenses/{}/users/{}=3"
is 3 "$(verdicts | grep -c '^unassign .* ok$')"
# (on a machine where the loop is slower than the settle time there are several
# batches, and rightly)
sent_ms=$(sandbox GET log | jq -s '[.[] | select(.method == "DELETE") | .time] | min')
test $widest -ge 1800 || test "$sent_ms" -ge $((last + 2000)) ||
	fail "sent $((sent_ms - last)) ms after the last rm"
expect_truth
