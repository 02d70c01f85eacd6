#!/bin/bash
# SPDX-License-Identifier: MIT
# Nobody is removed after a crash without the guard having judged again: who
# was let go by the dead daemon is protected when the next one comes to it; also
# when the call may have gone out, unless it was heard: then it is done.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

start_crash_test
users=$mnt/users
dan=dan.fox@example.com
conf=$XDG_CONFIG_HOME/gotofs/$profile.conf
sed -i '/^\[guard\]/,/^$/d' "$conf"
cp "$conf" "$conf.plain"

# protect PATTERN
protect() {
	cp "$conf.plain" "$conf"
	printf '[guard]\nprotect = %s\n' "$1" >>"$conf"
}

# refused_by_now POINT: dan's removal was accepted or let go, and he is protected
# by then
refused_by_now() {
	step "$1, and protected by then"
	protect nobody@example.com
	mount_again
	calls_clear
	crash_at "$1" rm "$users/$dan.json"
	protect "dan.*"
	mount_again
	refuse "" 1 "$gotofs" sync "$mnt"
	error_record "users/$dan.json" "protect"
	test -e "$users/$dan.json" || fail "he is gone"
	expect rm "$mnt/.gotofs/errors/users/$dan.json.txt"
	all_is_well "" "" "len(users('$dan'))"
	is "0 1" "$writes_n $truth"
	unmount_tenant
}
unmount_tenant
refused_by_now accept-after-commit
refused_by_now release-before-commit
refused_by_now release-after-commit
refused_by_now send-before-mark
refused_by_now send-after-mark

step "send-after-call, and protected by then: it was heard"
protect nobody@example.com
mount_again
calls_clear
crash_at send-after-call rm "$users/$dan.json"
protect "dan.*"
mount_again
all_is_well remove "DELETE /users/{}" "len(users('$dan'))"
is "1 0" "$writes_n $truth"
unmount_tenant

step "... and so is a take-out: who names no group is in none"
ann=ann.lee@example.com
protect nobody@example.com
mount_again
calls_clear
crash_at send-after-call rm "$mnt/groups/Berlin/$ann.json"
protect "ann.*"
mount_again
all_is_well take-out "DELETE /users/{}/groups" "user('$ann').get('groupName')"
is "1 None" "$writes_n $truth"
