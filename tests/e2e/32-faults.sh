#!/bin/bash
# SPDX-License-Identifier: MIT
# What the tenant and the network do to a change on its way: 429, 500, resets,
# 401; each in the calls that it may cost.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed=' waits: '
start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com
bob=bob.stone@example.com
webinar=$mnt/licenses/gotowebinar-pro

n=0
# write_with FAULT...: ann's name, while that happens; it must go well
write_with() {
	local json
	n=$((n + 1))
	for json; do
		fault "$json"
	done
	calls_clear
	expect bash -c "echo '{\"lastName\":\"L$n\"}' >'$users/$ann.json'"
	fault_clear
	is L$n "$(tenant_user $ann .lastName)"
	expect_out L$n jq -r .lastName "$users/$ann.json"
	no_error_record users/$ann.json
}
at='"match":"PUT /users/{}"'

step "429 with Retry-After is waited for, without it as well"
write_with "{$at,\"kind\":\"status\",\"status\":429,\"retryAfter\":1}"
expect_calls "PUT /users/{}=2"
write_with "{$at,\"kind\":\"status\",\"status\":429,\"count\":2}"
expect_calls "PUT /users/{}=3"

step "500, a proxy's page, resets before and after, an answer that breaks off"
for kind in '"status","status":500' '"html"' '"reset-before"' '"reset-after"' '"truncate"'; do
	write_with "{$at,\"kind\":$kind}"
	case $kind in
	*truncate*) calls_clear ;; # an empty answer cannot break off
	*) expect_calls "PUT /users/{}=2" ;;
	esac
done

step "401 in the middle: one refresh, one more try"
write_with "{$at,\"kind\":\"status\",\"status\":401}"
expect_calls "PUT /users/{}=2"
write_with
expect sandbox POST revoke-tokens -d '{}'
write_with
expect_calls "PUT /users/{}=2"

step "a POST is read back when its outcome is unknown: never two"
for kind in reset-after reset-before truncate garbage empty; do
	calls_clear
	fault "{\"match\":\"POST /users\",\"kind\":\"$kind\"}"
	expect bash -c "echo '{\"firstName\":\"Bob\",\"lastName\":\"Stone\"}' >'$users/$kind.$bob.json'"
	fault_clear
	is 1 "$(sandbox GET state | jq "[.users[] | select(.email == \"$kind.$bob\")] | length")"
	is "$(tenant_user $kind.$bob .key)" "$(jq -r .key "$users/$kind.$bob.json")"
	calls >"$WORK/calls"
	case $kind in
	reset-after | truncate) grep -qx "POST /users=1" calls || fail "$(cat calls)" ;;
	*) grep -qx "POST /users=2" calls || fail "$(cat calls)" ;;
	esac
	grep -q "^GET /users=" calls || fail "not read back" "$(cat calls)"
done

step "the same for a group and for a license"
for kind in reset-after reset-before; do
	fault "{\"match\":\"POST /groups\",\"kind\":\"$kind\"}"
	fault "{\"match\":\"POST /licenses/{}/users/{}\",\"kind\":\"$kind\"}"
	expect mkdir "$mnt/groups/G $kind"
	expect ln -s ../../users/$kind.$bob.json "$webinar/"
	sync_tenant
	fault_clear
	is 1 "$(sandbox GET state | jq "[.groups[] | select(.name == \"G $kind\")] | length")"
	is 1 "$(tenant_user $kind.$bob '.licenseKeys | length')"
done

step "removals: done is done, whoever did it"
calls_clear
fault '{"match":"DELETE /users/{}","kind":"reset-after"}'
fault '{"match":"DELETE /licenses/{}/users/{}","kind":"reset-after"}'
expect rm "$users/empty.$bob.json" "$webinar/reset-after.$bob.json"
sync_tenant
expect_calls "DELETE /users/{}=2" "DELETE /licenses/{}/users/{}=2"
is "" "$(tenant_user empty.$bob)"
mutate '{"op":"delete-user","email":"garbage.'$bob'"}'
expect rm "$users/garbage.$bob.json"
sync_tenant
expect_calls "DELETE /users/{}=1"
test ! -e "$users/garbage.$bob.json" || fail "back again"

step "somebody who is gone cannot be changed: told, and gone after a pull"
mutate '{"op":"delete-user","email":"truncate.'$bob'"}'
refuse "No such file" 1 bash -c "echo '{\"lastName\":\"X\"}' >'$users/truncate.$bob.json'"
error_record users/truncate.$bob.json ENOENT
refresh_tenant
test ! -e "$users/truncate.$bob.json" || fail "still there"
calls_clear

step "a refusal is final: one call"
for pair in 400:EINVAL 403:EACCES 409:EEXIST; do
	fault "{$at,\"kind\":\"status\",\"status\":${pair%:*},\"count\":-1}"
	! bash -c "echo '{\"lastName\":\"Refused\"}' >'$users/$ann.json'" 2>/dev/null || fail "accepted"
	fault_clear
	error_record users/$ann.json "${pair#*:}"
	expect_out L$n jq -r .lastName "$users/$ann.json"
	expect_calls "PUT /users/{}=1"
done

step "500 for ever: EIO after three tries, and the record as it was"
fault "{$at,\"kind\":\"status\",\"status\":500,\"count\":-1}"
refuse "Input/output error" 1 bash -c "echo '{\"lastName\":\"Refused\"}' >'$users/$ann.json'"
fault_clear
error_record users/$ann.json EIO
expect_calls "PUT /users/{}=3"
expect_out L$n jq -r .lastName "$users/$ann.json"

step "the same for a link that nobody waits for: it goes, sync says so"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":500,"count":-1}'
expect ln -s ../../users/$ann.json "$webinar/"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
fault_clear
test ! -L "$webinar/$ann.json" || fail "still shown"
error_record licenses/gotowebinar-pro/$ann.json EIO
is 2 "$(tenant_user $ann '[.licenseKeys[], "x"] | length')"
