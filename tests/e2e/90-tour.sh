#!/bin/bash
# SPDX-License-Identifier: MIT
# contrib/demo and its tour: what the README shows works.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

demo=$(cd "$(dirname "$0")/../.." && pwd)/contrib/demo
export DEMO_PLACE=$WORK DEMO_BUILT=yes TMPDIR=$WORK

step "the tour"
expect "$demo" --tour
said "the tour went well"
test -z "$(find . -name 'gotofs-tour*')" || fail "the tour left something"

step "start, again, stop, again"
expect "$demo"
expect mountpoint demo
expect_out 200 bash -c 'find demo/users -type f | wc -l'
expect "$demo"
said "running already"
expect "$demo" stop
! mountpoint -q demo || fail "still mounted"
test ! -e .demo || fail "state left"
expect "$demo" stop
said "was not running"

step "a demo whose sandbox died starts anew"
expect "$demo"
kill "$(cat .demo/sandbox.pid)"
expect "$demo"
expect_out ann.lee@example.com jq -r .email demo/users/ann.lee@example.com.json
expect "$demo" stop

step "it does not unmount under somebody's feet"
expect "$demo"
exec 9<demo/users
refuse busy 1 "$demo" stop
exec 9<&-
expect "$demo" stop
