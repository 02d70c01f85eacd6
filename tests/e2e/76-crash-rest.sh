#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies while it refuses, cancels, pulls, recovers, rotates; and with
# many changes on their way at once. See functions_crash.sh for what must hold.
# shellcheck disable=SC2016 # scripts for another bash
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

start_crash_test
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
webinar=$mnt/licenses/gotowebinar-pro
conf=$XDG_CONFIG_HOME/gotofs/$profile.conf

step "each point of the table has its case"
root=$(dirname "$after_crash")/../..
table=$(sed -n '/^static const char \*const crash_points/,/^};/s/^    "\(.*\)",$/\1/p' \
	"$root/src/base/crash.c")
test -n "$table" || fail "no table"
for point in $table; do
	grep -qE "(^|[ ;(])$point([ ;)]|\$)" "$root"/tests/e2e/[0-9]*.sh \
		|| fail "no case for $point"
done

# well CALLS: so many writing calls since calls_clear
well() {
	all_is_well "" "" 0
	is "$1" "$writes_n"
}

step "a refusal: nothing happens, whether it was written down or not"
full=$mnt/licenses/gotomeeting-starter
calls_clear
crash_at refuse-before-commit ln -s "../../users/$ann.json" "$full/"
test $tool_status -ne 0 || fail "the tool was told yes"
mount_again
well 0
crash_at refuse-after-commit ln -s "../../users/$ann.json" "$full/"
test $tool_status -ne 0 || fail "the tool was told yes"
mount_again
error_record "licenses/gotomeeting-starter/$ann.json" "no free seat"
expect rm "$mnt/.gotofs/errors/licenses/gotomeeting-starter/$ann.json.txt"
well 0

# carla's link is removed and made again, within the settle time
again() {
	ln -s "../../users/carla.upper@example.com.json" "$webinar/"
}

step "a removal that is cancelled: nothing is sent"
unmount_tenant
mount_again settle=3600
expect rm "$webinar/carla.upper@example.com.json"
crash_at cancel-before-commit again
test $tool_status -ne 0 || fail "the tool was told yes"
mount_again settle=3600
is 1 "$(jq .changes.held "$mnt/.gotofs/status.json")"
test ! -L "$webinar/carla.upper@example.com.json" || fail "it is back"
crash_at cancel-after-commit again
mount_again settle=3600
is 0 "$(jq .changes.held "$mnt/.gotofs/status.json")"
test -L "$webinar/carla.upper@example.com.json" || fail "it is not back"
well 0
unmount_tenant
mount_again

step "a pull: all of it or nothing"
lastname() {
	mutate "{\"op\":\"update-user\",\"email\":\"$dan\",\"fields\":{\"lastName\":\"$1\"}}"
}
lastname Before
crash_at pull-before-commit "$gotofs" refresh "$mnt"
test $tool_status -ne 0 || fail "refresh said yes"
mount_again
expect_out Fox jq -r .lastName "$users/$dan.json"
refresh_tenant
expect_out Before jq -r .lastName "$users/$dan.json"
well 0
lastname After
crash_at pull-after-commit "$gotofs" refresh "$mnt"
mount_again
expect_out After jq -r .lastName "$users/$dan.json"
well 0

# dies_at POINT: the next mount dies at it
dies_at() {
	echo "$1" >"$armed"
	start_daemon "$profile" "$mnt" settle=0.1
	await 60 daemon_is_gone
	wait "$daemon_pid" 2>/dev/null
	is 137 $?
	daemon_pid=
	rm "$armed"
}

step "a mount that dies as well, over a create whose answer was lost"
crash_at send-after-call bash -c \
	'echo "{\"firstName\":\"Eva\",\"lastName\":\"Neu\"}" >"$1"' \
	- "$users/eva@example.com.json"
dies_at recover-before-send
dies_at recover-before-send
mount_again
all_is_well create "POST /users" "len(users('eva@example.com'))"
is "1 1 1" "$calls_n $writes_n $truth"

# five POINT NAME: five people at once, who may share a call
five() {
	crash_at "$1" bash -c 'for i in 1 2 3 4 5; do
		printf "{\"firstName\":\"F\",\"lastName\":\"L\"}" \
			>"$1/$2$i@example.com.json" &
	done; wait' - "$users" "$2"
}
# Whoever was accepted is there, and once.
five_are_well() {
	local i
	mount_again
	# who was made with others reads as what was sent until the next pull
	sync_tenant
	refresh_tenant
	all_is_well create "POST /users" \
		"sum(len(users('$1%d@example.com' % i)) == 1 for i in range(1, 6))"
	for i in 1 2 3 4 5; do
		test -e "$users/$1$i@example.com.json" || truth=$((truth + 1))
	done
	is 5 "$truth"
	test "$calls_n" -ge 1 && test "$calls_n" -le 5 ||
		fail "POST /users was called $calls_n times"
}
step "several people on their way at once: each becomes one account"
for point in send-after-mark send-after-call verdict-before-commit; do
	calls_clear
	five $point "${point//-/}"
	five_are_well "${point//-/}"
done

step "half of an exchange of licenses: the tool hears no, and he has both"
calls_clear
crash_at accept-after-commit mv "$webinar/carla.upper@example.com.json" \
	"$mnt/licenses/gototraining/"
test $tool_status -ne 0 || fail "the tool was told yes"
mount_again
both="all(holds('Carla.UPPER@Example.COM', l) for l in "
both+="('GoToTraining', 'GoToWebinar Pro'))"
all_is_well assign "POST /licenses/{}/users/{}" "$both"
is "1 1 True" "$calls_n $writes_n $truth"

# moved_on POINT: carla's seat on its way to a license that takes her is moved
# on to one that does not, behind a change of hers that is being sent
moved_on() {
	local writer
	calls_clear
	fault '{"match":"PUT /users/{}","kind":"hold"}'
	bash -c 'echo "{\"lastName\":\"$2\"}" >"$1"' - \
		"$users/carla.upper@example.com.json" "$1" 2>/dev/null &
	writer=$!
	wait_for_calls "PUT /users/{}" 1
	expect mv "$webinar/carla.upper@example.com.json" \
		"$mnt/licenses/gotoconnect-standard/"
	crash_at "$1" mv "$mnt/licenses/gotoconnect-standard/carla.upper@example.com.json" \
		"$mnt/licenses/openvoice/"
	test $tool_status -ne 0 || fail "the tool was told yes"
	wait $writer
	fault_clear
	mount_again
	refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
	error_record licenses/openvoice/carla.upper@example.com.json EACCES
	expect rm "$mnt/.gotofs/errors/licenses/openvoice/carla.upper@example.com.json.txt"
}

step "a seat that is moved on: who is refused in the end keeps what he had"
for point in cancel-after-commit cancel-before-commit; do
	moved_on $point
	all_is_well unassign "DELETE /licenses/{}/users/{}" \
		"holds('Carla.UPPER@Example.COM', 'GoToWebinar Pro')"
	is "0 True" "$calls_n $truth"
done

step "the journal, while its older half moves"
printf '[journal]\nmax_size = 4K\n' >>"$conf"
unmount_tenant
mount_again
write_on() {
	while printf '{"lastName":"N%s"}' "$((i = ${i-0} + 1))" \
		>"$users/$ann.json"; do :; done 2>/dev/null
}
rotate() {
	crash_at "$1" write_on
	mount_again
	all_is_well "" "" 0
}
rotate rotate-before-commit
rotate rotate-after-commit
expect "$gotofs" journal verify "$mnt"
test -e "$XDG_STATE_HOME/gotofs/$profile/journal/000002.jsonl" ||
	expect test -e "$XDG_STATE_HOME/gotofs/$profile/journal/000001.jsonl"
