# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh, after test_sandbox_activity.sh whose functions it
# uses: GoToWebinar, GoToTraining, GoToConnect, GoToAssist; scopes, rates,
# faults and switches of all sources; many people.

# ----------------------------------------------------------------- GoToWebinar

begin --users 1000
carla=$(key carla.upper@example.com)
sessions="/G2W/rest/v2/organizers/$carla/sessions?$(span 300 fromTime toTime)"
webinars="/G2W/rest/v2/accounts/9000000000000000001/webinars?$(span 300 fromTime toTime)"
get "$sessions" >"$dir/body"
is "G2W sessions: an envelope" '{"size":20,"totalElements":3,"totalPages":1,"number":0} 3' \
	"$(jq -c .page "$dir/body") $(jq '._embedded.sessionInfoResources | length' "$dir/body")"
is "G2W sessions: owner and starter" "$carla:$carla $carla:4210000000000000009 $carla:$carla" \
	"$(jq -r '._embedded.sessionInfoResources[] | "\(.creatingOrganizerKey):\(.startingOrganizerKey)"' "$dir/body" | paste -sd' ')"
is "G2W sessions: keys are text, times have Z" "string string true" \
	"$(jq -r '._embedded.sessionInfoResources[0] | "\(.sessionKey | type) \(.webinarKey | type) \(.startTime | test("^....-..-..T..:..:..Z$"))"' "$dir/body")"
is "G2W sessions: pages" "2 1 0 2" \
	"$(get "$sessions&size=2" | jq '._embedded.sessionInfoResources | length') $(get "$sessions&size=2&page=1" | jq '._embedded.sessionInfoResources | length') $(get "$sessions&size=2&page=2" | jq '._embedded | length') $(get "$sessions&size=2" | jq .page.totalPages)"
nothing="/G2W/rest/v2/organizers/$(key ann.lee@example.com)/sessions?$(span 300 fromTime toTime)"
is "G2W sessions: none" "200 false 0 0" \
	"$(status "$nothing") $(get "$nothing" | jq -r '"\(has("_embedded")) \(.page.totalElements) \(.page.totalPages)"')"
switch '{"webinar_empty":"array","webinar_links":true}'
is "webinar_empty=array, webinar_links" "[] true" \
	"$(get "$nothing" | jq -r '"\(._embedded.sessionInfoResources | tojson) \(._links.self.href | contains("/sessions"))"')"
switch '{"webinar_empty":"absent","webinar_links":false}'
is "G2W: what is missing or wrong" "400 400 400 400 404" \
	"$(status "/G2W/rest/v2/organizers/$carla/sessions") $(status "$sessions&size=0") $(status "$sessions&page=-1") $(status "$sessions&page=x") $(status "/G2W/rest/v2/organizers/77/sessions?$(span 3 fromTime toTime)")"
get "$webinars&size=500" >"$dir/body"
is "G2W webinars of the account: at most 200" "200 true true" \
	"$(jq -r '"\(._embedded.webinars | length) \(.page.totalElements > 200) \(.page.size == 200)"' "$dir/body")"
is "G2W webinars: fields" "string true false 1" \
	"$(jq -r '._embedded.webinars[0] | "\(.webinarId | type) \(has("organizerKey")) \(has("description")) \(.times | length)"' "$dir/body")"
switch '{"webinar_size_over":"refuse"}'
is "webinar_size_over=refuse" "400 200" "$(status "$webinars&size=201") $(status "$webinars&size=200")"
total=$(jq .page.totalElements "$dir/body")
seen() {
	for page in $(seq 0 $(((total - 1) / 200))); do
		get "$webinars&size=200&page=$page" | jq -r '._embedded.webinars[].webinarKey'
	done | sort -u | wc -l
}
is "G2W webinars: every one once" "$total" "$(seen)"
is "G2W webinars of the account: all that are owned" "$total" \
	"$(sandbox GET 'activity?product=G2W' | jq -r --argjson from $((began - 300 * 86400000)) 'select(.owner == .key and .start_ms >= $from) | .id' | sort -u | wc -l)"
spell() {
	switch "{\"webinar_id\":\"$1\"}"
	echo "$(get "$webinars" | jq -r '._embedded.webinars[0] | keys[] | select(test("(?i)^webinarid"))') $(get "$sessions" | jq -r '._embedded.sessionInfoResources[0] | keys[] | select(test("(?i)^webinarid"))')"
}
is "webinar_id" "webinarId webinarID, webinarId webinarId, webinarID webinarID" \
	"$(spell as-seen), $(spell webinarId), $(spell webinarID)"
is "G2W webinars of an organizer" 3 "$(get "/G2W/rest/v2/organizers/$carla/webinars?$(span 300 fromTime toTime)" | jq .page.totalElements)"
account="/G2W/rest/v2/organizers/9000000000000000001/webinars?$(span 300 fromTime toTime)"
is "strict_organizer_key: yes" 404 "$(status "$account")"
switch '{"strict_organizer_key":false}'
is "strict_organizer_key: no" "$total" "$(get "$account" | jq .page.totalElements)"
helper=$(sandbox GET 'activity?product=G2W' | jq -r 'select(.kind == "webinar-started" and .other and .email != "gone.stranger@example.com").key' | head -1)
theirs="/G2W/rest/v2/organizers/$helper/sessions?$(span 300 fromTime toTime)&size=200"
is "webinar_sessions=owner" "$helper" \
	"$(get "$theirs" | jq -r '._embedded.sessionInfoResources[].creatingOrganizerKey' | sort -u)"
switch '{"webinar_sessions":"both"}'
is "webinar_sessions=both" 2 \
	"$(get "$theirs" | jq -r '._embedded.sessionInfoResources[].creatingOrganizerKey' | sort -u | wc -l)"

# ---------------------------------------------------------------- GoToTraining

trainer=$(sandbox GET 'activity?product=G2T' | jq -r 'select(.other).owner' | head -1)
other=$(sandbox GET 'activity?product=G2T' | jq -r "select(.owner == \"$trainer\" and .other).other" | head -1)
range="{\"startDate\":\"$(iso $((began - 300 * 86400000)))\",\"endDate\":\"$(iso "$began")\"}"
report() {
	get "/G2T/rest/reports/organizers/$1/sessions" -d "$range" "${@:2}"
}
sandbox POST counters/clear >/dev/null
report "$trainer" >"$dir/body"
is "G2T: a question is no write" "1 0" "$(counter reads) $(counter writes)"
is "G2T: a bare array" "array number true" \
	"$(jq -r '"\(type) \(.[0].duration | type) \(.[0].sessionEndTime | test("Z$"))"' "$dir/body")"
shared=$(jq -r '[.[] | select(.organizers | length == 2)][0].sessionKey' "$dir/body")
is "G2T: both organizers have it" "$trainer $other 1" \
	"$(jq -r --arg k "$shared" '.[] | select(.sessionKey == $k) | [.organizers[].organizerKey] | join(" ")' "$dir/body") $(report "$other" | jq --arg k "$shared" '[.[] | select(.sessionKey == $k)] | length')"
is "G2T: tara.train has none" "[]" "$(report "$(key tara.train@example.com)")"
is "G2T: refusals" "404 400 400" \
	"$(report 77 -o /dev/null -w '%{http_code}') $(range='{}' report "$trainer" -o /dev/null -w '%{http_code}') $(range='odd' report "$trainer" -o /dev/null -w '%{http_code}')"

# ----------------------------------------------------------------- GoToConnect

users="/users/v1/users?accountKey=9000000000000000001"
calls="/call-reports/v1/reports/user-activity?$(span 300 startTime endTime)"
get "$users" >"$dir/body"
is "Connect users: a page, and where the next begins" "100 true" "$(jq -r '"\(.items | length) \(has("nextPageMarker"))"' "$dir/body")"
callers() {
	local marker='' page
	while :; do
		page=$(get "$users${marker:+&pageMarker=$marker}")
		jq -r '.items[] | "\(.userKey) \(.userId)"' <<<"$page"
		marker=$(jq -r '.nextPageMarker // empty' <<<"$page")
		test -n "$marker" || break
	done
}
callers >"$dir/callers"
is "Connect users: all who hold it, once" \
	"$(sandbox GET state | jq -r '.users[] | select(.products // [] | index("JIVE")).key' | sort)" \
	"$(cut -d' ' -f1 "$dir/callers" | sort)"
is "Connect users: a UUID each" "$(wc -l <"$dir/callers")" \
	"$(cut -d' ' -f2 "$dir/callers" | grep -E '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' | sort -u | wc -l)"
is "Connect users: refusals" "400 404 400 accountKey" \
	"$(status /users/v1/users) $(status '/users/v1/users?accountKey=7') $(status "$users&pageMarker=odd") $(get /users/v1/users | jq -r '.constraintViolations[0].field')"
cora=$(grep "^$(key cora.connect@example.com) " "$dir/callers" | cut -d' ' -f2)
# volume DAYS DAYS: Cora's calls between so many days ago
volume() {
	get "/call-reports/v1/reports/user-activity?startTime=$(iso $((began - $1 * 86400000)))&endTime=$(iso $((began - $2 * 86400000)))&userIds=$cora" |
		jq -r '.items[0].dataValues.volume // "none"'
}
is "Connect report: calls in the interval" "3 4 none" "$(volume 10 0) $(volume 60 0) $(volume 40 20)"
get "$calls&pageSize=10000" >"$dir/body"
is "Connect report: who called, and who is joined to nobody" "true 1" \
	"$(jq -r '.items[].userId' "$dir/body" | sort >"$dir/ids"; cut -d' ' -f2 "$dir/callers" | sort | comm -13 - "$dir/ids" >"$dir/odd"; test "$(wc -l <"$dir/ids")" -gt 100 && echo true) $(wc -l <"$dir/odd")"
is "Connect report: as many as in the truth" \
	"$(sandbox GET 'activity?product=JIVE' | jq -r --argjson from $((began - 300 * 86400000)) 'select(.start_ms >= $from).key' | sort | uniq -c | awk '{ print $1 }' | sort -n | paste -sd' ')" \
	"$(jq '.items[].dataValues.volume' "$dir/body" | sort -n | paste -sd' ')"
is "Connect report: pages" "100 true 0" \
	"$(get "$calls" | jq '.items | length') $(get "$calls&pageSize=50&page=1" | jq --slurpfile all "$dir/body" '.items == $all[0].items[50:100]') $(get "$calls&page=99" | jq '.items | length')"
is "Connect report: refusals" "400 400 400 404" \
	"$(status "$calls&pageSize=10001") $(status "$calls&pageSize=0") $(status /call-reports/v1/reports/user-activity) $(status "$calls&organizationId=odd")"
switch '{"connect_report_page":50}'
is "connect_report_page" "50 true" \
	"$(get "$calls&pageSize=10000" | jq '.items | length') $(get "$calls&pageSize=10000&page=1" | jq --slurpfile all "$dir/body" '.items == $all[0].items[50:100]')"
beyond() {
	switch "{\"connect_beyond\":\"$1\"}"
	echo "$(status "$calls&page=99") $(status "$calls&page=1")"
}
is "connect_beyond" "400 200 404 200 200 200" "$(beyond 400) $(beyond 404) $(beyond empty)"
switch '{"connect_report_page":10000}'
unit() {
	switch "{\"connect_duration\":\"$1\"}"
	get "$calls&userIds=$cora" | jq '.items[0].dataValues.totalDuration'
}
is "connect_duration" "1440000 1440" "$(unit ms) $(unit s)"
switch '{"connect_organization":"required"}'
org=$(get "$users" | jq -r '.items[0].lines[0].organization.id')
is "connect_organization=required" "400 200" "$(status "$calls") $(status "$calls&organizationId=$org")"
switch '{"connect_organization":"optional","connect_zero":"present"}'
is "connect_zero=present" "$(($(wc -l <"$dir/callers") + 1))" "$(get "$calls&pageSize=10000" | jq '.items | length')"
switch '{"connect_users_page":10000}'
is "connect_users_page" "$(wc -l <"$dir/callers") false" "$(get "$users" | jq -r '"\(.items | length) \(has("nextPageMarker"))"')"
mutate '{"op":"add-use","email":"cora.connect@example.com","product":"JIVE","ago_days":399}' >/dev/null
is "Connect report: kept for 13 months" 4 "$(volume 399 0)"
switch '{"token_user":"reporter@example.com"}'
is "Connect: rights" "404 200 UNAUTHORIZED" "$(status "$users") $(status "$calls") $(get "$users" | jq -r .errorCode)"
switch '{"token_user":"ann.lee@example.com","connect_right_status":403}'
is "connect_right_status" "403 403" "$(status "$users") $(status "$calls")"
switch '{"token_user":"admin@example.com"}'

# ------------------------------------------------------------------ GoToAssist

help="/G2A/rest/v1/extendedsessions?$(span 300 fromTime toTime)"
get "$help" >"$dir/body"
is "G2A: everybody's, unpaged" "true true complete 9000000000000000001" \
	"$(jq -r '"\(.totalNumSessions == (.sessions | length)) \(.totalNumSessions > 20) \(.sessions[0].status)"' "$dir/body") $(grep -o '"accountKey":[0-9]*' "$dir/body" | head -1 | cut -d: -f2)"
is "G2A: rob.remote" "$(key rob.remote@example.com) 2" \
	"$(jq -r '[.sessions[] | select(.expertEmail == "rob.remote@example.com").expertUserKey] | "\(.[0]) \(length)"' "$dir/body")"
helper=$(jq -r '[.sessions[].expertEmail | select(test("^[a-z.]*@example"))] | map(select(. != "rob.remote@example.com"))[0]' "$dir/body")
mutate "{\"op\":\"update-user\",\"email\":\"$helper\",\"fields\":{\"email\":\"away@example.com\"}}" >/dev/null
# is he named by the former address, by the new one, without a key
expert() {
	switch "{\"assist_expert\":\"$1\"}"
	get "$help" | jq -r --arg was "$helper" '.sessions | "\(any(.expertEmail == $was)) \(any(.expertEmail == "away@example.com")) \(any(has("expertUserKey")))"'
}
is "assist_expert" "false true true, false true false, true false false" "$(expert key), $(expert now), $(expert "then")"
switch '{"assist_expert":"key"}'
is "G2A: needs an interval" 400 "$(status /G2A/rest/v1/extendedsessions)"

# ------------------------------------------------ scopes, tokens, rates, faults

meetings="/G2M/rest/organizers/$(key ann.lee@example.com)/historicalMeetings?$(span 90 startDate endDate)"
# each FUNCTION: of every source
each() {
	echo "$($1 "$meetings") $($1 "$sessions") $(report "$trainer" -o /dev/null -w '%{http_code}') $($1 "$users") $($1 "$calls") $($1 "$help")"
}
is "sources: all answer" "200 200 200 200 200 200" "$(each status)"
good=$token
token=bad
is "sources: a bad token" "401 403 401 401 401 401" "$(each status)"
is "sources: a bad token, their words" "InvalidToken InvalidToken AUTHN_INVALID_TOKEN" \
	"$(get "$meetings" | jq -r .int_err_code) $(get "$sessions" | jq -r .errorCode) $(get "$calls" | jq -r .errorCode)"
switch '{"source_token_status":403,"webinar_token_status":401}'
is "source_token_status, webinar_token_status" "403 401 403 403 403 403" "$(each status)"
switch '{"source_token_status":401,"webinar_token_status":403}'
token=$good
switch '{"scopes_off":"collab: cr.v1.read"}'
is "scopes_off" "403 403 403 200 403 200 200" "$(each status) $(code GET /users)"
switch '{"scopes_off":"users.v1.read","assist_scope":"assist:"}'
is "assist_scope" "200 200 200 403 200 403" "$(each status)"
is "a missing scope, in GoToConnect's words" AUTHZ_INSUFFICIENT_SCOPE "$(get "$users" | jq -r .errorCode)"
switch '{"scopes_off":"","assist_scope":"","scopes":"identity:"}'
token=$(pat_token)
is "a token without the scopes" "403 403 403 403 403 200" "$(each status)"
switch '{"scopes":"identity: collab: cr.v1.read users.v1.read"}'
token=$(pat_token)
# source VALUE: all five switches
source_is() {
	switch "{\"meeting\":\"$1\",\"webinar\":\"$1\",\"training\":\"$1\",\"connect\":\"$1\",\"assist\":\"$1\"}"
}
for value in 500 403 404; do
	source_is $value
	is "source: $value" "$value $value $value $value $value $value 200" "$(each status) $(code GET /users)"
done
is "source: 404 in their words" "NotFound NOT_FOUND" "$(get "$meetings" | jq -r .int_err_code) $(get "$users" | jq -r .errorCode)"
# told: how much each source has to tell
told() {
	echo "$(get "$meetings" | jq length) $(get "$sessions" | jq .page.totalElements) $(report "$trainer" | jq length) $(switch '{"connect_zero":"absent"}'; get "$calls" | jq '.items | length') $(get "$help" | jq .totalNumSessions) $(get /G2M/rest/organizers | jq 'length > 0') $(get "$users" | jq '.items | length > 0')"
}
source_is silent
is "source: silent" "0 0 0 0 0 true true" "$(told)"
source_is empty
is "source: empty" "0 0 0 0 0 false false" "$(told)"
is "source: the truth is as it was" true "$(sandbox GET activity | jq -s 'length > 1000')"
source_is normal
switch '{"slow_ms":600000,"meeting":"slow"}'
sandbox POST counters/clear >/dev/null
status "$meetings" >"$dir/slow" &
slow=$!
sandbox GET 'wait?route=GET%20/G2M/organizers/%7B%7D/historicalMeetings&count=1' -o /dev/null
is "source: slow, counted at arrival, others go on" "1 200" \
	"$(counter 'byRoute["GET /G2M/organizers/{}/historicalMeetings"]') $(status "$sessions")"
switch '{"meeting":"normal"}'
wait $slow
is "source: slow no more" 200 "$(cat "$dir/slow")"
switch '{"slow_ms":50,"meeting":"slow"}'
is "source: slow, the right answer in the end" "200 4" "$(status "$meetings") $(get "$meetings" | jq length)"
switch '{"meeting":"normal"}'

fault '{"match":"GET /G2M/organizers/{}/historicalMeetings","kind":"status","status":503,"code":"Busy"}'
is "fault: in the source's own words" "503 Busy" "$(get "$meetings" -o "$dir/body" -w '%{http_code}') $(jq -r .int_err_code "$dir/body")"
fault '{"match":"GET /G2W/*","kind":"truncate"}'
get "$sessions" -o /dev/null
is "fault: truncate" 18 $?
fault '{"match":"POST /G2T/reports/organizers/{}/sessions","kind":"empty"}'
is "fault: empty" "" "$(report "$trainer")"
sandbox POST counters/clear >/dev/null
fault '{"match":"GET /call-reports/v1/reports/user-activity","kind":"hold"}'
get "$calls&userIds=$cora" >"$dir/held" &
held=$!
sandbox GET 'wait?route=GET%20/call-reports/v1/reports/user-activity&count=1' -o /dev/null
mutate '{"op":"add-use","email":"cora.connect@example.com","product":"JIVE"}' >/dev/null
sandbox DELETE fault >/dev/null
wait $held
is "fault: hold, what happened meanwhile is told" 5 "$(jq '.items[0].dataValues.volume' "$dir/held")"
fault '{"match":"GET /G2A/extendedsessions","kind":"html"}'
is "fault: html" 502 "$(status "$help")"
is "log: which API" "meeting webinar training connect assist" \
	"$(sandbox POST log/clear >/dev/null; each status >/dev/null; sandbox GET log | jq -r .api | awk '!seen[$0]++' | paste -sd' ')"

freeze true
sandbox POST switch -d '{"rate":1}' >/dev/null
is "rates: each API has its own" "200 200 200 200 429 200" "$(each status)"
is "rates: over it" "429 TOO_MANY_REQUESTS" "$(get "$meetings" -o "$dir/body" -w '%{http_code}') $(jq -r .errorCode "$dir/body")"
advance 2000
switch '{"rate_buckets":"shared"}'
is "rates: one for all" "200 429 429 429 429 429 429" "$(each status) $(code GET /users)"
stop "sources"

# ------------------------------------------------------------------------ many

start --users 10000 --set oddities=false
mutate '{"op":"regroup","size":50}' >/dev/null
get /G2M/rest/organizers >"$dir/body"
is "10,000 people: organizers in one bare array" \
	"$(sandbox GET state | jq '[.users[] | select((.products // []) | index("G2M"))] | length')" \
	"$(jq '[.[] | select(.products != [])] | length' "$dir/body")"
get /G2M/rest/groups | jq -r '.[] | select(.groupName | startswith("Team")).numOrganizers' >"$dir/teams"
is "10,000 people: groups of 50" "50 true" \
	"$(sort -n "$dir/teams" | tail -1) $(test "$(wc -l <"$dir/teams")" -gt 100 && echo true)"
is "10,000 people: the truth" true "$(sandbox GET 'activity?last=true' | jq -s 'length > 10000')"
stop "10,000 people"
