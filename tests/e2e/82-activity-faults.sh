#!/bin/bash
# SPDX-License-Identifier: MIT
# The sources of activity/ refuse, fail, answer oddly or not at all: each says
# so, nobody becomes inactive by it, the others go on.
activity_products=all
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"
log_allowed='refresh: the stored token was revoked'

meeting="GET /G2M/organizers/{}/historicalMeetings"
group="GET /G2M/groups/{}/historicalMeetings"
webinar="GET /G2W/organizers/{}/sessions"
training="POST /G2T/reports/organizers/{}/sessions"
report="GET /call-reports/v1/reports/user-activity"
assist="GET /G2A/extendedsessions"

source_state() { jq -r --arg p "$1" '.activity[$p].state' "$status"; }
states() { (cd "$activity/$1" && find . -name '*.json' -exec jq -r .state {} +) | sort | uniq -c | xargs; }
n_of() { find "$activity/$1" -name '*.json' | wc -l; }
bodies() { (cd "$activity/$1" && find . -name '*.json' -print0 | sort -z | xargs -0 cat) | sha256sum; }

start_sandbox --set oddities=false

step "no right to GoToWebinar, no scope for GoToConnect; GoToAssist is not there; a trainer is refused"
fault "{\"match\":\"$webinar\",\"kind\":\"status\",\"status\":403,\"count\":-1}"
fault '{"match":"GET /users/v1/users","kind":"status","status":403,"count":-1}'
fault "{\"match\":\"$assist\",\"kind\":\"status\",\"status\":404,\"count\":-1}"
fault "{\"match\":\"$training\",\"kind\":\"status\",\"status\":403,\"count\":1}"
calls_clear
mount_tenant
await 120 all_known gotomeeting
others_known() { jq -e '.activity.gototraining | .known == .holders - 1 and .callsLeft == 0' "$status"; }
await 60 others_known
is ok "$(source_state gototraining)"
is "$(n_of gototraining)" "$(asked "$training")"
refused() { test "$(source_state gotowebinar) $(source_state gotoconnect)" = "disabled disabled"; }
await 60 refused
is 3 "$(asked "$webinar")" # of so many people: then it is not they
is 1 "$(asked 'GET /users/v1/users')"
is "" "$(asked "$report")"
is "$(n_of gotowebinar) unknown" "$(states gotowebinar)"
is "$(n_of gotoconnect) unknown" "$(states gotoconnect)"
is "" "$(find "$activity/gotowebinar" "$activity/gotoconnect" -name '*.json' -mtime +0)"
is true "$(jq '.reason | test("403|right|scope")' "$activity"/gotowebinar/*.json | sort -u)"
is true "$(jq '.activity.gotowebinar.reason | test("403|right|scope")' "$status")"
"$gotofs" status "$mnt" | grep -A3 gotowebinar | grep -q 'state *disabled' ||
	fail "status" "$("$gotofs" status "$mnt")"

step "refresh --activity asks again at once, and says what does not tell"
calls_clear
expect sandbox POST log/clear
"$gotofs" refresh --activity "$mnt" >"$WORK/out" 2>"$WORK/err"
is 1 $?
said "gotowebinar: "
said "gotoconnect: "
is 3 "$(asked "$webinar")"

step "when they tell again, everybody is known"
fault_clear
look
await 60 all_known
for p in gotowebinar gotoconnect gotoassist; do
	is ok "$(source_state $p)"
	files_are_true $p
done

step "a group that is not told of as such: its people, one by one"
fault "{\"match\":\"$group\",\"kind\":\"status\",\"status\":400,\"count\":-1}"
calls_clear
look
is "$(n_of gotomeeting)" "$(asked "$meeting")"
fault_clear
files_are_true gotomeeting

step "one person whom GoTo does not know stays as known as he was"
looks() { jq -r '"\(.email) \(.lookedAt) \(.lastActivity)"' "$activity"/gototraining/*.json | sort; }
looks >before
fault "{\"match\":\"$training\",\"kind\":\"status\",\"status\":404,\"count\":1}"
calls_clear
look
is "$(n_of gototraining)" "$(asked "$training")"
is ok "$(source_state gototraining)"
is "$(n_of gototraining) known" "$(states gototraining)"
fault_clear
# he alone is as he was; of the others the look is another, and nothing else
looks >after
is 1 "$(comm -12 before after | wc -l)"
is "$(cut -d' ' -f1,3 before)" "$(cut -d' ' -f1,3 after)"

step "odd answers: what was known stays, to the byte, and the source is named"
for kind in garbage html empty truncate; do
	was=$(bodies gotowebinar)
	fault "{\"match\":\"$webinar\",\"kind\":\"$kind\",\"count\":-1}"
	"$gotofs" refresh --activity "$mnt" >"$WORK/out" 2>"$WORK/err"
	is 1 $?
	said "gotowebinar: "
	is failing "$(source_state gotowebinar)"
	is "$was" "$(bodies gotowebinar)"
	fault_clear
done
was=$(bodies gotoassist)
fault "{\"match\":\"$assist\",\"kind\":\"garbage\",\"count\":-1}"
"$gotofs" refresh --activity "$mnt" >"$WORK/out" 2>"$WORK/err"
is 1 $?
is "$was" "$(bodies gotoassist)"
fault_clear
look
await 60 all_known

step "a source that does not understand the question, and one that lists nobody"
for status_code in 400 404; do
	fault "{\"match\":\"$webinar\",\"kind\":\"status\",\"status\":$status_code,\"count\":-1}"
	calls_clear
	"$gotofs" refresh --activity "$mnt" >"$WORK/out" 2>"$WORK/err"
	is 1 $?
	said "gotowebinar: "
	said "HTTP $status_code"
	is failing "$(source_state gotowebinar)"
	is true "$(jq ".activity.gotowebinar.reason | test(\"HTTP $status_code\")" "$status")"
	test $status_code = 404 && of=$(n_of gotowebinar) || of=3
	is "$of" "$(asked "$webinar")"
	fault_clear
	look
	await 60 all_known
	is ok "$(source_state gotowebinar)"
done

step "a storm of 429: it waits, and comes to its end"
fault "{\"match\":\"$webinar\",\"kind\":\"status\",\"status\":429,\"count\":3}"
look
fault_clear
files_are_true gotowebinar

step "a source that hangs delays neither a change nor a pull"
fault "{\"match\":\"$webinar\",\"kind\":\"hold\",\"count\":1}"
calls_clear
"$gotofs" refresh --activity "$mnt" >"$WORK/look.out" 2>&1 &
look_pid=$!
other_pids=$look_pid
wait_for_calls "$webinar" 1
echo '{"lastName":"Held"}' >"$mnt/users/ann.lee@example.com.json" || fail "held up"
is Held "$(tenant_user ann.lee@example.com .lastName)"
refresh_tenant
kill -0 "$look_pid" || fail "the look is over: $(cat "$WORK/look.out")"
fault_clear
wait "$look_pid"
is 0 $?
other_pids=

step "a dead token: the files are read, nothing is asked"
was=$(bodies gotomeeting)
expect sandbox POST revoke-tokens -d '{"pat":true}'
refuse "token" 3 "$gotofs" refresh --activity "$mnt"
is "$was" "$(bodies gotomeeting)"
