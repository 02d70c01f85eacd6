#!/bin/bash
# SPDX-License-Identifier: MIT
# 429 on every route, with Retry-After and without; a rate that the tenant
# does not give; nothing is lost, and nothing sent twice.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
verbs_prepare 1
retry_after=(',"retryAfter":1' '')

step "at the start: the token, and whose it is"
for route in "POST /oauth/token" "GET /me"; do
	fault "{\"match\":\"$route\",\"kind\":\"status\",\"status\":429,\"retryAfter\":1}"
done
calls_clear
mount_tenant settle=30,deadline=600
is 2 "$(sandbox GET counters | jq '.byRoute["POST /oauth/token"]')"
expect_calls "GET /me=2" "GET /users=1" "GET /licenses=1" "GET /groups=1"
mark

step "each verb refused once, with Retry-After or without: each is sent once more"
n=0
for route in "${verbs_posts[@]}" "${verbs_others[@]}"; do
	n=$((n + 1))
	fault "{\"match\":\"$route\",\"kind\":\"status\",\"status\":429${retry_after[n % 2]}}"
done
verbs_start 0
verbs_end 0
expect_verb_calls 2 2

step "a refresh in the storm"
for route in "GET /users" "GET /licenses" "GET /groups"; do
	fault "{\"match\":\"$route\",\"kind\":\"status\",\"status\":429,\"retryAfter\":1}"
done
expect_truth
is "[]" "$(sandbox GET fault | jq -c '[.[] | select(.count != 0)]')"
fault_clear
unmount_tenant

step "more changes than the tenant wants in a second: each is done once"
names=("${verbs_people[@]:6:20}")
mount_tenant
mark
log_clear
switch '{"rate":8,"retry_after":1}'
for name in "${names[@]}"; do
	echo '{"lastName":"Storm"}' >"$mnt/users/.$name.json"
	expect mv "$mnt/users/.$name.json" "$mnt/users/$name.json"
done
sync_tenant
switch '{"rate":0}'
sandbox GET log | jq -r 'select(.method == "PUT") | "\(.status) \(.path)"' | sort >puts
is 20 "$(grep -c '^204 ' puts)"
is 20 "$(grep '^204 ' puts | sort -u | wc -l)"
grep -q '^429 ' puts || fail "no storm"
mapfile -t want < <(printf 'update users/%s.json ok\n' "${names[@]}")
expect_verdicts "${want[@]}"
expect_truth
