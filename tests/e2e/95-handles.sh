#!/bin/bash
# SPDX-License-Identifier: MIT
# File handles, as an NFS server keeps them: the same object over a restart of
# the daemon, or ESTALE, and never another one.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
e2e=$(dirname "$(readlink -f "$0")")

start_sandbox
mount_tenant
dan=$users/dan.fox@example.com.json
kim=$users/kim.park@example.com.json
webinar=$mnt/licenses/gotowebinar-pro

handles() {
	"$e2e/handle" "$@" || fail "no handle"
}
opened() {
	"$e2e/handle" --open "$mnt" || fail "not opened"
}
# found FILE...: what the handles in there are now
now_is() {
	opened <"$1"
}
# written: what is written down of ids is in the store
ids_written() {
	sqlite3 -readonly "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" \
		"SELECT count(*) FROM handle"
}

step "of everything: the same after a remount, kill -9 and a refresh"
everything() {
	find "$mnt" -mindepth 1 ! -path '*/.gotofs*' ! -path '*/reports/*'
	find "$mnt"/.gotofs/{records,licenses} -mindepth 1
}
everything >names
xargs -d '\n' "$e2e/handle" <names >all || fail "no handles"
is "$(wc -l <names)" "$(wc -l <all)"
is "" "$(sort all | uniq -d)"
now_is all >before
! grep -v '^ino ' before || fail "not opened"
is "$(xargs -d '\n' stat -c %i <names)" "$(cut -d' ' -f2 before)"
for how in remount kill_and_mount refresh_tenant; do
	$how
	now_is all | diff before - >"$WORK/diff" || fail "after $how" "$(head "$WORK/diff")"
done
step "nothing had to be written down for that"
is 0 "$(ids_written)"

step "replaced by a rename: the handle of the new file is good, of the old one stale"
handles "$ann" "$dan" >old
for name in ann.lee dan.fox; do
	expect sed -i 's/"lastName": .*/"lastName": "Replaced",/' "$users/$name@example.com.json"
done
sync_tenant
handles "$ann" "$dan" >new
is "$(printf 'ESTALE\nESTALE')" "$(now_is old)"
now_is new >before
is "$(stat -c %i "$ann" "$dan")" "$(cut -d' ' -f2 before)"
remount
is "$(<before)" "$(now_is new)"
is "$(printf 'ESTALE\nESTALE')" "$(now_is old)"
kill_and_mount
is "$(<before)" "$(now_is new)"

step "by one who unlinks first; and one that was made here: tar x, cp, ln -s, mkdir"
expect tar -C "$users" -cf ann.tar "${ann##*/}"
expect tar -C "$users" -xf ann.tar
echo "$bob_text" >bob.json
expect cp bob.json "$bob"
expect ln -s "../../users/${bob##*/}" "$webinar/"
expect mkdir "$mnt/groups/New"
expect ln -s "../../users/${bob##*/}" "$mnt/groups/New/"
sync_tenant
made=("$ann" "$bob" "$webinar/${bob##*/}" "$mnt/groups/New" "$mnt/groups/New/${bob##*/}")
handles "${made[@]}" >new
now_is new >before
is "$(stat -c %i "${made[@]}")" "$(cut -d' ' -f2 before)"
for how in remount kill_and_mount remount; do
	$how
	is "$(<before)" "$(now_is new)"
	is "$(<new)" "$(handles "${made[@]}")"
done

step "a crash before it was written down: stale, or that person, nobody else"
handles "$kim" "$dan" >old
expect sed -i 's/"lastName": .*/"lastName": "Crash",/' "$kim"
handles "$kim" "$dan" >new
sync_tenant
ino=$(stat -c %i "$kim")
kill_and_mount
now_is new >after
grep -qE "^(ESTALE|ino $ino .*)$" <(head -n 1 after) || fail "$(cat after)"
is "ino $(stat -c %i "$dan")" "$(tail -n 1 after | cut -d' ' -f1-2)"
step "... and what is made now has nobody's old id"
for i in 1 2 3 4 5 6 7 8; do
	echo "scratch $i" >"$users/.scratch$i"
	handles "$users/.scratch$i"
done >scratch
is "" "$(sort scratch new | uniq -d)"
expect rm "$users"/.scratch*

step "a new address: the same file; an exchange of addresses, too"
handles "$kim" >h
ino=$(stat -c %i "$kim")
expect mv "$kim" "$users/kim@example.com.json"
sync_tenant
is "ino $ino" "$(now_is h | cut -d' ' -f1-2)"
remount
is "ino $ino" "$(now_is h | cut -d' ' -f1-2)"
expect mv "$users/kim@example.com.json" "$kim"
sync_tenant

step "a link that goes to another license: its handle goes with it"
other=$mnt/licenses/gotomeeting-business
link=$webinar/${bob##*/}
handles "$link" >h
is "$(<h)" "$(expect mv "$link" "$other/" && handles "$other/${bob##*/}")"
sync_tenant
expect ln -s "../../users/${bob##*/}" "$webinar/"
sync_tenant
handles "$link" >h2
now_is h >before
is "$(stat -c %i "$other/${bob##*/}")" "$(cut -d' ' -f2 before)"
remount
is "$(<before)" "$(now_is h)"
is "$(stat -c %i "$link")" "$(now_is h2 | cut -d' ' -f2)"

step "a user file renamed to a scratch name, and onto another user's"
handles "$dan" >h
expect mv "$dan" "$users/.dan"
expect cp bob.json "$dan"
expect mv "$users/.dan" "$WORK/dan.json"
sync_tenant
remount
is "" "$(comm -12 <(sort h) <(handles "$users"/*.json | sort))"
is "ESTALE" "$(now_is h)"

step "in a snapshot: each for ever, until it is dropped; the other one's stay"
snapshots=$mnt/.gotofs/snapshots
expect mkdir "$snapshots/one" "$snapshots/two"
find "$snapshots/one" "$snapshots/two" >names
xargs -d '\n' "$e2e/handle" <names >h || fail "no handles"
is "$(sort h | uniq -d)" ""
now_is h >before
is "$(xargs -d '\n' stat -c %i <names)" "$(cut -d' ' -f2 before)"
remount
test -d "$mnt/.gotofs" # not listed, so the kernel cannot find it by itself
now_is h | diff before - >"$WORK/diff" || fail "$(head "$WORK/diff")"
expect rmdir "$snapshots/one"
now_is h >after
is "ESTALE" "$(head -n $(($(wc -l <h) / 2)) after | sort -u)"
is "$(tail -n $(($(wc -l <h) / 2)) before)" "$(tail -n $(($(wc -l <h) / 2)) after)"

step "removed: stale at once, and after a restart; who comes back is no other"
handles "$bob" "$mnt/.gotofs/records/${bob##*/}" "$other/${bob##*/}" "$mnt/groups/New" >h
ino=$(stat -c %i "$bob")
expect rm "$bob"
sync_tenant
expect rmdir "$mnt/groups/New"
sync_tenant
refresh_tenant
gone4="$(printf 'ESTALE\nESTALE\nESTALE\nESTALE')"
is "$gone4" "$(now_is h)"
remount
is "$gone4" "$(now_is h)"

step "removed by somebody else: a pull tells the kernel"
handles "$ann" >h
mutate '{"op":"delete-user","email":"ann.lee@example.com"}'
refresh_tenant
await 30 test ! -e "$ann"
is ESTALE "$(now_is h)"
remount
is ESTALE "$(now_is h)"

step "a new state folder numbers people anew: no handle of the old one is anybody's"
unmount_tenant
rm -rf "$XDG_STATE_HOME/gotofs/sandbox"
mount_tenant
is "$(sed 's/.*/ESTALE/' all)" "$(now_is all)"
