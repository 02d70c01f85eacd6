#!/bin/bash
# SPDX-License-Identifier: MIT
# Backup tools, git and the rest on a snapshot: what they have is what was there,
# and a second run reads what has changed.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_read.sh
. "$(dirname "$0")/functions_read.sh"

start_sandbox --users 80
mount_tenant
nightly=$mnt/.gotofs/snapshots/nightly
load_readers read

step "a snapshot: what each has of it is the snapshot"
expect mkdir "$nightly"
complete "$nightly"
calls_clear
read_all "$nightly"
expect_calls

step "again, when the kernel knows nothing: what has not changed is not opened"
unmount_tenant
mount_tenant
calls_clear
for id in "${ids[@]}"; do # (who reads all warms the kernel for the others)
	test "${row["again $id"]}" != all || continue
	before=$(requests read)
	expect "${id}_read" "$nightly"
	reads=$(($(requests read) - before))
	echo "read: $id, $reads requests"
	case ${row["again $id"]} in
	nothing) is 0 $reads ;;
	# the newest, MANIFEST.sha256, which comes in more than one piece
	"one file") test $reads -le 5 || fail "$id has made $reads requests" ;;
	esac
done
expect_calls

step "another snapshot of that name, one person changed: two files are opened"
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"lastName":"Lie"}}'
refresh_tenant
expect rmdir "$nightly"
expect mkdir "$nightly"
unmount_tenant # so that nothing is in the kernel
mount_tenant
for id in rsync restic borg rdiff git unison rclone; do
	[[ " ${ids[*]} " == *" $id "* ]] || continue
	before=$(requests read)
	expect "${id}_read" "$nightly"
	reads=$(($(requests read) - before))
	echo "read: $id, $reads requests"
	# his file, and MANIFEST.sha256, which comes in more than one piece
	test $reads -le 5 || fail "$id has read more than what changed"
done
for id in rsync restic borg rdiff git unison rclone; do
	! [[ " ${ids[*]} " == *" $id "* ]] || ! copied $id ||
		same_as "$nightly" $id
done
