#!/bin/bash
# SPDX-License-Identifier: MIT
# errno is the user interface (DESIGN 4.5): what a tenant's answer becomes for
# who writes, with a record, a journal line, and the old state.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear
log_allowed='^gotofs: '

# answers FAULT TEXT ERRNO HTTP: to an update and to a creation
answers() {
	local json=$1 text=$2 errno=$3 http=$4
	fault "{\"match\":\"PUT /users/{}\",$json}"
	stays "$ann" refuse "$text" 1 echo_to "$ann" '{"lastName":"Refused"}'
	error_record users/ann.lee@example.com.json "$errno"
	error_record users/ann.lee@example.com.json '"Refused"'
	is "update $errno $http" "$(journal_last '"\(.verb) \(.result) \(.http)"')"
	is Lee "$(tenant_user ann.lee@example.com .lastName)"
	fault_clear
	fault "{\"match\":\"POST /users\",$json}"
	refuse "$text" 1 echo_to "$bob" "$bob_text"
	error_record users/bob.stone@example.com.json "$errno"
	is "create $errno $http" "$(journal_last '"\(.verb) \(.result) \(.http)"')"
	gone "$bob"
	is "" "$(tenant_user bob.stone@example.com)"
	fault_clear
	calls_clear
}

step "what GoTo says once, and means"
answers '"kind":"status","status":400,"code":"INVALID"' "Invalid argument" EINVAL 400
answers '"kind":"status","status":403' "Permission denied" EACCES 403
answers '"kind":"status","status":409,"code":"user.name.conflict"' "File exists" EEXIST 409

step "what passes: tried again, and done"
expect_again() {
	fault "{\"match\":\"PUT /users/{}\",$1}"
	expect echo_to "$ann" "{\"lastName\":\"$2\"}"
	is "$2" "$(tenant_user ann.lee@example.com .lastName)"
	no_error_record users/ann.lee@example.com.json
	fault_clear
	calls_clear
}
expect_again '"kind":"status","status":429,"retryAfter":1' After
expect_again '"kind":"reset-before"' Reset
expect_again '"kind":"reset-after"' Twice
expect_again '"kind":"html","status":502' Proxy
expect_again '"kind":"status","status":401' Token

step "a creation whose outcome is unknown is read back, not repeated"
fault '{"match":"POST /users","kind":"reset-after"}'
expect echo_to "$bob" "$bob_text"
field "$bob" '.key | type' string
is 1 "$(sandbox GET state | jq '[.users[] | select(.email == "bob.stone@example.com")] | length')"
is 1 "$(calls | sed -n 's/^POST .users=//p')"
fault_clear
calls_clear

step "... and what the second call is told is a refusal, unless it is of the address"
eve=$users/eve.stone@example.com.json
link=$mnt/licenses/gotomeeting-business/eve.stone@example.com.json
expect ln -s ../../users/eve.stone@example.com.json "$link"
doubted() {
	fault '{"match":"POST /users","kind":"reset-before"}'
	fault '{"match":"POST /users","kind":"status","status":409,"code":"license.disabled"}'
}
doubted
expect echo_to "$eve" "$bob_text"
sync_tenant
is 1 "$(tenant_user eve.stone@example.com '.licenseKeys | length')"
expect_writes "POST /users=3" "POST /licenses/{}/users/{}=1"
expect rm "$eve"
sync_tenant
calls_clear
doubted
refuse "Invalid argument" 1 echo_to "$eve" "$bob_text"
error_record users/eve.stone@example.com.json "refuses to create this .HTTP 409, license.disabled"
expect_writes "POST /users=2"
fault_clear

step "somebody else has taken the address"
mutate '{"op":"create-user","email":"taken@example.com","fields":{"firstName":"T","lastName":"A"}}'
refuse "File exists" 1 echo_to "$users/taken@example.com.json" "$bob_text"
error_record users/taken@example.com.json EEXIST
calls_clear

step "an account that is gone in the tenant"
mutate '{"op":"delete-user","email":"bob.stone@example.com"}'
refuse "No such file or directory" 1 echo_to "$bob" '{"lastName":"Gone"}'
error_record users/bob.stone@example.com.json ENOENT
calls_clear
acknowledge

step "-o ro"
unmount_tenant
mount_tenant ro
calls_clear
refuse "Read-only file system" 1 echo_to "$ann" '{"lastName":"Ro"}'
refuse "Read-only file system" 1 touch "$users/new@example.com.json"
refuse "Read-only file system" 1 rm "$ann"
refuse "Read-only file system" 1 mv "$ann" "$users/b@example.com.json"
test -e "$ann" || fail "gone"
is Token "$(jq -r .lastName "$ann")"
expect_calls
unmount_tenant

step "the token no longer works"
mount_tenant
calls_clear
expect sandbox POST revoke-tokens -d '{"refresh":true,"pat":true}'
stays "$ann" refuse "Read-only file system" 1 echo_to "$ann" '{"lastName":"Revoked"}'
error_record users/ann.lee@example.com.json token
refuse "Read-only file system" 1 touch "$users/new@example.com.json"
is Token "$(tenant_user ann.lee@example.com .lastName)"
