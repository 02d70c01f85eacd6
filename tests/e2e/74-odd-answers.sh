#!/bin/bash
# SPDX-License-Identifier: MIT
# Each verb, when the answer is an error that passes, a proxy's page, no JSON, or
# empty; in the calls that it takes to know (DESIGN 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
verbs_prepare 4

round "500: once more, after a look"
verbs_fault '"kind":"status","status":500'
verbs_start $round
verbs_end $round
expect_verb_calls 2 2

round "500 although it was done: a POST is found, never repeated"
verbs_fault '"kind":"status","status":500,"apply":true'
verbs_start $round
verbs_end $round
expect_verb_calls 1 2

round "200, and no JSON: that is no yes"
verbs_fault '"kind":"garbage"'
verbs_start $round
verbs_end $round
expect_verb_calls 2 2

round "200, and a page of some proxy"
verbs_fault '"kind":"html","status":200'
verbs_start $round
verbs_end $round
expect_verb_calls 2 2
expect_truth
