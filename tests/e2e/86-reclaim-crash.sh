#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon dies while a seat is being reclaimed: what was approved is judged
# again by the next one, his activity is read again before any call (unless the
# seat has gone with one already), and the
# seat is taken once, or not at all.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"

start_sandbox --users 60
reclaim_mount settle=0.1
coproc CHECKER { "$after_crash" "$gotofs" "$mnt" "$sandbox_url"; }
expect "$gotofs" allow "$mnt" --removals 100 --for 1h --reason "the test"
mapfile -t people < <(find "$business" -maxdepth 1 -name '[a-z]*.[a-z]*@example.com.json' -printf '%f\n' | grep -v invited | sort)
people=("${people[@]%.json}")
i=0

# reclaim_crash POINT ASKED: he is approved, the daemon dies there, and the next
# one finishes it: his activity is read so often in all, the seat is taken
reclaim_crash() {
	local who=${people[i]} asked
	asked=$(questions "$who")
	i=$((i + 1))
	case_at "$1" reclaim "$take" "not holds('$who', 'GoToMeeting Business')" True \
		mv "$business/$who.json" "$business/approved/"
	is_none "$who"
	is $(($2 * asked)) "$(calls | sed -n "s|^$read_again=||p")"
}
reclaim_crash accept-after-commit 1
reclaim_crash release-after-commit 1
reclaim_crash reclaim-before-read 1
reclaim_crash reclaim-after-read 2
reclaim_crash send-before-mark 2
reclaim_crash send-after-mark 2
reclaim_crash send-after-call 1
reclaim_crash verdict-before-commit 1
reclaim_crash verdict-after-commit 1

step "not accepted: nothing has happened"
who=${people[i]}
crash_at accept-before-commit mv "$business/$who.json" "$business/approved/"
test $tool_status -ne 0 || fail "the tool was told yes"
mount_again
is_candidate "$who"
has_seat "$who"
expect "$gotofs" journal verify "$mnt"
