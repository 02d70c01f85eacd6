#!/bin/bash
# SPDX-License-Identifier: MIT
# rsync --link-dest, which makes hard links to the copy before: of a backup of
# the mount, and towards the mount, where there are none and it copies.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear
dan=dan.fox@example.com.json
dirs=(groups licenses users)

# backup DAY [BEFORE]: of all three folders
backup() {
	local dir
	mkdir "$1"
	: >stats
	for dir in "${dirs[@]}"; do
		rsync -a --stats ${2:+--link-dest="$WORK/$2/$dir"} "$mnt/$dir/" "$1/$dir/" \
			>>stats || fail "exit $? of rsync $dir"
	done
}
# transferred N: so many files were copied by the last backup
transferred() {
	is "$1" "$(sed -n 's/^Number of regular files transferred: //p' stats |
		tr -d , | awk '{ n += $1 } END { print n }')"
}
# links N: so many of Tuesday's files and links are also Monday's
links() {
	is "$1" "$(find tuesday \( -type f -o -type l \) -links +1 | wc -l)"
}

step "a backup of what has not changed copies nothing: each file is Monday's"
backup monday
transferred 200
all=$(find monday \( -type f -o -type l \) | wc -l)
backup tuesday monday
transferred 0
links "$all"
expect_calls

step "... after a remount as well, and of what has changed nothing but that"
unmount_tenant
mount_tenant
expect bash -c "echo '{\"lastName\":\"Changed\"}' >'$users/$dan'"
sync_tenant
calls_clear
rm -rf tuesday
backup tuesday monday
transferred 1
links $((all - 1))
is Changed "$(jq -r .lastName "tuesday/users/$dan")"
is Fox "$(jq -r .lastName "monday/users/$dan")"
expect_calls

step "back to the mount, Monday's copy beside the list: what differs is sent"
cp -a monday list
echo "$bob_text" >list/users/bob.stone@example.com.json
ln -s ../../users/bob.stone@example.com.json list/licenses/gotowebinar-pro/
cp -a list/users/bob.stone@example.com.json monday/users/
rm list/users/ann.lee@example.com.json
# push [OPTION...]: the list to the mount
push() {
	local dir
	for dir in "${dirs[@]}"; do
		rsync -ai --delete "$@" --link-dest="$WORK/monday/$dir" "list/$dir/" \
			"$mnt/$dir/" || fail "exit $? of rsync $dir"
	done
}
# rsync unlinks what it could link, and then copies it: nobody is removed by
# that, and of those who are protected there is a record.
not_linked() {
	is "$(printf "users/%s@example.com.json.txt\n" admin second.admin)" \
		"$(find "$mnt/.gotofs/errors" -type f -printf '%P\n' | sort)"
	rm -rf "$mnt"/.gotofs/errors/*
}
expect push
sync_tenant
is Fox "$(tenant_user "${dan%.json}" .lastName)"
is "Stone 1" "$(tenant_user bob.stone@example.com '"\(.lastName) \(.licenseKeys | length)"')"
is "" "$(tenant_user ann.lee@example.com)"
not_linked
expect_writes "POST /users=1" "PUT /users/{}=1" "DELETE /users/{}=1"
is "" "$(push -n | grep -v '^\.d')"
expect_calls

step "a copy before that is in the mount itself: it copies, without a word"
rm list/users/bob.stone@example.com.json list/licenses/*/bob.stone@example.com.json
expect push
sync_tenant
not_linked
expect_writes "DELETE /users/{}=1"
expect mkdir "$users/.before"
expect cp -a monday/users/bob.stone@example.com.json "$users/.before/"
cp -a monday/users/bob.stone@example.com.json list/users/
expect rsync -a --link-dest=.before list/users/ "$users/"
is "" "$(cat "$WORK/err")"
sync_tenant
is Stone "$(tenant_user bob.stone@example.com .lastName)"
is 1 "$(stat -c %h "$bob")"
no_error_record users/bob.stone@example.com.json
expect_writes "POST /users=1"
expect rm -r "$users/.before"
expect_calls
