#!/bin/bash
# SPDX-License-Identifier: MIT
# A mirror that cannot be read, a daemon that is dead, a mount that is not there:
# an error for every reader, never a shorter list; no backup gets smaller by it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_read.sh
. "$(dirname "$0")/functions_read.sh"

log_allowed='is damaged'
start_sandbox
mount_tenant
nightly=$mnt/.gotofs/snapshots/nightly
db=$XDG_STATE_HOME/gotofs/sandbox/mirror.db
load_readers read

# backups DIR: what each tool keeps, in DIR/ID
backups() {
	local id
	for id in "${ids[@]}"; do
		! copied "$id" || cp -a copy "$1/$id"
	done
}
# all_hear DIR [dead]: each ends with the status and the words of its row, or, of
# a dead daemon, just not well
all_hear() {
	local id status
	for id in "${ids[@]}"; do
		"${id}_read" "$1" >"$WORK/out" 2>"$WORK/err"
		status=$?
		echo "heard: $id, $status: $(tail -n 1 "$WORK/err")"
		if test "${2-}" = dead; then
			test $status -ne 0 || fail "$id hears nothing"
			continue
		fi
		test $status -eq "${row["failed $id"]%% *}" ||
			fail "exit $status of $id" "$(tail -n 5 "$WORK/out" "$WORK/err")"
		test "${row["failed $id"]#* }" = - ||
			grep -qF -- "${row["failed $id"]#* }" "$WORK/out" "$WORK/err" ||
			fail "$id says" "$(tail -n 5 "$WORK/out" "$WORK/err")"
	done
}
# Those that bring a folder to the state of another remove nobody. (But for
# rdiff-backup: the README says so.)
nothing_lost() {
	local id
	for id in rsync unison rclone git; do
		[[ " ${ids[*]} " == *" $id "* ]] || continue
		copied $id
		same_trees "before/$id" copy
	done
}

step "a good backup of each"
expect mkdir "$nightly"
for id in "${ids[@]}"; do
	expect "${id}_read" "$nightly"
done
mkdir before
backups before
unmount_tenant
cp "$db" good.db
mount_tenant

step "the disk gives back licenses and groups, but no people: what is in memory is whole"
expect mkdir "$nightly.2" # and none of SQLite's caches is good any more
size=$(sqlite3 good.db 'PRAGMA page_size')
for page in $(sqlite3 good.db "SELECT pageno FROM dbstat
		WHERE pagetype = 'leaf' AND (name = 'text' OR name = 'record' AND
			pageno < (SELECT max(pageno) FROM dbstat
			WHERE name = 'record' AND pagetype = 'leaf'))"); do
	dd if=/dev/zero of="$db" bs="$size" count=1 seek=$((page - 1)) \
		conv=notrunc status=none
done
is 200 "$(find "$mnt/users" -name '*.json' | wc -l)"
refuse "Input/output error" 1 cat "$mnt/users/ann.lee@example.com.json"
test ! -s "$WORK/out" || fail "read something" "$(cat "$WORK/out")"
for dir in "$nightly" "$nightly/users"; do
	! ls -U "$dir" >"$WORK/out" 2>&1 || fail "listed: $dir"
done
expect ls -U "$nightly/licenses"
refuse "Input/output error" 2 grep -r Berlin "$mnt/users"

step "every tool hears it, and no backup is smaller"
all_hear "$nightly"
nothing_lost

step "the daemon is dead"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
all_hear "$nightly" dead
nothing_lost
expect "$gotofs" umount "$mnt"

step "not mounted: an empty folder says nothing, so a backup asks first"
test -z "$(rsync -an --delete --itemize-changes before/rsync/ "$to/rsync/")" || fail "not the backup"
test -n "$(rsync -ani --delete "$mnt/" "$to/rsync/" | grep '^\*deleting')" ||
	fail "rsync would not have emptied it"
# backup: as the README has it
backup() {
	mountpoint -q "$mnt" && test -e "$mnt/.gotofs/HELP" &&
		rsync -a --delete "$nightly/" "$to/rsync/"
}
! backup || fail "a backup of nothing"
nothing_lost
rm -f "$db"-*
cp good.db "$db"
mount_tenant
expect backup
nothing_lost
step "a mount under another one, a folder that has the name: no marker"
mkdir -p other
mount -t tmpfs none "$mnt"
! backup || fail "a backup of another file system"
umount "$mnt"
nothing_lost
