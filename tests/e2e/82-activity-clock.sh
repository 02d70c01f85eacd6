#!/bin/bash
# SPDX-License-Identifier: MIT
# The clock was ahead, days, when it was last looked who used what: the next
# start asks from the window on, and nothing but what is still to come is lost.
activity_products=all
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

products="gotomeeting gotowebinar gotoconnect gototraining gotoassist"
what='[.product, .email, .counts, (.lastActivity // "")[:10]]'
all_of() { (cd "$activity" && find . -name '*.json' -exec jq -c "$1" {} + | sort); }

start_sandbox --set oddities=false
calls_clear
mount_tenant
await 120 all_known
calls | grep -v '^GET /\(users\|licenses\|groups\|me\)=' >"$WORK/asked"
all_of "$what" >"$WORK/known"
unmount_tenant

step "a store of somebody who lives in a hundred days, and has seen a use there"
sqlite3 "$XDG_STATE_HOME/gotofs/$profile/mirror.db" "
	UPDATE activity SET from_ms = from_ms + 100 * 86400000,
		to_ms = to_ms + 100 * 86400000, looked_ms = looked_ms + 100 * 86400000;
	UPDATE activity SET last_ms = to_ms - 1 WHERE user_key IN (SELECT
		user_key FROM activity WHERE product = 0 AND last_ms > 0 LIMIT 3)" ||
	fail "sqlite3"
calls_clear
mount_tenant
refresh_tenant
await 120 all_known
kill -0 "$daemon_pid" || fail "the daemon is gone"
all_of "$what" >"$WORK/after"
expect diff "$WORK/known" "$WORK/after"
is "" "$(find "$activity" -newermt '1 minute')"
is "" "$(all_of 'select(.observedTo != null) | .observedTo | fromdate |
	select(. > now)')"
for p in $products; do
	files_are_true "$p"
done
calls | grep -v '^GET /\(users\|licenses\|groups\|me\)=' >"$WORK/again"
expect diff "$WORK/asked" "$WORK/again"
