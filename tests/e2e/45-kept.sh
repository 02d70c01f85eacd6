#!/bin/bash
# SPDX-License-Identifier: MIT
# What a file reads as after it was written (DESIGN 4.4): the writer's bytes
# and time, if he set the time, for as long as the tenant agrees with them.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox --users 20
# (bob comes and goes more often than the guard likes)
mount_again() {
	mount_tenant max_removals=20,settle=10
}
mount_again
calls_clear
records=$mnt/.gotofs/records
mkdir list
entry=$WORK/list/ann.lee@example.com.json
written=0

# write_list LASTNAME: Ann as a list in git has her, at a time of its own
write_list() {
	printf '{ "firstName":"Ann", "lastName":"%s" }\n\n' "$1" >"$entry"
	written=$((written + 1))
	touch -d "2020-01-02 03:04:$((10 + written)).123456789" "$entry"
}
# is_kept FILE SOURCE: bytes, size and time of SOURCE
is_kept() {
	cmp "$2" "$1" >"$WORK/out" 2>&1 || fail "not kept" "$(cat "$WORK/out" "$1")"
	is "$(stat -c '%s %y' "$2")" "$(stat -c '%s %y' "$1")"
}
# is_record FILE LASTNAME: all that the tenant has
is_record() {
	field "$1" .lastName "$2"
	field "$1" '.key != null' true
	expect cmp "$1" "$records/${1##*/}"
	is "$(stat -c %s "$records/${1##*/}")" "$(stat -c %s "$1")"
}
# drift LASTNAME: another administrator
drift() {
	mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"lastName":"'"$1"'"}}'
	refresh_tenant
	calls_clear
}
remount() {
	sync_tenant
	unmount_tenant
	mount_again
	calls_clear
}
kill_and_mount() {
	crash
	mount_again
	calls_clear
}
in_place() {
	rsync -a --inplace "$1" "$2"
}
by_tar() {
	tar --format=posix -C "${1%/*}" -cf t.tar "${1##*/}" && tar -C "${2%/*}" -xf t.tar
}
over_by_tar() {
	tar --format=posix -C "${1%/*}" -cf t.tar "${1##*/}" && tar -C "${2%/*}" --overwrite -xf t.tar
}
by_scratch() {
	cp -p "$1" "$users/.scratch" && mv "$users/.scratch" "$2"
}
by_shell() {
	cat "$1" >"$2"
}

step "whoever sets the time keeps the bytes, white space behind them too"
n=0
for how in "rsync -a" in_place "cp -p" "cp -a --remove-destination" "install -p -m 600" \
	by_tar over_by_tar by_scratch "rsync -a --delay-updates"; do
	n=$((n + 1))
	write_list Kept$n
	# shellcheck disable=SC2086 # the tool and its options
	expect $how "$entry" "$ann"
	is_kept "$ann" "$entry"
	sync_tenant
	is_kept "$ann" "$entry"
	is Kept$n "$(tenant_user ann.lee@example.com .lastName)"
	field "$records/${ann##*/}" .lastName Kept$n
	field "$records/${ann##*/}" '.key != null' true
	expect_calls "PUT /users/{}=1"
done
refresh_tenant
is_kept "$ann" "$entry"
calls_clear

step "the second rsync -a has nothing to do"
expect rsync -a --stats list/ "$users/"
said "Number of regular files transferred: 0"
is "" "$(rsync -ani list/ "$users/" | grep -v '^\.d')"
expect_calls

step "it is there after a remount and after kill -9; nothing of it has moved"
before=$(stat -c '%i %s %y %z %a' "$ann")
remount
is_kept "$ann" "$entry"
is "$before" "$(stat -c '%i %s %y %z %a' "$ann")"
kill_and_mount
is_kept "$ann" "$entry"
is "$before" "$(stat -c '%i %s %y %z %a' "$ann")"
expect_calls

step "at once, too: rename, then kill -9 before the change is sent"
fault '{"match":"PUT /users/{}","kind":"hang","count":1}'
write_list Killed
expect rsync -a list/ "$users/"
wait_for_calls "PUT /users/{}" 1
kill_and_mount
is_kept "$ann" "$entry"
is "" "$(rsync -ani list/ "$users/" | grep -v '^\.d')"
fault_clear
sync_tenant
is_kept "$ann" "$entry"
is Killed "$(tenant_user ann.lee@example.com .lastName)"
calls_clear

step "what is not written does not count: other fields, licenses"
expect ln -s "../../users/${ann##*/}" "$mnt/licenses/gotowebinar-pro/"
sync_tenant
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"locale":"de_DE"}}'
refresh_tenant
is_kept "$ann" "$entry"
field "$records/${ann##*/}" .locale de_DE
expect rm "$mnt/licenses/gotowebinar-pro/${ann##*/}"
sync_tenant
is_kept "$ann" "$entry"

step "drift shows itself, and is repaired"
drift Drifted
is_record "$ann" Drifted
expect_out ">f.st...... ann.lee@example.com.json" rsync -ani list/ann.lee@example.com.json "$users/"
kill_and_mount
is_record "$ann" Drifted
expect rsync -a list/ "$users/"
sync_tenant
is_kept "$ann" "$entry"
expect_calls "PUT /users/{}=1"
is "" "$(rsync -ani list/ "$users/" | grep -v '^\.d')"

step "it is forgotten for good: the old value again is no reason to show it"
drift Drifted
drift Killed
is_record "$ann" Killed
expect rsync -a list/ "$users/" # what is there already
is_kept "$ann" "$entry"
expect_calls

step "another write ends it, also one that changes nothing"
expect by_shell "$entry" "$ann"
is_record "$ann" Killed
expect cp -p "$entry" "$ann"
is_kept "$ann" "$entry"
expect sed -i '' "$ann"
is_record "$ann" Killed
expect_calls

step "touch does not keep, whoever does it"
expect by_shell "$entry" "$ann"
expect touch "$ann"
is_record "$ann" Killed
expect touch -d 2019-01-01 "$ann"
is_record "$ann" Killed
is "2019-01-01 00:00:00.000000000 +0000" "$(TZ=UTC stat -c %y "$ann")"
expect python3 - "$entry" "$ann" <<'END'
import os, sys
text = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as f:
    f.write(text)
os.utime(sys.argv[2])
END
is_record "$ann" Killed
step "... nor does it end what is kept"
expect cp -p "$entry" "$ann"
expect touch "$ann"
expect cmp "$entry" "$ann"
expect cp -p "$entry" "$ann"
is_kept "$ann" "$entry"
expect_calls

step "refused in place: what was kept before is there again"
write_list 7 && sed -i 's/"7"/7/' "$entry"
cp -p "$ann" before
refuse "Invalid argument" 1 cp -p "$entry" "$ann"
is_kept "$ann" before
fault '{"match":"PUT /users/{}","kind":"status","status":400,"count":1}'
write_list Refused
refuse "Invalid argument" 1 cp -p "$entry" "$ann"
is_kept "$ann" before
kill_and_mount
is_kept "$ann" before
fault_clear

step "refused after a rename: the record"
fault '{"match":"PUT /users/{}","kind":"status","status":400,"count":1}'
expect rsync -a list/ "$users/"
sync_tells "users/ann.lee"
is_record "$ann" Killed
fault_clear
acknowledge
calls_clear

step "a new person, as he was written"
printf '%s\n' "$bob_text" >list/bob.stone@example.com.json
touch -d 2021-02-03 list/bob.stone@example.com.json
rm "$entry"
for how in "rsync -a" "install -p -m 600" by_tar; do
	# shellcheck disable=SC2086
	expect $how list/bob.stone@example.com.json "$bob"
	is_kept "$bob" list/bob.stone@example.com.json
	sync_tenant
	is_kept "$bob" list/bob.stone@example.com.json
	expect_calls "POST /users=1" "GET /users/{}=1"
	expect rm "$bob"
	sync_tenant
	gone "$bob"
	calls_clear
done

step "the person goes, and takes it along"
is 0 "$(sqlite3 "$XDG_STATE_HOME/gotofs/$profile/mirror.db" \
	"SELECT count(*) FROM kept WHERE fields = 6 AND mtime_ns > 1600000000000000000")"

step "a reader keeps what he has opened"
write_list Killed
expect rsync -a list/ "$users/"
is_kept "$ann" "$entry"
cp "$entry" before
exec 5<"$ann"
write_list Next
expect rsync -a list/ "$users/"
is_kept "$ann" "$entry"
cmp before /dev/fd/5 || fail "the open file reads otherwise"
exec 5<&-
sync_tenant

step "the address moves: the text that does not name it stays"
expect mv "$ann" "$users/ann.new@example.com.json"
is_kept "$users/ann.new@example.com.json" "$entry"
sync_tenant
is_kept "$users/ann.new@example.com.json" "$entry"
expect mv "$users/ann.new@example.com.json" "$ann"
sync_tenant
printf '{"email":"ann.lee@example.com","lastName":"Next"}' >"$entry"
touch -d 2022-02-02 "$entry"
expect rsync -a list/ "$users/"
is_kept "$ann" "$entry"
expect mv "$ann" "$users/ann.new@example.com.json"
sync_tenant
is_record "$users/ann.new@example.com.json" Next
