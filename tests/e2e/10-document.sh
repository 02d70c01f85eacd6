#!/bin/bash
# SPDX-License-Identifier: MIT
# The write that completes the object is the commit (DESIGN 4.1): the schema,
# its refusals and what it ignores, and where a document begins and ends.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear
# refused FILE TEXT REGEX: by echo, with EINVAL, a record that has the text, a journal
# line, no call, and the old state
refused() {
	local file=$1 text=$2 regex=$3 path=users/${1##*/}
	rm -f "$mnt/.gotofs/errors/$path.txt"
	refuse "Invalid argument" 1 echo_to "$file" "$text"
	error_record "$path" "$regex"
	grep -qF -- "$text" "$mnt/.gotofs/errors/$path.txt" ||
		fail "the record does not have the text" \
			"$(cat "$mnt/.gotofs/errors/$path.txt")"
	is "$path EINVAL" "$(journal_last '"\(.object) \(.result)"')"
}

step "what the schema refuses of an account"
while IFS='|' read -r text regex; do
	stays "$ann" refused "$ann" "$text" "$regex"
done <<'CASES'
{"lastName": "Lee" "x"}|EINVAL
[1]|EINVAL
nonsense|EINVAL
{"lastName": }|EINVAL
{"lastName": "a", "lastName": "b"}|lastName
{"lastName": 7}|lastName must be text
{"lastName": ["x"]}|lastName must be text
{"lastName": ""}|lastName must not be empty
{"lastName": null}|lastName must not be empty
{"firstName": "   "}|firstName must not be blank
{"firstName": "123456789012345678901234567890123"}|firstName has 33 characters
{"email": "dan.fox@example.com"}|email is "dan.fox@example.com"
{"email": 1}|email must be text
{"locale": "a b c"}|locale is
{"adminRoles": "SUPER_USER"}|adminRoles must be a list
{"adminRoles": ["KING"]}|no role of GoTo
{"lastname": "Lee"}|it is spelt "lastName"
{"colour": "red"}|no field "colour"
CASES
expect_calls

step "invalid UTF-8, in either half of a name and of a string"
refuse "Invalid argument" 1 printf_to "$ann" '{"lastName":"\xff"}'
error_record users/ann.lee@example.com.json EINVAL
refuse "Invalid argument" 1 touch "$users/$(printf 'a\xff@example.com.json')"
expect_calls

step "the refused text vanishes, the next good one clears the record"
is Lee "$(jq -r .lastName "$ann")"
expect echo_to "$ann" '{"lastName":"Leigh"}'
no_error_record users/ann.lee@example.com.json
is Leigh "$(jq -r .lastName "$ann")"
is Leigh "$(tenant_user ann.lee@example.com .lastName)"
expect_calls "PUT /users/{}=1"
is "users/ann.lee@example.com.json update ok 204" \
	"$(journal_last '"\(.object) \(.verb) \(.result) \(.http)"')"
is 'Lee Leigh' "$(journal_last '"\(.before.lastName) \(.after.lastName)"')"

step "an absent field is left alone, null clears, only what differs is sent"
expect sandbox POST log/clear
expect echo_to "$ann" '{"email":"Ann.Lee@example.com","firstName":"Ann","lastName":"Lee","timeZone":null}'
is 1 "$(sandbox GET log | jq -s 'length')"
sandbox GET log | jq -c '.body | fromjson' >body
expect_out true jq 'has("lastName") and (has("firstName") or has("email") | not)' body
expect_calls "PUT /users/{}=1"
is null "$(jq -c .timeZone "$ann")"

step "what is read-only is ignored, and named in the journal where it differs"
expect filter_to "$ann" "$ann" jq '.status="SUSPENDED" | .key="1"'
expect_calls
expect filter_to "$ann" "$ann" jq '.status="SUSPENDED" | .lastName="Leh"'
expect_calls "PUT /users/{}=1"
is ACTIVE "$(tenant_user ann.lee@example.com .status)"
journal_last .reason | grep -q status || fail "$(journal_last .)"

step "what the account is already costs nothing, whatever its spelling"
expect cp "$ann" t
expect cp t "$ann"
expect filter_to "$ann" "$ann" jq -c .
expect echo_to "$ann" '{}'
expect echo_to "$ann" '{"lastName":"Leh"}'
expect_calls

step "a new person: both names are required, nothing is left of a refusal"
refused "$bob" '{"firstName":"Bob"}' 'lastName is missing'
gone "$bob"
refused "$bob" '{"lastName":"Stone"}' 'firstName is missing'
refused "$bob" '{"firstName":"Bob","lastName":"Stone","email":"x@example.com"}' 'email is'
gone "$bob"
expect_calls
expect echo_to "$bob" '{"firstName":"Bob","lastName":"Stone"}'
no_error_record users/bob.stone@example.com.json
expect_calls "POST /users=1" "GET /users/{}=1"
expect_out bob.stone@example.com jq -r .email "$bob"
is "$(tenant_user bob.stone@example.com .key)" "$(jq -r .key "$bob")"
is "create ok 200" "$(journal_last '"\(.verb) \(.result) \(.http)"')"

step "names that are no address"
for name in Bob@example.com.json 'a b@example.com.json' x.json; do
	refuse "Invalid argument" 1 touch "$users/$name"
	error_record "users/$name" "address in lower case"
	gone "$users/$name"
done
long=$(printf 'l%.0s' {1..300})
refuse "File name too long" 1 touch "$users/$long"
refuse "File name too long" 1 mv "$bob" "$users/$long"
expect_calls

step "no links, no devices, no folders"
refuse "Operation not permitted" 1 ln "$ann" "$users/z@example.com.json"
error_record users/z@example.com.json "no hard links"
refuse "Operation not permitted" 1 mknod "$users/z@example.com.json" c 1 3
refuse "Operation not permitted" 1 mkfifo "$users/z@example.com.json"
error_record users/z@example.com.json "only files"
refuse "Operation not permitted" 1 mkdir "$users/x"
error_record users/x "no folders"
refuse "Operation not permitted" 1 ln -s "$ann" "$users/z@example.com.json"
refuse "Operation not permitted" 1 mkdir "$mnt/x"
refuse "Operation not permitted" 1 touch "$mnt/x"
expect_calls

step "2 MiB: EFBIG, and the record does not say otherwise later"
head -c 2M /dev/zero | tr '\0' ' ' >big
stays "$ann" refuse "File too large" 1 cp big "$ann"
error_record users/ann.lee@example.com.json EFBIG
refuse "File too large" 1 cp big "$users/z@example.com.json"
error_record users/z@example.com.json EFBIG
gone "$users/z@example.com.json"
refuse "File too large" 1 truncate -s 2M "$ann"
tr ' ' x <big | cat <(printf '{"lastName":"') - <(echo '"}') >big.json
refuse "File too large" 1 dd if=big.json of="$ann" bs=4M # of which 1 MiB is taken
error_record users/ann.lee@example.com.json EFBIG
expect_calls

step "SUPER_USER stays with the last two"
refuse "Operation not permitted" 1 echo_to "$users/admin@example.com.json" '{"adminRoles":[]}'
error_record users/admin@example.com.json "last two"
expect echo_to "$bob" '{"adminRoles":["SUPER_USER"]}'
expect echo_to "$users/admin@example.com.json" '{"adminRoles":["MANAGE_USERS"]}'
refuse "Operation not permitted" 1 echo_to "$bob" '{"adminRoles":[]}'
error_record users/bob.stone@example.com.json "last two"
calls_clear

step "what the tenant refuses is not shown"
fault '{"match":"PUT /users/{}","kind":"status","status":400,"code":"INVALID"}'
stays "$bob" refuse "" 1 echo_to "$bob" '{"lastName":"Refused"}'
error_record users/bob.stone@example.com.json Refused
fault '{"match":"PUT /users/{}","kind":"status","status":403}'
stays "$bob" refuse "Permission denied" 1 echo_to "$bob" '{"lastName":"Refused"}'
error_record users/bob.stone@example.com.json EACCES
is "EACCES 403" "$(journal_last '"\(.result) \(.http)"')"
