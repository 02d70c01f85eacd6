#!/bin/bash
# SPDX-License-Identifier: MIT
# Restore drills (functions_restore.sh): a snapshot, rsync, a whole tree, the trash.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
start_sandbox
mount_tenant
# shellcheck source=tests/e2e/functions_restore.sh
. "$(dirname "$0")/functions_restore.sh"

expect cp -a "$snapshot" backup
expect cp -a "$mnt" root

step "a snapshot"
comes_back by_rsync "$snapshot"

step "rsync"
comes_back by_rsync backup

step "a whole tree, with folders that nobody can write: they say so, the rest comes back"
by_root() {
	refuse "Operation not permitted" 23 rsync -rlc root/ "$mnt/"
	! grep -vE "^rsync: \[receiver\] mkstemp \"$mnt/(activity|reports)/.* failed: Operation not permitted|^rsync error: some files" \
		err >out || fail "other words" "$(cat out)"
}
comes_back by_root

# keys: by which the tenant knows whom, and what the journal says of new ones
keys() {
	sandbox GET state | jq -r '.users[] | "\(.email | ascii_downcase) \(.key)"' | sort
}
new_keys() {
	jq -r 'select(.verb == "create" and (.reason | test("^restored; .*; with another key"))) |
		.object' "$control/journal.jsonl" | sort
}

step "the trash has who was removed, the snapshot the rest; keys are GoTo's affair"
by_trash() {
	expect find "$control/trash" -name '*.json' -exec mv -t "$users" {} +
	by_rsync "$snapshot"
}
switch '{"old_key":false}'
keys >keys_were
comes_back by_trash
is "$(comm -13 keys_were <(keys) | sed 's/\(.*\) .*/users\/\1.json/')" "$(new_keys)"
is 20 "$(new_keys | wc -l)"
