# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: licenses, groups, small lists, rights, lag, rate limit.

# -------------------------------------------------------------------- licenses

dan=$(key dan.fox@example.com)
used() {
	sandbox GET state | jq -r --arg k "$1" '.licenses[] | select(.key == $k).userCount'
}
is "licenses: nine" 9 "$(api GET /licenses | jq .total)"
is "license: one" "GoToMeeting Business" "$(api GET "/licenses/$business" | jq -r .description)"
is "license: holders" true \
	"$(api GET "/licenses/$business" | jq --arg k "$dan" '.userKeys | index($k) != null')"
is "license: the invited apart" true \
	"$(api GET "/licenses/$business" | jq --arg k "$(key full@example.com)" '.invitedUserKeys | index($k) != null')"
is "license: userCount counts both" true \
	"$(api GET "/licenses/$business" | jq '.userCount == (.userKeys | length) + (.invitedUserKeys | length)')"
before=$(used "$webinar")
is "assign" 204 "$(code POST "/licenses/$webinar/users/$dan")"
is "assign: again is no change" 204 "$(code POST "/licenses/$webinar/users/$dan")"
is "assign: one seat" $((before + 1)) "$(used "$webinar")"
is "assign: no free seat" "409 license.seats.exceeded" "$(both POST "/licenses/$starter/users/$dan")"
is "assign: disabled" "409 license.disabled" "$(both POST "/licenses/$assist/users/$dan")"
is "assign: externally managed" "403 license.externally.managed" "$(both POST "/licenses/$voice/users/$dan")"
is "assign: unknown license" "404 license.not.found" "$(both POST "/licenses/1/users/$dan")"
is "assign: unknown user" "404 user.not.found" "$(both POST "/licenses/$webinar/users/1")"
is "assign: several, all or none" "409 license.seats.exceeded" \
	"$(both POST "/licenses/$(license GoToTraining),$starter/users/$dan")"
is "assign: none of them" 2 "$(user dan.fox@example.com | jq '.licenseKeys | length')"
is "unassign: several" 204 "$(code DELETE "/licenses/$business,$webinar/users/$dan")"
is "unassign: the last one suspends" "SUSPENDED false" \
	"$(user dan.fox@example.com | jq -r '"\(.status) \(has("licenseKeys"))"')"
is "unassign: one not held" "404 license.not.assigned" "$(both DELETE "/licenses/$webinar/users/$dan")"
is "assign: makes active again" "204 ACTIVE" \
	"$(code POST "/licenses/$business/users/$dan") $(user dan.fox@example.com | jq -r .status)"
switch '{"suspend_unlicensed":false,"unassign_missing_status":0,"seats_status":0}'
is "unassign: without suspending, by switch" "204 ACTIVE" \
	"$(code DELETE "/licenses/$business/users/$dan") $(user dan.fox@example.com | jq -r .status)"
is "unassign: one not held, by switch" 204 "$(code DELETE "/licenses/$business/users/$dan")"
is "assign: beyond the seats, by switch" 204 "$(code POST "/licenses/$starter/users/$dan")"
code DELETE "/licenses/$starter/users/$dan" >/dev/null
switch '{"suspend_unlicensed":true,"unassign_missing_status":404,"seats_status":409}'

# at_once METHOD PATH BODY...: one request a body, together; statuses counted
at_once() {
	local method=$1 path=$2 body jobs=()
	shift 2
	for body; do
		code "$method" "${path//KEY/$body}" -d "$body" \
			>"$dir/status.${#jobs[@]}" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	cat "$dir"/status.* | fold -w 3 | sort | uniq -c | xargs
	rm "$dir"/status.*
}
same='{"users":[{"email":"race@example.com","firstName":"R","lastName":"R"}]}'
is "at once: one address is created once" "1 200 5 409" \
	"$(at_once POST /users "$same" "$same" "$same" "$same" "$same" "$same")"
pro=$(license 'GoToMeeting Professional')
mapfile -t racers < <(for i in 11 12 13 14 15 16; do key "many$i@example.com"; done)
is "at once: three seats go to three" "3 204 3 409" \
	"$(at_once POST "/licenses/$pro/users/KEY" "${racers[@]}")"

# ---------------------------------------------------------------------- groups

is "group: create answers a bare quoted key" '"'"$(api POST /groups -d '{"name":"Alpha"}' | tr -d '"')"'"' \
	'"'"$(group Alpha)"'"'
alpha=$(group Alpha)
is "group: name taken" "409 group.name.conflict" "$(both POST /groups -d '{"name":"Alpha"}')"
is "group: no name" "400 group.name.required" "$(both POST /groups -d '{}')"
switch '{"group_answer":"unquoted"}'
beta=$(api POST /groups -d "{\"name\":\"Beta\",\"parentKey\":\"$alpha\"}")
is "group: an unquoted key, by switch" "$(group Beta)" "$beta"
is "group: below another" "Alpha/Beta" "$(api GET "/groups/$beta" | jq -r '.namePath | join("/")')"
is "group: without members no userKeys" false "$(api GET "/groups/$beta" | jq 'has("userKeys")')"
is "group: unknown parent" "404 group.not.found" "$(both POST /groups -d '{"name":"G","parentKey":"1"}')"
is "group: put a user in" 204 "$(code PUT "/groups/$beta/users/$dan")"
is "group: he is in it" Beta "$(user dan.fox@example.com | jq -r .groupName)"
is "group: members here and below" "0 1 1" \
	"$(api GET "/groups/$alpha" | jq -r '"\(.memberCount) \(.totalMemberCount)"') $(api GET "/groups/$beta" | jq '.userKeys | length')"
is "group: move" "204 Alpha" "$(code PUT "/groups/$alpha/users/$dan") $(user dan.fox@example.com | jq -r .groupName)"
is "group: rename" "204 Omega" "$(code PUT "/groups/$alpha" -d '{"name":"Omega"}') $(user dan.fox@example.com | jq -r .groupName)"
is "group: key in the body" "400 group.key.not.allowed" "$(both PUT "/groups/$alpha" -d "{\"key\":\"$alpha\",\"name\":\"X\"}")"
is "group: take out" "204 false" "$(code DELETE "/users/$dan/groups") $(user dan.fox@example.com | jq 'has("groupKey")')"
code PUT "/groups/$alpha/users/$dan" >/dev/null
is "group: delete" 204 "$(code DELETE "/groups/$alpha")"
is "group: its users stay" false "$(user dan.fox@example.com | jq 'has("groupKey")')"
is "group: gone" "404 group.not.found" "$(both GET "/groups/$alpha")"
is "Berlin is found by searching the users" true \
	"$(sandbox GET state | jq '[.users[] | select(.groupName != "Berlin") | tostring | select(contains("Berlin"))] | length == 0')"

# ------------------------------------------------------------- the small lists

is "rolesets" "Help Desk" "$(api GET /rolesets | jq -r '.results[].name')"
roleset=$(api POST /rolesets -d '{"name":"Night shift"}' | jq -r .id)
is "roleset: assign by filter" 204 \
	"$(code PUT "/rolesets/$roleset/users?filter=(email=%22dan.fox@example.com%22)" -d '{}')"
is "roleset: he has it" "$roleset" "$(user dan.fox@example.com | jq -r '.roleSets | join(" ")')"
switch '{"rolesets_form":"string"}'
is "roleset: as a string, by switch" "$roleset" "$(user dan.fox@example.com | jq -r .roleSets)"
switch '{"rolesets_form":"array"}'
is "roleset: take away" "204 false" \
	"$(code DELETE '/users/rolesets?filter=(email=%22dan.fox@example.com%22)') $(user dan.fox@example.com | jq 'has("roleSets")')"
is "templates" Welcome "$(api GET /templates | jq -r '.results[].title')"
is "template: a bare string" string "$(api POST /templates -d '{"title":"T","subject":"S","text":"T"}' | jq -r type)"
is "attribute: a bare string" string "$(api POST /attributes -d '{"name":"Floor"}' | jq -r type)"
is "attributes" 2 "$(api GET /attributes | jq .total)"

# ---------------------------------------------------------------------- rights

switch '{"token_user":"reporter@example.com"}'
is "rights: a reporter reads" 200 "$(code GET /users)"
is "rights: but does not create" "403 not.authorized" "$(both POST /users -d '{}')"
switch '{"token_user":"kim.park@example.com"}'
is "rights: a plain user sees himself" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$admin/me")"
is "rights: but no list" 403 "$(code GET /users)"
switch '{"role_rules":"documented"}'
is "rights: documented ones only" "200 403" "$(code GET /users) $(code PUT "/users/$dan" -d '{}')"
switch '{"role_rules":"none"}'
is "rights: none" 204 "$(code PUT "/users/$dan" -d '{}')"
switch '{"role_rules":"assumed","token_user":"admin@example.com"}'

# ------------------------------------------------------------------- staleness

freeze true
switch '{"staleness_ms":5000}'
fresh=$(api POST /users -d '{"users":[{"email":"fresh@example.com","firstName":"F","lastName":"F"}]}' | jq -r '.[0].key')
code PUT "/users/$dan" -d '{"lastName":"Lag"}' >/dev/null
code PUT "/groups/$berlin" -d '{"name":"Spree"}' >/dev/null
code DELETE "/users/$(key kim.park@example.com)" >/dev/null
is "stale: a new user is not there yet" "404 user.not.found" "$(both GET "/users/$fresh")"
is "stale: nor in the list" "" "$(filter /users '(email="fresh@example.com")')"
is "stale: an update is not seen" Fox "$(api GET "/users/$dan" | jq -r .lastName)"
is "stale: a removed one is still seen" kim.park@example.com "$(filter /users '(email="kim.park@example.com")')"
is "stale: a group has its old name" Berlin "$(api GET "/groups/$berlin" | jq -r .name)"
is "stale: the truth is known at once" Lag "$(user dan.fox@example.com | jq -r .lastName)"
advance 3000
code PUT "/users/$dan" -d '{"lastName":"Later"}' >/dev/null
advance 2000
is "stale: the first change comes first" Lag "$(api GET "/users/$dan" | jq -r .lastName)"
is "stale: then all is seen" "fresh@example.com  Spree" \
	"$(filter /users '(email="fresh@example.com")') $(filter /users '(email="kim.park@example.com")') $(api GET "/groups/$berlin" | jq -r .name)"
advance 3000
is "stale: and the second" Later "$(api GET "/users/$dan" | jq -r .lastName)"
switch '{"staleness_ms":0}'
freeze false
stop admin

# ------------------------------------------------------------------ rate limit

start --users 20 --set rate=3
freeze true
# statuses N: of N requests
statuses() {
	for _ in $(seq "$1"); do
		code GET /users
		printf ' '
	done
}
is "rate: three a second" "200 200 200 429 429 " "$(statuses 5)"
is "rate: body" TOO_MANY_REQUESTS "$(api GET /users | jq -r .errorCode)"
is "rate: no Retry-After" 0 "$(api GET /users -D - -o /dev/null | grep -ci retry-after)"
is "rate: oauth is not limited" 200 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
switch '{"retry_after":7,"rate_body":"text"}'
is "rate: Retry-After by switch" "Retry-After: 7" "$(api GET /users -D - -o /dev/null | tr -d '\r' | grep -i retry-after)"
is "rate: body as text, by switch" "Too Many Requests" "$(api GET /users)"
advance 1000
is "rate: a second later" "200 200 200 429 " "$(statuses 4)"
switch '{"rate":0}'
is "rate: none" "200 200 200 200 200 " "$(statuses 5)"
freeze false
stop rate
