# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: who used what: the model, the truth, and each
# source of it.

# get PATH [CURL-OPTION...]: the body, from the root
get() {
	local path=$1
	shift
	curl -s -g -H "Authorization: Bearer $token" "$url$path" "$@"
}

# status ...: like get, but only the status
status() {
	get "$@" -o /dev/null -w '%{http_code}'
}

# uses EMAIL PRODUCT [FILTER]: the truth, in days before the start, by kind
uses() {
	sandbox GET activity -G --data-urlencode "email=$1" -d "product=$2" |
		jq -r --argjson now "$began" \
			'"\((($now - .start_ms) / 864000 | round) / 100) \(.kind)"' |
		paste -sd,
}

# iso MS
iso() {
	date -u -d "@$(($1 / 1000))" +%FT%TZ
}

# span DAYS NAME NAME: two parameters, from so many days ago to a month from now
span() {
	echo "$2=$(iso $((began - $1 * 86400000)))&$3=$(iso $((began + 30 * 86400000)))"
}

# begin OPTION...: start, and remember when
begin() {
	start "$@"
	began=$(($(sandbox POST clock -d '{}' | jq .time)))
}

# -------------------------------------------------------------- what people did

begin --users 17
is "fixed: ann.lee" "30 meeting,9 meeting,3 meeting,2 meeting" "$(uses ann.lee@example.com gotomeeting)"
is "fixed: dan.fox never" "" "$(uses dan.fox@example.com gotomeeting)"
is "fixed: kim.park long ago" "121 meeting,107 meeting,100 meeting" "$(uses kim.park@example.com gotomeeting)"
is "fixed: reporter nearly inactive" "59.5 meeting" "$(uses reporter@example.com gotomeeting)"
is "fixed: stan.still has lost the license" "34 meeting,20 meeting false" \
	"$(uses stan.still@example.com gotomeeting) $(user stan.still@example.com | jq 'has("licenseKeys")')"
is "fixed: Carla's webinars" "31 webinar-started,12 webinar-owned,3 webinar-started" \
	"$(uses carla.upper@example.com gotowebinar)"
is "fixed: tara.train only meets" "|18 meeting,11 meeting,4 meeting" \
	"$(uses tara.train@example.com gototraining)|$(uses tara.train@example.com gotomeeting)"
is "fixed: cora.connect calls" "45 call,2 call,1.08 call,1 call" "$(uses cora.connect@example.com gotoconnect)"
is "fixed: rob.remote helps" "13 support,6 support" "$(uses rob.remote@example.com gotoassist)"
is "fixed: olga.open" "" "$(sandbox GET 'activity?email=olga.open@example.com')"
is "truth: a product by its code" 4 "$(sandbox GET 'activity?product=JIVE&email=cora.connect@example.com' | wc -l)"
is "truth: who started it" "4210000000000000009" \
	"$(sandbox GET 'activity?product=G2W' | jq -r 'select(.email != "gone.stranger@example.com").other // empty')"
is "truth: unknown product, unknown person" "404 404" \
	"$(sandbox GET 'activity?product=odd' -o /dev/null -w '%{http_code}') $(sandbox GET 'activity?email=odd' -o /dev/null -w '%{http_code}')"
is "truth: the last uses" "admin:true:3:1 ann.lee:true:4:2 Carla.UPPER:true:1:70 dan.fox:true:0:never" \
	"$(sandbox GET 'activity?last=true&product=gotomeeting' |
		jq -r --argjson now "$began" 'select(.email | test("^(admin|ann|Carla|dan)")) |
		"\(.email | sub("@.*"; "")):\(.holds):\(.n):\(if .last_ms then ($now - .last_start_ms) / 86400000 | round else "never" end)"' |
		sort -f | paste -sd' ')"
is "truth: the last use of one who holds no license" "false 2" \
	"$(sandbox GET 'activity?last=true&email=stan.still@example.com' | jq -r '"\(.holds) \(.n)"')"

ann=$(key ann.lee@example.com)
met() {
	get "/G2M/rest/organizers/$(key "$1")/historicalMeetings?$(span 300 startDate endDate)"
}
is "a running meeting: not yet in the history" "1 false" \
	"$(met full.house@example.com | jq length) $(sandbox GET 'activity?email=full.house@example.com' | jq -s 'last.over')"
is "a running meeting: not the last use" 90 \
	"$(sandbox GET 'activity?last=true&email=full.house@example.com' | jq --argjson now "$began" '($now - .last_start_ms) / 86400000 | round')"
advance 3600000
is "an hour later it is over" "2 true" \
	"$(met full.house@example.com | jq length) $(sandbox GET 'activity?email=full.house@example.com' | jq -s 'last.over')"
advance $((10 * 86400000))
token=$(pat_token)
is "the clock moves, what happened does not" "30 meeting,9 meeting,3 meeting,2 meeting" \
	"$(uses ann.lee@example.com gotomeeting)"

now=$(sandbox POST clock -d '{}' | jq .time)
mutate '{"op":"add-use","email":"dan.fox@example.com","product":"gotomeeting"}' >/dev/null
is "add-use: it has just ended" "1 true" \
	"$(met dan.fox@example.com | jq length) $(sandbox GET 'activity?email=dan.fox@example.com' | jq --argjson now "$now" '.end_ms >= $now and .end_ms - .start_ms == 1800000')"
mutate '{"op":"add-use","email":"dan.fox@example.com","product":"gotomeeting","start_ms":1700000000250,"minutes":1.5}' >/dev/null
is "add-use: at a time" "1700000000250 1700000090250" \
	"$(sandbox GET 'activity?email=dan.fox@example.com' | jq -r '"\(.start_ms) \(.end_ms)"' | head -1)"
mutate '{"op":"add-use","email":"carla.upper@example.com","product":"gotowebinar","ago_days":2,"other":"ann.lee@example.com"}' >/dev/null
is "add-use: started by another" "webinar-owned webinar-started" \
	"$(sandbox GET 'activity?email=carla.upper@example.com&product=gotowebinar' | jq -r .kind | tail -1) $(sandbox GET 'activity?email=ann.lee@example.com&product=gotowebinar' | jq -r .kind)"
is "add-use: refusals" "no such product,no such user,no such other, or not for a product" \
	"$(mutate '{"op":"add-use","email":"dan.fox@example.com","product":"odd"}'),$(mutate '{"op":"add-use","email":"bob.stone@example.com","product":"gotomeeting"}'),$(mutate '{"op":"add-use","email":"dan.fox@example.com","product":"gotomeeting","other":"ann.lee@example.com"}')"
mutate '{"op":"clear-uses","email":"carla.upper@example.com","product":"gotowebinar"}' >/dev/null
is "clear-uses: of one product" "|70 meeting|" \
	"$(uses carla.upper@example.com gotowebinar)|$(uses carla.upper@example.com gotomeeting)|$(uses ann.lee@example.com gotowebinar)"
mutate '{"op":"clear-uses","email":"dan.fox@example.com"}' >/dev/null
is "clear-uses: of all" "" "$(sandbox GET 'activity?email=dan.fox@example.com')"
mutate '{"op":"add-use","email":"dan.fox@example.com","product":"gotomeeting"}' >/dev/null
is "clear-uses: and on it goes" 1 "$(met dan.fox@example.com | jq length)"
mutate '{"op":"delete-user","email":"pat.o'"'"'brien@example.com"}' >/dev/null
is "a deleted person is no organizer" 0 "$(get /G2M/rest/organizers | jq '[.[] | select(.email | test("brien"))] | length')"
mutate '{"op":"create-user","email":"pat.o'"'"'brien@example.com","license":"GoToMeeting Business"}' >/dev/null
is "created again he has his history" 2 "$(met "pat.o'brien@example.com" | jq length)"
mutate '{"op":"create-user","email":"late@example.com","license":"GoToMeeting Business"}' >/dev/null
is "somebody new has none" 0 "$(met late@example.com | jq length)"
stop "fixed people"

begin --users 600 --seed 3
sandbox GET activity | jq -c --argjson now "$began" '[.email, .product, .kind, .id, .end_ms - .start_ms]' | md5sum >"$dir/first"
sandbox GET 'activity?last=true' >"$dir/last"
sandbox GET activity >"$dir/uses"
sandbox GET state | jq -r '.users[] | select(.status == "INVITED").email' >"$dir/invited"
# part PRODUCT FILTER: of a product's holders, in percent
part() {
	jq -s --argjson now "$began" --arg p "$1" \
		"[.[] | select(.product == \$p and .holds)] | 100 * ([.[] | select($2)] | length) / length | round" "$dir/last"
}
recent='.last_ms and $now - .last_ms < 46 * 86400000'
old='.last_ms and $now - .last_ms > 60 * 86400000'
is "seeded: most are recent, some old, some never" "true true true true" \
	"$(jq -rn --argjson r "$(part gotomeeting "$recent")" --argjson o "$(part gotomeeting "$old")" --argjson n "$(part gotomeeting '.n == 0')" \
		'"\($r > 55 and $r < 80) \($o > 8 and $o < 30) \($n > 6 and $n < 30) \($r + $o + $n > 95)"')"
is "seeded: each product is used" "gotoassist gotoconnect gotomeeting gototraining gotowebinar" \
	"$(jq -r .product "$dir/uses" | sort -u | paste -sd' ')"
is "seeded: who is invited has done nothing" 0 "$(jq -r .email "$dir/uses" | grep -cxFf "$dir/invited")"
is "seeded: some have lost the license" true "$(jq -s '[.[] | select(.holds | not)] | length > 3' "$dir/last")"
is "seeded: some webinars are started by another" true "$(jq -s '[.[] | select(.kind == "webinar-owned")] | length > 3' "$dir/uses")"
is "seeded: some trainings have two organizers" true "$(jq -s '[.[] | select(.kind == "training" and .other)] | length > 3' "$dir/uses")"
is "seeded: each event once for each person" 0 "$(jq -r '"\(.email) \(.product) \(.id)"' "$dir/uses" | sort | uniq -d | wc -l)"
is "seeded: all but one is over" 1 "$(jq -s '[.[] | select(.over | not)] | length' "$dir/uses")"
stop "seed 3"
begin --users 600 --seed 3
is "the same seed gives the same history" "$(cat "$dir/first")" \
	"$(sandbox GET activity | jq -c '[.email, .product, .kind, .id, .end_ms - .start_ms]' | md5sum)"
stop "seed 3 again"
begin --users 600 --seed 4
is "another seed another history" no \
	"$(test "$(cat "$dir/first")" = "$(sandbox GET activity | jq -c '[.email, .product, .kind, .id, .end_ms - .start_ms]' | md5sum)" && echo yes || echo no)"
stop "seed 4"

# ----------------------------------------------------------------- GoToMeeting

begin --users 300
ann=$(key ann.lee@example.com)
meetings=/G2M/rest/organizers/$ann/historicalMeetings
is "G2M organizers: bare, numbers, lower-case" "array true active Berlin true" \
	"$(get /G2M/rest/organizers >"$dir/body"; jq -r '"\(type) \(.[0].organizerKey | type == "number")"' "$dir/body") $(jq -r '.[] | select(.email == "ann.lee@example.com") | "\(.status) \(.groupName)"' "$dir/body") $(grep -q "\"organizerKey\":$ann,\"email\":\"ann.lee" "$dir/body" && echo true)"
is "G2M organizers: who lost it is suspended, others' products are not listed" "suspended 0" \
	"$(jq -r '.[] | select(.email == "stan.still@example.com").status' "$dir/body") $(jq '[.[] | .products[] | select(. == "JIVE" or . == "G2A")] | length' "$dir/body")"
is "G2M organizers: only who holds it or did" "0 1" \
	"$(grep -c cora.connect "$dir/body") $(grep -c gone.stranger "$dir/body")"
is "G2M organizers?email" "1 ann.lee@example.com 404 404" \
	"$(get '/G2M/rest/organizers?email=ann.lee@example.com' | jq -r '"\(length) \(.[0].email)"') $(status '/G2M/rest/organizers?email=bob.stone@example.com') $(status '/G2M/rest/organizers?email=cora.connect@example.com')"
switch '{"organizer_form":"object"}'
is "organizer_form=object" "ann.lee@example.com array" \
	"$(get "/G2M/rest/organizers/$ann" | jq -r .email) $(get /G2M/rest/organizers | jq -r type)"
switch '{"organizer_form":"array"}'
is "G2M organizers/{}: unknown" "404 404" "$(status /G2M/rest/organizers/77) $(status "/G2M/rest/organizers/$(key cora.connect@example.com)")"
get "$meetings?$(span 300 startDate endDate)" >"$dir/body"
is "G2M history: all strings" "4 string" \
	"$(jq -r '"\(length) \([.[0] | .organizerKey, .accountKey, .meetingId, .sessionId, .duration, .numAttendees | type] | unique | join(" "))"' "$dir/body")"
is "G2M history: whose, how long" "$ann 45 ann.lee@example.com" \
	"$(jq -r '.[0] | "\(.organizerKey) \(.duration) \(.email)"' "$dir/body")"
is "G2M history: sessions as in the truth" \
	"$(sandbox GET 'activity?email=ann.lee@example.com&product=G2M' | jq -r '"44" + .id' | sort)" \
	"$(jq -r '.[].sessionId' "$dir/body" | sort)"
is "G2M history: only what began in the range" 2 "$(get "$meetings?$(span 5 startDate endDate)" | jq length)"
start_ms=$(sandbox GET 'activity?email=ann.lee@example.com&product=G2M' | jq .start_ms | tail -1)
is "G2M history: from the begin on, before the end" "1 0" \
	"$(get "$meetings?startDate=$(iso "$start_ms")&endDate=$(iso $((start_ms + 1000)))" | jq length) $(get "$meetings?startDate=$(iso $((start_ms - 5000)))&endDate=$(iso "$start_ms")" | jq length)"
switch '{"range_end":"inclusive"}'
is "range_end=inclusive" 1 "$(get "$meetings?startDate=$(iso $((start_ms - 5000)))&endDate=$(iso "$start_ms")" | jq length)"
switch '{"range_end":"exclusive"}'
for bad in "" "?startDate=2026-01-01T00:00:00Z" "?startDate=2026-01-01&endDate=2026-02-01" \
	"?startDate=2026-02-01T00:00:00Z&endDate=2026-01-01T00:00:00Z" \
	"?startDate=2025-01-01T00:00:00Z&endDate=2026-12-01T00:00:00Z"; do
	is "G2M history: bad dates $bad" "400 true true" \
		"$(get "$meetings$bad" -o "$dir/body" -w '%{http_code}') $(jq -r '"\(has("int_err_code")) \(has("msg"))"' "$dir/body")"
done
switch '{"range_days":0}'
is "range_days=0" 200 "$(status "$meetings?startDate=2024-01-01T00:00:00Z&endDate=2026-12-01T00:00:00Z")"
switch '{"range_days":400}'
is "G2M history: zones and fractions are taken" "200 200 200" \
	"$(status "$meetings?startDate=2026-01-01T00:00:00.000Z&endDate=2026-02-01T00:00:00Z") $(status "$meetings?startDate=2026-01-01T00:00:00%2B01:00&endDate=2026-02-01T00:00:00-0500") $(status "$meetings?startDate=2026-01-01T00:00:00%2B00:00&endDate=2026-02-01T00:00:00Z")"
mutate '{"op":"add-use","email":"dan.fox@example.com","product":"G2M","start_ms":1700000000250}' >/dev/null
# form SWITCH: how a time is printed
form() {
	switch "{\"meeting_time\":\"$1\"}"
	get "/G2M/rest/organizers/$(key dan.fox@example.com)/historicalMeetings?startDate=2023-11-01T00:00:00Z&endDate=2023-12-01T00:00:00Z" | jq -r '.[0].startTime'
}
is "meeting_time" "2023-11-14T22:13:20.+0000 2023-11-14T22:13:20Z 2023-11-14T22:13:20+00:00 2023-11-14T22:13:20+0000 2023-11-14T22:13:20.250+0000 11/14/2023 22:13:20" \
	"$(form .+0000) $(form Z) $(form +00:00) $(form +0000) $(form .sss+0000) $(form 2012)"
switch '{"meeting_time":"mixed"}'
gk=$(group Berlin)
get "/G2M/rest/groups/$gk/historicalMeetings?$(span 300 startDate endDate)" >"$dir/body"
is "meeting_time=mixed" 6 \
	"$(jq -r '.[].startTime' "$dir/body" | sed 's/\.[0-9]\{3\}/.sss/; s/^....-..-..T..:..:..//; s/^..\/.*/2012/' | sort -u | wc -l)"
switch '{"meeting_time":".+0000"}'
is "G2M group history: a name, no session" "Berlin false false true" \
	"$(jq -r '.[0] | "\(.groupName) \(has("sessionId")) \(has("conferenceCallInfo"))"' "$dir/body") $(jq 'any(.[]; .email == "ann.lee@example.com")' "$dir/body")"
is "G2M group history: one whom the account does not know" 404 \
	"$(code GET "/users/$(jq -r '.[] | select(.email == "gone.stranger@example.com").organizerKey' "$dir/body")")"
get /G2M/rest/groups >"$dir/groups"
is "G2M groups: bare, numbers, a top is its own parent" "array true true" \
	"$(jq -r type "$dir/groups") $(grep -q "\"groupkey\":$gk,\"groupName\":\"Berlin\",\"parentKey\":$gk,\"status\":\"active\"" "$dir/groups" && echo true) $(grep -q "\"groupName\":\"Kreuzberg\",\"parentKey\":$gk," "$dir/groups" && echo true)"
is "G2M groups: as many as are listed" "$(get "/G2M/rest/groups/$gk/organizers" | jq length)" \
	"$(jq '.[] | select(.groupName == "Berlin").numOrganizers' "$dir/groups")"
switch '{"group_deep":true}'
is "group_deep" true "$(get /G2M/rest/groups | jq --argjson n "$(jq '.[] | select(.groupName == "Berlin").numOrganizers' "$dir/groups")" '.[] | select(.groupName == "Berlin").numOrganizers > $n')"
switch '{"group_deep":false}'
is "G2M groups: unknown" "404 404" "$(status /G2M/rest/groups/77/organizers) $(status "/G2M/rest/groups/77/historicalMeetings?$(span 1 startDate endDate)")"
mutate '{"op":"regroup","size":51}' >/dev/null
is "G2M group history: more than 50" "400 TooManyOrganizers" \
	"$(get "/G2M/rest/groups/$(group 'Team 00001')/historicalMeetings?$(span 1 startDate endDate)" -o "$dir/body" -w '%{http_code}') $(jq -r .int_err_code "$dir/body")"
mutate '{"op":"regroup","size":50}' >/dev/null
is "regroup: all are in groups of 50" "200 0" \
	"$(status "/G2M/rest/groups/$(group 'Team 00001')/historicalMeetings?$(span 1 startDate endDate)") $(get /G2M/rest/groups | jq '[.[] | select(.numOrganizers > 50)] | length')"
mutate '{"op":"add-use","email":"admin@example.com","product":"G2M"}' >/dev/null
is "G2M history: one's own" 4 "$(get "/G2M/rest/historicalMeetings?$(span 30 startDate endDate)" | jq length)"
switch '{"oddities":false}'
is "oddities=false: nobody knows the stranger" "0 404 webinar-started" \
	"$(get /G2M/rest/organizers | grep -c gone.stranger) $(status /G2M/rest/organizers/4210000000000000009) $(sandbox GET 'activity?email=carla.upper@example.com&product=G2W' | jq -r .kind | sort -u)"
switch '{"oddities":true,"token_user":"ann.lee@example.com"}'
is "G2M: oneself, and nobody else" "200 403 403 403" \
	"$(status "$meetings?$(span 30 startDate endDate)") $(status "/G2M/rest/organizers/$(key dan.fox@example.com)") $(status /G2M/rest/organizers) $(status /G2M/rest/groups)"
switch '{"role_rules":"none"}'
is "G2M: role_rules=none" 200 "$(status /G2M/rest/organizers)"
stop "GoToMeeting"
