# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: reading, paging, filters.

# --------------------------------------------------------------------- reading

start --users 300
is "me" "admin@example.com Example Org 9000000000000000001" \
	"$(curl -s -H "Authorization: Bearer $token" "$admin/me" |
		jq -r '"\(.email) \(.accounts[0].name) \(.accountKey)"')"
is "account" "Example Org" "$(api GET "" | jq -r .name)"
is "account: renamed" "204 New Org" \
	"$(code PUT "" -d '{"name":"New Org"}') $(api GET "" | jq -r .name)"
is "another account" "404 account.not.found" \
	"$(base=$admin/accounts/1 both GET /users)"
is "an unknown path" "404 NOT_FOUND" \
	"$(code GET /nothing) $(api GET /nothing | jq -r .errorCode)"
is "page: default" "25 0 25 300" \
	"$(api GET /users | jq -r '"\(.results | length) \(.fromIndex) \(.toIndex) \(.total)"')"
is "page: last" "1 299 300 300" \
	"$(api GET '/users?pageSize=50&offset=299' |
		jq -r '"\(.results | length) \(.fromIndex) \(.toIndex) \(.total)"')"
is "page: beyond the end" '{"results":[],"fromIndex":300,"toIndex":300,"total":300}' \
	"$(api GET '/users?offset=1000')"
is "page: clamped" 300 "$(api GET '/users?pageSize=5000' | jq '.results | length')"
switch '{"page_max":100}'
is "page: clamped to the maximum" 100 \
	"$(api GET '/users?pageSize=5000' | jq '.results | length')"
switch '{"page_over":"refuse"}'
is "page: or refused" 400 "$(code GET '/users?pageSize=5000')"
switch '{"page_max":1000,"page_over":"clamp"}'
is "page: negative offset" 400 "$(code GET '/users?offset=-1')"
is "page: pageSize 0" 400 "$(code GET '/users?pageSize=0')"
for at in 0 100 200; do
	api GET "/users?pageSize=100&offset=$at" | jq -r '.results[].key'
done >"$dir/keys"
is "pages: every key once" 300 "$(sort -u "$dir/keys" | wc -l)"
is "pages: in the order of keys" "$(awk '{print length, $0}' "$dir/keys" |
	sort -k1,1n -k2,2 | md5sum)" "$(awk '{print length, $0}' "$dir/keys" | md5sum)"
is "keys: at least 19 digits" 0 "$(grep -vcE '^[0-9]{19,}$' "$dir/keys")"
is "keys: some of 26 digits" yes \
	"$(grep -qE '^[0-9]{26}$' "$dir/keys" && echo yes)"
switch '{"order":"shifting"}'
for at in 0 100 200; do
	api GET "/users?pageSize=100&offset=$at" | jq -r '.results[].key'
done >"$dir/keys"
is "order=shifting: pages overlap" 298 "$(sort -u "$dir/keys" | wc -l)"
switch '{"order":"email"}'
is "order=email" true \
	"$(api GET '/users?pageSize=1000' |
		jq '[.results[].email] | . == (sort_by(explode))')"
switch '{"order":"key"}'
is "attributes" '{"key":true,"email":true}' \
	"$(api GET '/users?attributes=key,email&pageSize=1' |
		jq -c '.results[0] | map_values(true)')"
is "attributeNames" email \
	"$(api GET '/users?attributeNames=email&pageSize=1' |
		jq -r '.results[0] | keys | join(" ")')"
is "ascending=firstName=true" true \
	"$(api GET '/users?pageSize=1000&ascending=firstName=true' |
		jq '[.results[].firstName] | . == sort_by([explode[]])')"
is "descending=email" true \
	"$(api GET '/users?pageSize=1000&descending=email' |
		jq '[.results[].email] | . == (sort_by(explode) | reverse)')"
is "one user" ann.lee@example.com \
	"$(api GET "/users/$(key ann.lee@example.com)" | jq -r .email)"
is "several users in one path" "2" \
	"$(api GET "/users/$(key ann.lee@example.com),$(key dan.fox@example.com)" |
		jq -r .total)"
is "no such user" "404 user.not.found" "$(both GET /users/1)"
is "empty fields are left out" "false false" \
	"$(user stan.still@example.com |
		jq -r '"\(has("licenseKeys")) \(has("adminRoles"))"')"
is "a user without license reads SUSPENDED" SUSPENDED \
	"$(user stan.still@example.com | jq -r .status)"
switch '{"keys":"number"}'
is "keys as numbers keep their digits" "$(sandbox GET user -G -d email=ann.lee@example.com |
	grep -o '"key":[0-9]*')" "$(api GET /users?pageSize=1000 | grep -o '"key":[0-9]*,"email":"ann.lee@example.com"' | cut -d, -f1)"
switch '{"keys":"string","empty_results":"absent"}'
is "results may be absent" '{"fromIndex":0,"toIndex":0,"total":0}' \
	"$(api GET '/users?filter=(email="nobody")' -g)"
switch '{"empty_results":"array"}'

# filters
is "filter: by address" ann.lee@example.com \
	"$(filter /users '(email="ann.lee@example.com")')"
is "filter: no match is 200" "" "$(filter /users '(email="bob.stone@example.com")')"
is "filter: the whole field must match" "" "$(filter /users '(email="ann.lee")')"
is "filter: sensitive to case" "" \
	"$(filter /users '(email="carla.upper@example.com")')"
is "filter: (?i)" Carla.UPPER@Example.COM \
	"$(filter /users '(email="(?i)carla.upper@example.com")')"
is "filter: a regular expression" "ann.lee@example.com dan.fox@example.com" \
	"$(filter /users '(email="(?i)(ANN|dan)\.(lee|fox)@.*")')"
is "filter: or, and" "ann.lee@example.com dan.fox@example.com" \
	"$(filter /users '(email="ann.lee@.*") | (firstName="Dan") & (lastName="Fox")')"
is "filter: and binds closer" "ann.lee@example.com" \
	"$(filter /users '(email="ann.lee@.*") | (firstName="Dan") & (lastName="Nobody")')"
is "filter: eq" kim.park@example.com \
	"$(filter /users 'email eq "kim.park@example.com"')"
is "filter: by key" ann.lee@example.com \
	"$(filter /users "(key=\"(?i)$(key ann.lee@example.com)\")")"
is "filter: + is an operator" "" "$(filter /users '(email="max+test@example.com")')"
is "filter: an escaped + is not" max+test@example.com \
	"$(filter /users '(email="max\+test@example.com")')"
is "filter: \\Q..\\E" max+test@example.com \
	"$(filter /users '(email="\Qmax+test@example.com\E")')"
is "filter: an apostrophe" "pat.o'brien@example.com" \
	"$(filter /users "(email=\"pat.o'brien@example.com\")")"
is "filter: groups by name" Berlin "$(filter /groups '(name="Berlin")')"
is "filter: bad syntax" 400 "$(filter /users '(email=ann)')"
is "filter: not closed" 400 "$(filter /users '(email="ann"')"
is "filter: bad expression" 400 "$(filter /users '(email="(ann")')"
is "filter: unknown field" 400 "$(filter /users '(status="ACTIVE")')"
is "filter: a blank as %20" 1 \
	"$(api GET '/users?filter=email%20eq%20%22ann.lee@example.com%22' | jq .total)"
is "filter: a blank as + is refused" 400 \
	"$(code GET '/users?filter=email+eq+%22ann.lee@example.com%22')"
is "filter: unescaped as shipped scripts send it" 1 \
	"$(api GET '/users?filter=(email="ann.lee@example.com")' -g | jq .total)"
switch '{"filter_case":"insensitive","filter_match":"find"}'
is "filter switches: anywhere, any case" "ann.lee@example.com" \
	"$(filter /users '(email="NN.LE")')"
switch '{"filter_case":"sensitive","filter_match":"whole"}'
