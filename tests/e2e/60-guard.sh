#!/bin/bash
# SPDX-License-Identifier: MIT
# Too many users at once: nobody is removed, all names are back; gotofs allow
# lets them go; what was sent counts for ten minutes, over a remount.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox # 200 people: 20 may go
users=$mnt/users
status() {
	jq -r "$1" "$mnt/.gotofs/status.json"
}
users_limit() {
	status '.guard.limits.users | "\(.size) \(.limit) \(.held) \(.sent) \(.tripped)"'
}
# plain I [N]: paths of the Ith user, and of the N from him, who are not protected
plain() {
	local i
	for ((i = $1; i < $1 + ${2-1}; i++)); do
		echo "$users/${people[i]}"
	done
}
journal_lines() {
	jq -c "select($1)" "$mnt/.gotofs/journal.jsonl" | wc -l
}
mount_tenant settle=30
mapfile -t people < <(find "$users" -name '*.json' -printf '%f\n' | grep -vE '^(admin|second.admin)@' | sort)
before=$(ls "$users")
is "200 20 0 0 false" "$(users_limit)"
is "ok null" "$(status '"\(.guard.state) \(.guard.allowance)"')"
calls_clear

step "rm of all: nobody is removed, and every name is back"
refuse "Disk quota exceeded" 1 rm -f "$users"/*.json
grep -q "admin@example.com.json.*Operation not permitted" "$WORK/err" || fail "not protected"
is 178 "$(grep -c "Disk quota exceeded" "$WORK/err")"
refuse "20 changes were refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(ls "$users")"
is 0 "$(status .changes.pending)"
expect_calls
error_record "users/${people[20]}" 'Disk quota exceeded \(EDQUOT\)'
error_record "users/${people[20]}" '20 of 200 users within 10 minutes; 20 held removals were cancelled'
error_record "users/${people[0]}" 'would have been passed.*the name is back'
error_record "users/${people[21]}" 'until 60 s have passed without a try'
is 198 "$(journal_lines '.result == "EDQUOT" and .verb == "remove"')"
is "200 20 0 0 true" "$(users_limit)"
is tripped "$(status .guard.state)"

step "that was all of its kind, and other kinds go on"
refuse "Disk quota exceeded" 1 rm "$(plain 3)"
link=$(find "$mnt/licenses/gotowebinar-pro" -type l | sort | head -n 1)
expect rm "$link"
sync_tenant
expect_calls "DELETE /licenses/{}/users/{}=1"

step "an allowance wants a number, a time and a reason"
refuse "all needed" 2 "$gotofs" allow "$mnt" --removals 25 --for 10m
refuse "all needed" 2 "$gotofs" allow "$mnt" --removals 25 --reason x
refuse "all needed" 2 "$gotofs" allow "$mnt" --for 10m --reason x
refuse "like 90s, 10m or 2h" 2 "$gotofs" allow "$mnt" --removals 25 --for 25h --reason x
refuse "like 90s, 10m or 2h" 2 "$gotofs" allow "$mnt" --removals 25 --for 10 --reason x
refuse "not a number of removals" 2 "$gotofs" allow "$mnt" --removals many --for 1m --reason x
refuse "--reason" 2 "$gotofs" allow "$mnt" --removals 25 --for 10m --reason ""
refuse "a reason is a line" 1 "$gotofs" allow "$mnt" --removals 25 --for 10m --reason $'a\nb'
refuse "Disk quota exceeded" 1 rm "$(plain 3)"

step "with one they go: a call each"
expect "$gotofs" allow "$mnt" --removals 25 --for 10m --reason 'site closed, CHG-88'
said "25 removals are allowed until"
is ok "$(status .guard.state)"
is "25 25 site closed, CHG-88" "$(status '.guard.allowance | "\(.removals) \(.left) \(.reason)"')"
is "25 site closed, CHG-88" "$(jq -r 'select(.verb == "allow") | "\(.after.removals) \(.reason)"' \
	"$mnt/.gotofs/journal.jsonl")"
cp "$(plain 0)" kept.json
mapfile -t some < <(plain 0 22)
expect rm "${some[@]}"
is "3 0" "$(status '"\(.guard.allowance.left) \(.guard.limits.users.held)"')"
expect cp kept.json "$(plain 0)" # he is there again: given back
is 4 "$(status .guard.allowance.left)"
sync_tenant
expect_calls "DELETE /users/{}=21"
is 179 "$(find "$users" -name '*.json' | wc -l)"
is "4 200 0" "$(status '"\(.guard.allowance.left) \(.guard.limits.users.size) \(.guard.limits.users.sent)"')"
no_error_record "users/${people[5]}"
rm -rf "$mnt"/.gotofs/errors/*

step "it outlives the mount, pays first, and then the limit counts"
unmount_tenant
mount_tenant settle=30
is 4 "$(status .guard.allowance.left)"
mapfile -t some < <(plain 22 5)
expect rm "${some[@]}"
is "0 1" "$(status '"\(.guard.allowance.left) \(.guard.limits.users.held)"')"
sync_tenant
expect_calls "DELETE /users/{}=5"
is "200 20 0 1 false" "$(users_limit)"

step "rsync --delete from an empty folder"
mkdir empty
before=$(ls "$users")
refuse "Disk quota exceeded" 23 rsync -a --delete empty/ "$users/"
refuse "19 changes were refused" 1 "$gotofs" sync "$mnt"
is "$before" "$(ls "$users")"
expect_calls
sent=users/${people[26]}
grep -rqF "  $sent" "$mnt/.gotofs/errors" || fail "what was sent is not named"
rm -rf "$mnt"/.gotofs/errors/*
unmount_tenant

step "max_removals of the profile, and what was sent before counts"
cp "$XDG_CONFIG_HOME/gotofs/$profile.conf" plain.conf
printf '\n[guard]\nmax_removals = 2\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
mount_tenant settle=30
is "200 2 0 1 false" "$(users_limit)"
expect rm "$(plain 30)"
refuse "Disk quota exceeded" 1 rm "$(plain 31)"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
test -e "$(plain 30)" || fail "gone"
error_record "users/${people[31]}" 'Sent before, within the last 10 minutes, and gone'
expect_calls
unmount_tenant

step "that of the mount comes before it; 0 is none at all"
mount_tenant settle=30,max_removals=100%
is "200 25 0 1 false" "$(users_limit)"
unmount_tenant
mount_tenant settle=30,max_removals=0
refuse "Disk quota exceeded" 1 rm "$(plain 30)"
refuse "Disk quota exceeded" 1 rm "$(find "$mnt/licenses" -type l | sort | head -n 1)"
error_record "users/${people[30]}" '0 of 200 users'
expect "$gotofs" allow "$mnt" --removals 1 --for 90s --reason 'only he'
expect rm "$(plain 30)"
sync_tenant
expect_calls "DELETE /users/{}=1"
