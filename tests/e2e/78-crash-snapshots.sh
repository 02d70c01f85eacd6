#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies while a snapshot is made, renamed or dropped: it is there as a
# whole, or it is not; the journal says the same.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

start_sandbox --users 30
mount_again
snapshots=$mnt/.gotofs/snapshots

# died POINT WANT CMD...: then there are these snapshots, and all of each
died() {
	local point=$1 want=$2 name
	shift 2
	crash_at "$point" "$@"
	test $tool_status -ne 0 || fail "$1 was told yes, at $point"
	mount_again
	is "$want" "$(ls "$snapshots")"
	for name in $want; do
		expect sh -c "cd '$snapshots/$name' && sha256sum -c --strict --quiet MANIFEST.sha256"
		is "$people" "$(find "$snapshots/$name/users" -type f | wc -l)"
	done
	expect "$gotofs" journal verify "$mnt"
	expect_calls
}

# lines VERB N
lines() {
	is "$2" "$(jq -r .verb "$mnt/.gotofs/journal.jsonl" | grep -cx "$1")"
}

calls_clear
people=$(find "$mnt/users" -type f | wc -l)
step "made, of $people people"
died snapshot-before-commit "" mkdir "$snapshots/one"
lines snapshot 0
died snapshot-after-commit one mkdir "$snapshots/one"
lines snapshot 1

step "renamed"
died snapshot-before-commit one mv -T "$snapshots/one" "$snapshots/two"
died snapshot-after-commit two mv -T "$snapshots/one" "$snapshots/two"
lines rename-snapshot 1

step "dropped"
died snapshot-before-commit two rmdir "$snapshots/two"
lines drop-snapshot 0
died snapshot-after-commit "" rmdir "$snapshots/two"
lines drop-snapshot 1
unset GOTOFS_CRASH_AT
