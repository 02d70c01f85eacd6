#!/bin/bash
# SPDX-License-Identifier: MIT
# activity/: who used what. The exact questions; the files against the truth,
# their times; what is new on the next look; over a remount.
activity_products=all
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

products="gotomeeting gotowebinar gotoconnect gototraining gotoassist"

step "the first look: everybody who holds something, each question once"
start_sandbox --set oddities=false
calls_clear
began=$EPOCHSECONDS
mount_tenant
await 120 all_known
holders() { sandbox GET "activity?last=true&product=$1" | jq 'select(.holds).email' | wc -l; }
webinar=$(holders gotowebinar)
training=$(holders gototraining)
groups=$(calls | sed -n 's/GET .G2M.groups.*=//p')
alone=$(calls | sed -n 's/GET .G2M.organizers.{}.*=//p')
test "$groups" -gt 0 || fail "no group"
test $((groups + alone)) -lt "$(holders gotomeeting)" || fail "one by one"
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1" "GET /me=1" \
	"GET /G2M/organizers=1" \
	"GET /G2M/groups/{}/historicalMeetings=$groups" \
	"GET /G2M/organizers/{}/historicalMeetings=$alone" \
	"GET /G2W/organizers/{}/sessions=$webinar" \
	"POST /G2T/reports/organizers/{}/sessions=$training" \
	"GET /users/v1/users=1" \
	"GET /call-reports/v1/reports/user-activity=90" \
	"GET /G2A/extendedsessions=1"

step "what the files say is the truth"
for p in $products; do
	is "$(holders "$p")" "$(find "$activity/$p" -name '*.json' | wc -l)"
	files_are_true "$p"
done
is 6 "$(find "$activity/openvoice" -type f | wc -l)"
is "unknown GoTo has no source that tells who uses OpenVoice" "$(jq -r \
	'"\(.state) \(.reason)"' "$activity"/openvoice/*.json | sort -u)"

step "a file's time is the last activity; of the never seen the interval's begin"
find "$activity" -name '*.json' -printf '%T@ %s %p\n' | while read -r time size f; do
	want=$(jq -r 'if .state == "unknown" then "now"
		else .lastActivity // .observedFrom | fromdate end' "$f")
	if test "$want" = now; then
		test "${time%.*}" -ge $began -a "${time%.*}" -le $EPOCHSECONDS ||
			fail "$f: $time, not between $began and now"
	else
		test "${time%.*}" = "$want" || fail "$f: $time, not $want"
	fi
	is "$size" "$(wc -c <"$f")"
done || exit 1
for p in $products openvoice; do
	is "$(cd "$activity/$p" && find . -name '*.json' -exec jq -r --arg t \
		$((EPOCHSECONDS - 61 * 86400)) 'select(.state == "known") |
		select((.lastActivity // .observedFrom | fromdate) <= ($t | tonumber)).email' {} + | sort)" \
		"$(cd "$activity/$p" && find . -name '*.json' -mtime +60 -printf '%P\n' | sed 's/.json$//' | sort)"
done

step "warm: no request, no call"
find "$activity" -mtime +60 >"$WORK/before"
before=$(requests)
find "$activity" -mtime +60 >"$WORK/after"
is "$before" "$(requests)"
is "$(cat "$WORK/before")" "$(cat "$WORK/after")"
expect_calls

step "nothing there can be changed"
bob=$(find "$activity/gotomeeting" -name '*.json' | head -n 1)
refuse "Read-only file system" 1 rm "$bob"
error_record "activity/gotomeeting/${bob##*/}" "cannot be removed"
refuse "Operation not permitted" 1 touch "$bob"
refuse "Operation not permitted" 1 mkdir "$activity/new"
refuse "Operation not permitted" 1 ln -s x "$activity/gotomeeting/x.json"
refuse "Operation not permitted" 1 mv "$bob" "$mnt/users/"
refuse "Read-only file system" 1 rm -rf "$activity"
expect touch "$activity/gotomeeting"
expect_calls

step "the next look: only what is new, and nobody's days are counted twice"
email=$(basename "$bob" .json)
counts=$(jq '.counts.meetings' "$bob")
last=$(jq '.lastActivity | fromdate' "$bob")
use "$email" gotomeeting
expect sandbox POST log/clear
look
is $((counts + 1)) "$(jq .counts.meetings "$bob")"
was=$last last=$(jq '.lastActivity | fromdate' "$bob")
test "$last" -gt "$was" -a "$last" -le $EPOCHSECONDS || fail "$was, then $last"
for p in $products; do
	files_are_true "$p"
done
# from the midnight before the half day before on: at most two of GoToConnect
days=$(calls | sed -n 's/GET .call-reports.*=//p')
test "$days" -le 2 || fail "$days days"
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1" \
	"GET /G2M/organizers=1" \
	"GET /G2M/groups/{}/historicalMeetings=$groups" \
	"GET /G2M/organizers/{}/historicalMeetings=$alone" \
	"GET /G2W/organizers/{}/sessions=$webinar" \
	"POST /G2T/reports/organizers/{}/sessions=$training" \
	"GET /call-reports/v1/reports/user-activity=$days" \
	"GET /G2A/extendedsessions=1"
since=$(date -u -d "@$((EPOCHSECONDS - 43200))" +%FT00:00:00Z)
sandbox GET log | jq -r 'select(.route | test("historical|sessions$")) |
	"\(.path) \(.body)" | capture("(startDate|fromTime)[\":= ]*(?<t>[0-9T:%A-Z-]+)").t |
	gsub("%3A";":")' | sort | uniq -c >"$WORK/since"
is "$since" "$(awk '{print $2}' "$WORK/since")"

step "a remount: what was known, at once, and no question"
find "$activity" -name '*.json' -printf '%P %i %s %T@ %C@\n' | sort >"$WORK/before"
unmount_tenant
calls_clear
mount_tenant
find "$activity" -name '*.json' -printf '%P %i %s %T@ %C@\n' | sort >"$WORK/after"
expect diff "$WORK/before" "$WORK/after"
expect_calls

step "a dry run shows it, and asks nothing"
mkdir "$WORK/dry"
: >"$WORK/dry.log"
"$gotofs" mount -f -o refresh=0,dry_run "$profile" "$WORK/dry" 2>"$WORK/dry.log" &
dry_pid=$!
other_pids=$dry_pid
await 60 mountpoint -q "$WORK/dry"
is "$(cd "$activity" && find . -type f -exec cat {} + | grep -v reason | sort | sha256sum)" \
	"$(cd "$WORK/dry/activity" && find . -type f -exec cat {} + | grep -v reason | sort | sha256sum)"
refuse "a dry run asks nothing" 1 "$gotofs" refresh --activity "$WORK/dry"
expect "$gotofs" umount "$WORK/dry"
wait "$dry_pid"
is 0 $?
other_pids=

step "-o ro asks all the same; ro in .gotofs/ctl does not"
unmount_tenant
mount_tenant ro
refuse "Read-only file system" 1 rm "$mnt/users/$email.json"
counts=$(jq .counts.meetings "$bob")
use "$email" gotomeeting
look
is $((counts + 1)) "$(jq .counts.meetings "$bob")"
unmount_tenant
mount_tenant
echo ro >"$mnt/.gotofs/ctl" || fail "ctl"
refuse '"ro" in .gotofs/ctl is in force' 3 "$gotofs" refresh --activity "$mnt"
