#!/bin/bash
# SPDX-License-Identifier: MIT
# Scratch names and renames (DESIGN 4.1): what stays here, what commits, and
# the account that stays when its file is taken to a backup name.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear
dan=$users/dan.fox@example.com.json

# only_users: no scratch file is left
only_users() {
	is "" "$(find "$users" -mindepth 1 ! -name '*@*.json')"
}

step "scratch names stay local, whatever is in them"
for name in sedABCDEF 4913 .x.json.AbC123 x.json~ .x.json .hidden notes.txt; do
	expect echo_to "$users/$name" "not JSON"
	field_text=$(cat "$users/$name")
	is "not JSON" "$field_text"
	test -n "$(find "$users" -name "$name")" || fail "$name is not listed"
	expect append_to "$users/$name" ' at all\n'
	expect rm "$users/$name"
	gone "$users/$name"
done
expect mkdir "$users/.~tmp~"
expect echo_to "$users/.~tmp~/ann.lee@example.com.json" "nor here"
expect rm -r "$users/.~tmp~"
gone "$users/.~tmp~"
refuse "File too large" 1 truncate -s 2M "$users/.big"
rm "$users/.big"
acknowledge
expect_calls

step "what replaces a file by renaming"
expect sed -i 's/"lastName": ".*"/"lastName": "Sed"/' "$ann"
field "$ann" .lastName Sed
sync_tenant
is Sed "$(tenant_user ann.lee@example.com .lastName)"
expect_calls "PUT /users/{}=1"
expect sed -i 's/nothing/else/' "$ann"
sync_tenant
expect_calls
expect perl -pi -e 's/"Sed"/"Perl"/' "$ann"
field "$ann" .lastName Perl
sync_tenant
expect_calls "PUT /users/{}=1"
jq_mv() {
	jq '.lastName = "Moved"' "$1" >"$1.tmp" && mv "$1.tmp" "$1"
}
expect jq_mv "$ann"
field "$ann" .lastName Moved
sync_tenant
expect_calls "PUT /users/{}=1"
only_users

step "the first read after the rename is whole"
for n in {1..30}; do
	printf '{"lastName":"N%d"}' "$n" >"$users/.new"
	mv "$users/.new" "$ann"
	is "N$n" "$(jq -r .lastName "$ann")"
done
sync_tenant
calls_clear

step "rename says what the mirror can tell: EBADMSG, and all stays"
cp "$ann" before
while IFS='|' read -r text regex; do
	echo "$text" >"$users/.new"
	refuse "Bad message" 1 mv "$users/.new" "$ann"
	error_record users/ann.lee@example.com.json "$regex"
	expect cmp before "$ann"
	is "$text" "$(cat "$users/.new")"
	refuse "Bad message" 1 mv "$users/.new" "$bob"
	error_record users/bob.stone@example.com.json EBADMSG
	gone "$bob"
done <<'CASES'
{"lastName": 7}|lastName must be text
{"lastName": "Half"|EBADMSG
not JSON|line 1, column
|EBADMSG
{"email":"dan.fox@example.com"}|email is
CASES
rm "$users/.new"
refuse "Bad message" 4 sed -i 's/"lastName": .*/"lastName": 7,/' "$ann"
refuse "Bad message" 74 perl -pi -e 's/"lastName": .*/"lastName": 7,/' "$ann"
expect cmp before "$ann"
only_users
acknowledge
expect_calls

step "a later refusal takes the rename back"
fault '{"match":"PUT /users/{}","kind":"status","status":400,"code":"INVALID"}'
expect sed -i 's/"lastName": ".*"/"lastName": "Later"/' "$ann"
sync_tells users/ann.lee@example.com.json
error_record users/ann.lee@example.com.json Later
expect cmp before "$ann"
acknowledge
expect_calls "PUT /users/{}=1"

step "a new person by rename"
echo "$bob_text" >"$users/.new"
expect mv "$users/.new" "$bob"
field "$bob" .lastName Stone
sync_tenant
field "$bob" '.key | type' string
expect_calls "POST /users=1" "GET /users/{}=1"

step "a backup beside it: the account stays, one call for the change"
with_backup() {
	local n=$1 backup=$2
	shift 2
	expect "$@"
	field "$dan" .lastName "$n"
	test -e "$users/$backup" || fail "no backup $backup"
	rm "$users/$backup"
	sync_tenant
	is "$n" "$(tenant_user dan.fox@example.com .lastName)"
	expect_calls "PUT /users/{}=1"
	only_users
}
key=$(jq -r .key "$dan")
ino=$(stat -c %i "$dan")
with_backup Bak dan.fox@example.com.json.bak \
	sed -i.bak 's/"lastName": ".*"/"lastName": "Bak"/' "$dan"
echo '{"lastName":"Cpb"}' >t
with_backup Cpb dan.fox@example.com.json~ cp -b t "$dan"
echo '{"lastName":"Mvb"}' >t
with_backup Mvb dan.fox@example.com.json~ mv -b t "$dan"
mkdir -p tree
echo '{"lastName":"Rsync"}' >tree/dan.fox@example.com.json
with_backup Rsync dan.fox@example.com.json~ rsync -b tree/dan.fox@example.com.json "$users/"
is "$key $ino" "$(jq -r .key "$dan") $(stat -c %i "$dan")"
is "$key" "$(tenant_user dan.fox@example.com .key)"
vim_backup() {
	vim -es -u NONE -c 'set backup backupcopy=no backupskip=' \
		-c '%s/"Rsync"/"Vim"/' -c wq "$1" </dev/null
}
with_backup Vim dan.fox@example.com.json~ vim_backup "$dan"
is "$ino" "$(stat -c %i "$dan")"
vim_plain() {
	vim -es -u NONE -c 'set backupcopy=no backupskip= directory=.' \
		-c '%s/"Vim"/"Plain"/' -c wq "$1" </dev/null
}
expect vim_plain "$dan"
field "$dan" .lastName Plain
sync_tenant
expect_calls "PUT /users/{}=1"
only_users

step "taken to a backup name and not written again: its name comes back"
expect mv "$dan" "$users/backup~"
gone "$dan"
field "$users/backup~" .lastName Plain
await 30 test -e "$dan"
field "$dan" .lastName Plain
is "$ino" "$(stat -c %i "$dan")"
sync_tenant
expect_calls
expect mv "$users/backup~" "$dan"
sync_tenant
expect_calls
only_users

step "mv changes the address, and keeps the account"
expect mv "$dan" "$users/dan.lynx@example.com.json"
field "$users/dan.lynx@example.com.json" '.email + " " + .key' "dan.lynx@example.com $key"
gone "$dan"
sync_tenant
is "$key" "$(tenant_user dan.lynx@example.com .key)"
is "$ino" "$(stat -c %i "$users/dan.lynx@example.com.json")"
expect_calls "PUT /users/{}=1"
refuse "File exists" 1 mv "$users/dan.lynx@example.com.json" "$ann"
error_record users/ann.lee@example.com.json "another account"
refuse "File exists" 1 python3 -c 'import os, sys
os.rename(sys.argv[1], sys.argv[2])' "$users/dan.lynx@example.com.json" "$ann"
refuse "Bad message" 1 mv "$users/dan.lynx@example.com.json" "$users/Upper@example.com.json"
error_record users/Upper@example.com.json "lower case"
refuse "Invalid argument" 1 python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (p.encode() for p in sys.argv[1:])
if libc.renameat2(-100, a, -100, b, 2):
    sys.exit(os.strerror(ctypes.get_errno()))' "$ann" "$bob"
refuse "Operation not permitted" 1 mv "$ann" "$mnt/licenses/gotowebinar-pro/"
test -e "$ann" || fail "moved"
acknowledge
expect_calls

step "tar x puts an empty file of mode 000 where a link will be"
licenses=$mnt/licenses/gotowebinar-pro
link=$licenses/ann.lee@example.com.json
expect python3 -c 'import os, sys
os.close(os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0))' "$link"
is "0 0" "$(stat -c '%a %s' "$link")"
refuse "Operation not permitted" 1 echo_to "$link" x
expect rm "$link"
refuse "Operation not permitted" 1 touch "$link"
error_record licenses/gotowebinar-pro/ann.lee@example.com.json "ln -s"
gone "$link"
acknowledge
sync_tenant
expect_calls
