#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies while a seat is being reclaimed, and before the next one is
# there he is active, or exempt: nothing is sent.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"

start_sandbox --users 60
reclaim_mount settle=0.1
expect "$gotofs" allow "$mnt" --removals 100 --for 1h --reason "the test"
mapfile -t people < <(find "$business" -maxdepth 1 -name '[a-z]*.[a-z]*@example.com.json' -printf '%f\n' | grep -v invited | sort)
people=("${people[@]%.json}")
i=0

# active_by_now POINT: he is approved, the daemon dies there, he is active, and
# the next one sends nothing
active_by_now() {
	who=${people[i]}
	i=$((i + 1))
	step "$1, and active by then"
	crash_at "$1" mv "$business/$who.json" "$business/approved/"
	mutate "{\"op\":\"add-use\",\"email\":\"$who\",\"product\":\"gotomeeting\"}"
	mount_again
	calls_clear
	refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
	error_record "reclaim/gotomeeting-business/$who.json" "he keeps the seat"
	is_none "$who"
	has_seat "$who"
	is "" "$(calls | grep -v '^GET')"
	expect rm "$mnt/.gotofs/errors/reclaim/gotomeeting-business/$who.json.txt"
}
active_by_now accept-after-commit
active_by_now release-after-commit
active_by_now reclaim-after-read
active_by_now send-before-mark
# on its way, perhaps: whether it was heard the next pull tells
active_by_now send-after-mark

step "held while nothing was mounted: exempt by then"
who=${people[i]}
crash_at accept-after-commit mv "$business/$who.json" "$business/approved/"
mount_again settle=30
await 30 test -e "$business/approved/$who.json"
expect cp /dev/stdin "$reclaim/rules.json" <<<"{\"exemptions\":[{\"pattern\":\"$who\",\"reason\":\"r\"}]}"
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
is_none "$who"
has_seat "$who"
expect "$gotofs" journal verify "$mnt"
