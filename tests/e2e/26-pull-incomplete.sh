#!/bin/bash
# SPDX-License-Identifier: MIT
# Unreachable is not empty, incomplete is not smaller: a listing that moved
# while it was read is read again, and one that failed changes nothing (P3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed='refresh: '
start_sandbox --users 2500
mount_tenant
users=$mnt/users
ann=ann.lee@example.com

everything() {
	(cd "$mnt" && find users licenses groups -printf '%p %i %s %l %T@ %C@\n' | sort)
}
# stays ERROR-TEXT: a refresh fails with it, and nothing has changed
stays() {
	refuse "$1" 4 "$gotofs" refresh "$mnt"
	diff <(echo "$before") <(everything) >"$WORK/diff" || fail "$(head "$WORK/diff")"
	is stale "$(word .state)"
	word .mirror.error | grep -qF "$1" || fail "status.json does not say so"
}
good() {
	refresh_tenant
	is ok "$(word .state)"
	is null "$(word .mirror.error)"
	before=$(everything)
	calls_clear
}

step "the whole account, page by page"
is 2500 "$(find "$users" -name '*.json' | wc -l)"
calls_clear
good
is 2500 "$(find "$users" -name '*.json' | wc -l)"

step "an order that shifts at each call: three tries, then nothing has changed"
switch '{"order":"shifting"}'
stays "moved each time"
expect_calls "GET /groups=3" "GET /licenses=3" "GET /users=9"
switch '{"order":"key"}'
good

step "one that shifts once is read again"
fault '{"match":"GET /users","kind":"slow","delay_ms":1000,"skip":1}'
"$gotofs" refresh "$mnt" &
wait_for_calls "GET /users" 2
mutate '{"op":"create-user","email":"late@example.com","fields":{"firstName":"La","lastName":"Te"}}'
wait $!
is 0 $?
expect_calls "GET /groups=2" "GET /licenses=2" "GET /users=6"
expect_out La jq -r .firstName "$users/late@example.com.json"
is 2501 "$(find "$users" -name '*.json' | wc -l)"
good

step "somebody removed in the middle"
fault '{"match":"GET /users","kind":"slow","delay_ms":1000,"skip":1}'
"$gotofs" refresh "$mnt" &
wait_for_calls "GET /users" 2
mutate '{"op":"delete-user","email":"late@example.com"}'
wait $!
is 0 $?
is 2500 "$(find "$users" -name '*.json' | wc -l)"
good

# each is tried three times, with pauses: one route for each kind will do
for at in truncate:users garbage:users empty:licenses html:groups; do
	kind=${at%:*}
	step "$kind for ever at GET /${at#*:}, in the middle of it"
	skip=0
	test "${at#*:}" != users || skip=1
	mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"'"$kind"'"}}'
	fault "{\"match\":\"GET /${at#*:}\",\"kind\":\"$kind\",\"count\":-1,\"skip\":$skip}"
	stays ""
	fault_clear
done
good
expect_out html jq -r .lastName "$users/$ann.json"

step "once only: tried again, and right"
for kind in truncate garbage empty reset-after; do
	mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"once-'$kind'"}}'
	fault "{\"match\":\"GET /users\",\"kind\":\"$kind\",\"skip\":1}"
	refresh_tenant
	fault_clear
	expect_out "once-$kind" jq -r .lastName "$users/$ann.json"
	expect_calls "GET /groups=1" "GET /licenses=1" "GET /users=4"
done
good

step "the server fails on the third page"
fault '{"match":"GET /users","kind":"status","status":500,"count":-1,"skip":2}'
stays ""
fault_clear
good
