#!/bin/bash
# SPDX-License-Identifier: MIT
# Ten thousand people, organizers in groups of 50: a question a group, and a
# find that the daemon does not hear of.
activity_products=gotomeeting
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

group="GET /G2M/groups/{}/historicalMeetings"
by_time() { find "$activity/gotomeeting" -mtime +60 | sort; }

start_sandbox --users 10000 --set oddities=false
mutate '{"op":"regroup","size":50}'
calls_clear
mount_tenant
await 240 all_known gotomeeting

step "at most 105 questions for each 5,000 organizers"
n=$(find "$activity/gotomeeting" -name '*.json' | wc -l)
test "$n" -ge 5000 || fail "$n hold it"
is $(((n + 49) / 50)) "$(asked "$group")"
is "" "$(asked "GET /G2M/organizers/{}/historicalMeetings")"
all=$(($(asked "$group") + $(asked "GET /G2M/organizers")))
test "$all" -le $((n * 105 / 5000)) || fail "$all questions for $n"
echo "$n organizers: $all questions"

step "the files are true, and the next find is the kernel's alone"
files_are_true gotomeeting
by_time >"$WORK/before"
test -s "$WORK/before" || fail "nobody is inactive"
before=$(requests)
by_time >"$WORK/after"
is "$before" "$(requests)"
expect diff "$WORK/before" "$WORK/after"
