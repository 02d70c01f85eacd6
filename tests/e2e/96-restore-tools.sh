#!/bin/bash
# SPDX-License-Identifier: MIT
# Restore drills (functions_restore.sh): tar, restic, borg.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
start_sandbox
mount_tenant
# shellcheck source=tests/e2e/functions_restore.sh
. "$(dirname "$0")/functions_restore.sh"

export RESTIC_PASSWORD=x RESTIC_REPOSITORY=$WORK/restic BORG_REPO=$WORK/borg
export HOME=$WORK BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
expect tar cf backup.tar -C "$snapshot" .
expect restic init
expect bash -c "cd '$snapshot' && restic backup --quiet ."
expect borg init -e none
expect bash -c "cd '$snapshot' && borg create ::monday ."

step "tar"
comes_back expect tar xf backup.tar --overwrite -C "$mnt" ./users ./groups ./licenses

# restic 0.14 makes no link over one that is there, and says so: what was there
# is not what is restored. The link that is refused may be gone before its time
# is set.
step "restic"
restic_folder() {
	restic restore latest --target "$mnt" --include "/$1" >"$WORK/out" 2>&1
	! grep -vE "^restoring |: file exists$|^Fatal: There were [0-9]+ errors$|^$" \
		"$WORK/out" | grep -vE "/$rob.json: UtimesNanoAt: no such file or directory$" ||
		fail "restic says" "$(cat "$WORK/out")"
}

comes_back each restic_folder

step "borg"
comes_back expect bash -c "cd '$mnt' && borg extract ::monday users groups licenses"
