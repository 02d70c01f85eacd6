# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: faults, counters, log, changes past the API.

# ---------------------------------------------------------------------- faults

start --users 60
sandbox POST counters/clear >/dev/null
dan=$(key dan.fox@example.com)
last() {
	user dan.fox@example.com | jq -r .lastName
}
put() {
	code PUT "/users/$dan" -d "{\"lastName\":\"$1\"}"
}
# exit_of ...: api's exit status in place of its answer
exit_of() {
	api "$@" -o /dev/null
	echo $?
}
fault '{"match":"PUT /users/{}","kind":"status","status":429,"retryAfter":2,"count":2,"skip":1}'
is "fault status: skip, count" "204 429 429 204" "$(put a) $(put b) $(put c) $(put d)"
fault '{"match":"PUT /users/{}","kind":"status","status":503,"apply":true,"retryAfter":9}'
is "fault status: header" "Retry-After: 9" \
	"$(api PUT "/users/$dan" -d '{"lastName":"applied"}' -D - -o /dev/null | tr -d '\r' | grep -i retry-after)"
is "fault status: applied before" applied "$(last)"
fault '{"match":"GET *","kind":"html"}'
is "fault html: a page" "502 <html>" "$(api GET /users -w '%{http_code} ' -o "$dir/body")$(head -c 6 "$dir/body")"
fault '{"match":"PUT /users/{}","kind":"reset-before"}'
is "fault reset-before: no answer" 56 "$(exit_of PUT "/users/$dan" -d '{"lastName":"never"}')"
is "fault reset-before: nothing done" applied "$(last)"
fault '{"match":"PUT /users/{}","kind":"reset-after"}'
is "fault reset-after: no answer" 56 "$(exit_of PUT "/users/$dan" -d '{"lastName":"after"}')"
is "fault reset-after: done" after "$(last)"
fault '{"match":"GET /users","kind":"truncate"}'
is "fault truncate: half an answer" 18 "$(exit_of GET /users)"
fault '{"match":"PUT /users/{}","kind":"truncate"}'
is "fault truncate: of an empty answer" "18 cut" "$(exit_of PUT "/users/$dan" -d '{"lastName":"cut"}') $(last)"
fault '{"match":"GET /users","kind":"garbage"}'
is "fault garbage: no JSON" "200 no" \
	"$(api GET /users -o "$dir/body" -w '%{http_code}') $(jq -e . "$dir/body" >/dev/null 2>&1 && echo yes || echo no)"
fault '{"match":"POST /users","kind":"empty","apply":true}'
is "fault empty: no body" "200 0" \
	"$(api POST /users -d '{"users":[{"email":"void@example.com","firstName":"V","lastName":"V"}]}' -w '%{http_code} %{size_download}')"
is "fault empty: applied" void@example.com "$(user void@example.com | jq -r .email)"
fault '{"match":"POST /oauth/token","kind":"status","status":500}'
is "fault: of the token endpoint" 500 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
fault '{"match":"*","kind":"status","status":500,"count":-1}'
is "fault: * is no oauth route" "500 500 200" \
	"$(code GET /users) $(code GET /groups) $(oauth -o /dev/null -w '%{http_code}' -d grant_type=personal_access_token -d pat=sandbox-pat)"
is "fault: listed" "* 2" "$(sandbox GET fault | jq -r '.[-1] | "\(.match) \(.played)"')"
sandbox DELETE fault >/dev/null
is "fault: cleared" 200 "$(code GET /users)"
is "fault: unknown kind" 400 "$(sandbox POST fault -o /dev/null -w '%{http_code}' -d '{"match":"*","kind":"odd"}')"
is "fault: unknown route" 400 "$(sandbox POST fault -o /dev/null -w '%{http_code}' -d '{"match":"GET /odd","kind":"status"}')"

fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":600000}'
put slow >"$dir/slow" &
slow=$!
sandbox POST counters/clear >/dev/null
is "fault slow: done at arrival" slow \
	"$(sandbox GET 'wait?route=PUT%20/users/%7B%7D&count=1' -o /dev/null; last)"
is "fault slow: others go on" 200 "$(code GET /users)"
sandbox DELETE fault >/dev/null
wait $slow
is "fault slow: answers when cleared" 204 "$(cat "$dir/slow")"
start_ms=$(date +%s%3N)
fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":300,"apply":false}'
is "fault slow: the right answer in the end" "204 late" "$(put late) $(last)"
is "fault slow: late" yes "$(test $(($(date +%s%3N) - start_ms)) -ge 300 && echo yes)"

sandbox POST counters/clear >/dev/null
fault '{"match":"GET /groups","kind":"hang","count":-1}'
exit_of GET /groups >"$dir/hang" &
hang=$!
sandbox GET 'wait?route=GET%20/groups&count=1' -o /dev/null
is "fault hang: others go on" 200 "$(code GET /users)"
api GET /groups --max-time 0.2 -o /dev/null
is "fault hang: a client may give up" 28 $?
sandbox DELETE fault >/dev/null
wait $hang
is "fault hang: reset when cleared" 56 "$(cat "$dir/hang")"

sandbox POST counters/clear >/dev/null
sandbox POST log/clear >/dev/null
fault '{"match":"PUT /users/{}","kind":"hold","count":2}'
put held >"$dir/hold" &
hold=$!
sandbox GET 'wait?route=PUT%20/users/%7B%7D&count=1' -o /dev/null
is "fault hold: counted, not done, not logged" "1 1 0 late" \
	"$(counter 'byRoute["PUT /users/{}"]') $(counter writes) $(sandbox GET log | grep -c PUT) $(last)"
is "fault hold: others go on" 200 "$(code GET /users)"
curl -s -H "Authorization: Bearer $token" -X PUT "$base/users/$dan" -d '{"lastName":"left"}' &
left=$!
sandbox GET 'wait?route=PUT%20/users/%7B%7D&count=2' -o /dev/null
kill $left
wait $left 2>/dev/null
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"firstName":"Meanwhile"}}' >/dev/null
sandbox DELETE fault >/dev/null
wait $hold
is "fault hold: done when cleared, after what came meanwhile" "204 held Meanwhile" \
	"$(cat "$dir/hold") $(user dan.fox@example.com | jq -r '"\(.lastName) \(.firstName)"')"
is "fault hold: counted once" "2 1" "$(counter 'byRoute["PUT /users/{}"]') $(counter 'status["204"]')"

# --------------------------------------------------------------- control and log

sandbox POST counters/clear >/dev/null
sandbox POST log/clear >/dev/null
code GET /users >/dev/null
put x >/dev/null
pat_token >/dev/null
is "counters" "2 1 1 1 1 1 1" \
	"$(sandbox GET counters | jq -r '[.total, .reads, .writes, .oauth, .byRoute["GET /users"], .byRoute["PUT /users/{}"], .byRoute["POST /oauth/token"]] | map(tostring) | join(" ")')"
is "counters: statuses" "1 1" "$(counter 'status["200"]') $(counter 'status["204"]')"
is "counters: a route not asked is 0" 0 "$(counter 'byRoute["DELETE /users/{}"]')"
is "log: what was asked" "GET /users 200 true,PUT /users/{} 204 true,POST /oauth/token 200 false" \
	"$(sandbox GET log | jq -r '"\(.route) \(.status) \(.bearer)"' | paste -sd,)"
is "log: the body" '{"lastName":"x"}' "$(sandbox GET log | jq -r 'select(.method == "PUT").body')"
seq=$(sandbox GET log | jq -r 'select(.method == "PUT").seq')
is "log: since" "POST /oauth/token" "$(sandbox GET "log?since=$seq" | jq -r .route)"
curl -s -o /dev/null "$base/users?pageSize=1"
is "log: without bearer" "401 false /admin/rest/v1/accounts/9000000000000000001/users?pageSize=1" \
	"$(sandbox GET log | tail -1 | jq -r '"\(.status) \(.bearer) \(.path)"')"
is "wait: not reached" 408 \
	"$(sandbox GET 'wait?route=GET%20/me&count=1&timeout_ms=10' -o /dev/null -w '%{http_code}')"
is "wait: unknown route" 400 "$(sandbox GET 'wait?route=odd&count=1' -o /dev/null -w '%{http_code}')"
sandbox GET 'wait?route=GET%20/me&count=1' -o /dev/null -w '%{http_code}' >"$dir/wait" &
waiter=$!
curl -s -o /dev/null -H "Authorization: Bearer $token" "$admin/me"
wait $waiter
is "wait: reached" 200 "$(cat "$dir/wait")"
is "switches: listed" 3600 "$(sandbox GET switch | jq .access_life_s)"
is "switches: unknown" 400 "$(sandbox POST switch -o /dev/null -w '%{http_code}' -d '{"odd":1}')"

total=$(counter total)
is "mutate: update-user" "$dan" \
	"$(mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Web","status":"ODD","newField":{"a":1}}}')"
is "mutate: any field" 'Web ODD {"a":1}' "$(user dan.fox@example.com | jq -r '"\(.lastName) \(.status) \(.newField | tojson)"')"
mutate '{"op":"create-user","email":"web@example.com","fields":{"firstName":"W","lastName":"W"},"license":"GoToWebinar Pro","group":"Berlin"}' >/dev/null
is "mutate: create-user" "Berlin 1" "$(user web@example.com | jq -r '"\(.groupName) \(.licenseKeys | length)"')"
mutate '{"op":"assign","email":"web@example.com","license":"GoToMeeting Starter"}' >/dev/null
is "mutate: assign" 2 "$(user web@example.com | jq '.licenseKeys | length')"
mutate '{"op":"unassign","email":"web@example.com","license":"GoToWebinar Pro"}' >/dev/null
is "mutate: unassign" 1 "$(user web@example.com | jq '.licenseKeys | length')"
mutate '{"op":"set-group","email":"web@example.com","group":"Sales"}' >/dev/null
is "mutate: set-group" Sales "$(user web@example.com | jq -r .groupName)"
mutate '{"op":"set-group","email":"web@example.com"}' >/dev/null
is "mutate: set-group to none" false "$(user web@example.com | jq 'has("groupName")')"
mutate '{"op":"delete-user","email":"web@example.com"}' >/dev/null
is "mutate: delete-user" NOT_FOUND "$(user web@example.com | jq -r .errorCode)"
mutate '{"op":"create-group","name":"Web","parent":"Sales"}' >/dev/null
is "mutate: create-group" "Sales/Web" "$(api GET "/groups/$(group Web)" | jq -r '.namePath | join("/")')"
mutate '{"op":"rename-group","group":"Web","name":"Webb"}' >/dev/null
mutate '{"op":"delete-group","group":"Webb"}' >/dev/null
is "mutate: rename-group, delete-group" "" "$(group Webb)"
mutate '{"op":"update-license","license":"GoToMeeting Starter","seats":500,"enabled":false,"description":"Basic"}' >/dev/null
is "mutate: update-license" "500 false" \
	"$(sandbox GET state | jq -r '.licenses[] | select(.description == "Basic") | "\(.seats) \(.enabled)"')"
mutate '{"op":"create-license","description":"Extra","seats":5,"products":"G2W,G2M"}' >/dev/null
is "mutate: create-license" "5 G2W,G2M" \
	"$(sandbox GET state | jq -r '.licenses[] | select(.description == "Extra") | "\(.seats) \(.products | join(","))"')"
mutate '{"op":"assign","email":"dan.fox@example.com","license":"Extra"}' >/dev/null
mutate '{"op":"delete-license","license":"Extra"}' >/dev/null
is "mutate: delete-license" "9 1" "$(api GET /licenses | jq .total) $(user dan.fox@example.com | jq '.licenseKeys | length')"
is "mutate: unknown op" "no such op" "$(mutate '{"op":"odd"}')"
is "mutate: nobody" "no such user" "$(mutate '{"op":"assign","email":"bob.stone@example.com","license":"x"}')"
is "mutate is not counted but for the two calls between" $((total + 2)) "$(counter total)"

# a sandbox with a hanging request and an open wait ends all the same
fault '{"match":"GET /groups","kind":"hang"}'
exit_of GET /groups >/dev/null &
sandbox GET 'wait?route=GET%20/groups&count=1' -o /dev/null
stop faults
