#!/bin/bash
# SPDX-License-Identifier: MIT
# Each verb, when its answer is lost: before the tenant did it, after, half of
# it, or for ever; in the calls that it takes to know (DESIGN 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
verbs_prepare 4

round "reset before it was done: once more, after a look"
verbs_fault '"kind":"reset-before"'
verbs_start $round
verbs_end $round
expect_verb_calls 2 2

round "reset after it was done: a POST is found, never repeated"
verbs_fault '"kind":"reset-after"'
verbs_start $round
verbs_end $round
expect_verb_calls 1 2

round "half of an answer is none"
verbs_fault '"kind":"truncate"'
verbs_start $round
verbs_end $round
expect_verb_calls 1 2
expect_truth

# hang ROUTE...: each once, for ever
hang() {
	local route
	for route; do
		fault "{\"match\":\"$route\",\"kind\":\"hang\"}"
	done
}

# all_hang ROUTE...: they do; then the connections break
all_hang() {
	local route
	for route; do
		wait_for_calls "$route" 1
	done
	fault_clear
}

round "no answer at all: the writers are told when their time is up, and it goes on"
unmount_tenant
mount_tenant "settle=30,deadline=5,state_dir=$WORK/state$round"
calls_clear
mark
: >"$WORK/background"
hang "${verbs_posts[@]}" "${verbs_others[@]:0:3}"
verbs_start $round
for waiting in "${verbs_writers[@]}"; do
	ended 1
done
# counted by the word: the two cp write at once and share a line at times
is 2 "$(grep -o "Connection timed out" "$WORK/background" | wc -l)"
for name in made$round@example.com "${verbs_people[round * 6]}"; do
	error_record "users/$name.json" "the call has begun and goes on"
done
expect_verdicts
all_hang "${verbs_posts[@]}" "${verbs_others[@]:0:3}"
hang "${verbs_others[@]:3}"
in_background "$gotofs" sync --timeout 100 "$mnt"
all_hang "${verbs_others[@]:3}"
verbs_writers=("$waiting")
verbs_end $round
expect_verb_calls 2 2
expect_truth
