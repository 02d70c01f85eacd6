#!/bin/bash
# SPDX-License-Identifier: MIT
# reclaim/: who is a candidate, why, and the walk from ls to the seat that is
# free: one call that reads his activity again, and one that takes the seat.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_reclaim.sh"
start_sandbox
reclaim_mount settle=30
kim=kim.park@example.com
max=max+test@example.com
dan=dan.fox@example.com

step "the candidates, computed from the truth by other code"
python3 - "$WORK" >expected <<'END' || fail "no expectation"
import json, sys, time
work = sys.argv[1]
state = json.load(open(work + "/state.json"))
code = {"gotomeeting": "G2M", "gotowebinar": "G2W", "gotoconnect": "JIVE", "gototraining": "G2T", "gotoassist": "G2A"}
last = {}
for line in open(work + "/uses.jsonl"):
    u = json.loads(line)
    last[(u["key"], code[u["product"]])] = (u["last_ms"] or 0) / 1000
old = time.time() - 60 * 86400
slug = {}
for l in state["licenses"]:
    name = l["description"].lower().replace(" ", "-")
    slug[l["key"]] = name
for l in state["licenses"]:
    if list(slug.values()).count(slug[l["key"]]) > 1:
        l["slug"] = slug[l["key"]] + "-" + l["key"][-4:]
    else:
        l["slug"] = slug[l["key"]]
supers = [u for u in state["users"] if "SUPER_USER" in u.get("adminRoles", [])]
safe = {u["email"] for u in supers} if len(supers) <= 2 else {"admin@example.com"}
for l in state["licenses"]:
    if "OPENVOICE" in l["products"]:
        continue
    for u in state["users"]:
        if l["key"] not in u.get("licenseKeys", []) or u["email"] in safe:
            continue
        if any(last.get((u["key"], p), 0) >= old for p in l["products"]):
            continue  # also meetings of a webinar seat: a downgrade at most
        print(l["slug"] + "/" + u["email"].lower() + ".json")
END
sort -o expected expected
test "$(wc -l <expected)" -gt 20 || fail "only $(wc -l <expected)"
candidates >found
expect diff expected found
is "$(wc -l <found)" "$(jq .reclaim.candidates "$mnt/.gotofs/status.json")"
is "" "$(find "$reclaim/openvoice" -name '*.json')"

step "why: the evidence, and the sentence"
last=$(jq -r "select(.email == \"$kim\" and .product == \"gotomeeting\").last_ms" uses.jsonl)
expect_out "$kim gotomeeting-business gotomeeting hosted a meeting" \
	jq -r '"\(.email) \(.license) \(.product) \(.activity[0].what)"' "$business/$kim.json"
field "$business/$kim.json" '.lastActivity | fromdate' "$((last / 1000))"
is "$((last / 1000))" "$(stat -c %Y "$business/$kim.json")"
expect_out true jq '.threshold > .lastActivity and .activity[0].observedFrom < .threshold and .seatSince < .threshold' \
	"$business/$kim.json"
field "$business/$kim.json" '.rule | "\(.license) \(.inactive_days) \(.new_seat_grace_days) \(.max_data_age_hours)"' "null 60 30 48"
day=$(date -ud "@$((last / 1000))" +%F)
field "$business/$kim.json" .reason "GoToMeeting was last used on $day (hosted a meeting): looked at from \
$(jq -r '.activity[0].observedFrom[:10]' "$business/$kim.json") to $(date -u +%F); a seat is inactive after 60 days"
field "$business/$dan.json" '"\(.lastActivity) \(.reason[:31])"' "null no use of GoToMeeting is known:"
is "$(jq -r '.activity[0].observedFrom | fromdate' "$business/$dan.json")" "$(stat -c %Y "$business/$dan.json")"
is "$(stat -c %s "$business/$dan.json")" "$(wc -c <"$business/$dan.json")"
expect_out "$(jq . "$business/$kim.json")" cat "$business/$kim.json"
is "400" "$(stat -c %a "$business/$kim.json")"
# a tree of it is what it says: sizes and bytes
expect tar -C "$mnt" -cf tree.tar reclaim
expect tar -C "$mnt" -df tree.tar reclaim

step "mv into approved/, and back: nothing is sent"
approve "$kim"
is_approved "$kim"
is 1 "$(jq .reclaim.approved "$mnt/.gotofs/status.json")"
expect_out "reclaim held" jq -r '"\(.verb) \(.state)"' "$mnt"/.gotofs/pending/*
field "$business/approved/$kim.json" .email "$kim"
expect mv "$business/approved/$kim.json" "$business/"
is_candidate "$kim"
approve "$kim" "$max"
expect rm "$business/approved/$kim.json"
is_candidate "$kim"
is_approved "$max"
expect rm "$mnt"/.gotofs/pending/*
is_candidate "$max"
expect_calls

step "the seat is taken: his activity is read, then one call"
asked=$(questions "$kim")
approve "$kim"
sync_tenant reclaim
is_none "$kim"
has_no_seat "$kim"
test ! -L "$mnt/licenses/gotomeeting-business/$kim.json" || fail "the link is there"
expect_calls "$read_again=$asked" "$take=1"
is "mv reclaim reclaim/gotomeeting-business/$kim.json $day null ok" "$(journal_last \
	'"\(.command) \(.verb) \(.object) \(.before.lastActivity[:10]) \(.after.license) \(.result)"')"
journal_last .reason | grep -q "his last license: GoTo suspends the account" || fail "no word of the suspension"
is SUSPENDED "$(tenant_user "$kim" .status)"

step "several: by mv -t, by a pattern, by find -exec"
mapfile -t more < <(find "$business" -maxdepth 1 -name '[a-z]*.[a-z]*@example.com.json' -printf '%f\n' | grep -v "^$dan" | sort | head -n 6)
# shellcheck disable=SC2046 # words
asked=$(questions $(printf '%s\n' "${more[@]:0:5}" | sed 's/.json$//'))
expect mv -t "$business/approved" "$business/${more[0]}" "$business/${more[1]}"
expect find "$business" -maxdepth 1 -name "${more[2]}" -exec mv {} "$business/approved/" \;
(cd "$business" && expect mv "${more[3]%.json}"*.json approved/)
expect bash -c "cd '$business' && mv ./${more[4]} approved/."
is 5 "$(find "$business/approved" -type f | wc -l)"
sync_tenant reclaim/gotomeeting-business/approved
is 0 "$(find "$business/approved" -type f | wc -l)"
expect_calls "$read_again=$asked" "$take=5"

step "gotofs reclaim: lists, one by name, all of a license"
expect "$gotofs" reclaim --dry-run "$mnt" --all gotowebinar-pro
is "$(grep -c gotowebinar-pro/ found)" "$(grep -c '^reclaim/gotowebinar-pro/.*: .*GoToWebinar' out)"
said "$(grep -c gotowebinar-pro/ found) candidate"
asked=$(questions "$dan" "${more[5]%.json}")
expect "$gotofs" reclaim "$mnt" "gotomeeting-business/$dan"
said "1 seat is approved; gotofs sync $mnt takes it"
is_approved "$dan"
expect "$gotofs" reclaim "$mnt/users" "gotomeeting-business/${more[5]}"
test -e "$business/approved/${more[5]}" || fail "not approved"
refuse "1 candidate was refused" 1 "$gotofs" reclaim "$mnt" gotomeeting-business/ann.lee@example.com
said "reclaim/gotomeeting-business/ann.lee@example.com.json: GoToMeeting was used on"
not_one() {
	refuse "1 candidate was refused" 1 "$gotofs" reclaim "$mnt" "$1"
	said "reclaim/$1.json: $2"
}
not_one "gotomeeting-business/$dan" "the seat is on its way to be taken already"
not_one openvoice/$dan "he has no such seat"
not_one openvoice/nobody@example.com "there is no such account"
not_one nothing/$dan "there is no such license"
refuse "1 candidate was refused" 1 "$gotofs" reclaim -n "$mnt" gotomeeting-business/ann.lee@example.com
said "GoToMeeting was used on"
refuse "is no LICENSE/ADDRESS" 1 "$gotofs" reclaim "$mnt" gotomeeting-business
refuse "reclaim/nothing: No such file" 1 "$gotofs" reclaim --all "$mnt" nothing
refuse "goes with --all" 2 "$gotofs" reclaim --max 2 "$mnt" gotomeeting-business
expect "$gotofs" reclaim --all --max 2 "$mnt" gotoconnect-standard
is "approved approved" "$(find "$reclaim/gotoconnect-standard" -name '*.json' -printf '%T@ %f %h\n' |
	sort -s -k1,1n -k2,2 | head -n 2 | sed 's,.*/,,' | xargs)"
expect mv "$reclaim"/gotoconnect-standard/approved/*.json "$reclaim/gotoconnect-standard/"
sync_tenant
expect_calls "$read_again=$asked" "$take=2"

step "a change by another way takes the candidate along"
expect rm "$mnt/licenses/gotomeeting-business/$max.json"
is_none "$max"
expect ln -s "../../users/$max.json" "$mnt/licenses/gotomeeting-business/"
is_candidate "$max"
approve "$max"
expect ln -s "../../users/$max.json" "$mnt/licenses/gotomeeting-business/"
is_candidate "$max"
expect rm "$mnt/users/$max.json"
is_none "$max"
expect cp /dev/stdin "$mnt/users/$max.json" <<<'{}'
is_candidate "$max"
expect mv "$mnt/users/$max.json" "$mnt/users/max.other@example.com.json"
is_none "$max"
is_candidate max.other@example.com
field "$business/max.other@example.com.json" .email max.other@example.com
sync_tenant
expect_calls "PUT /users/{}=1"

step "who is pulled out by somebody else is no candidate any more"
mutate "{\"op\":\"unassign\",\"email\":\"max.other@example.com\",\"license\":\"GoToMeeting Business\"}"
refresh_tenant
is_none max.other@example.com

step "the rules are in force at once"
calls_clear
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"licenses":{"gotoconnect-*":{"inactive_days":61,"new_seat_grace_days":400}}}'
await 30 bash -c "! grep -l 'lastActivity\": null' '$reclaim'/gotoconnect-standard/*.json"
is "" "$(comm -13 found <(candidates))"
connect=$(find "$reclaim/gotoconnect-standard" -name '*.json' | wc -l)
test "$connect" -lt "$(grep -c gotoconnect found)" || fail "nobody is safe"
field "$(find "$reclaim/gotoconnect-standard" -name '*.json' | head -n 1)" .rule.license "gotoconnect-*"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"exemptions":[{"pattern":"*","license":"goto[wcat]*","reason":"all of it"}]}'
await 30 bash -c "! compgen -G '$reclaim/goto[wcat]*/*.json'"
is "" "$(candidates | grep -v gotomeeting)"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"new_seat_grace_days":341}'
await 30 bash -c "! grep -l 'lastActivity\": null' '$business'/*.json"
expect_calls

step "a backup that goes by times and sizes sees that it says another rule"
one=$(find "$business" -maxdepth 1 -name '*.json' | head -n 1)
stat -c '%s %.9Z' "$one" >seen
field "$one" .rule.new_seat_grace_days 341
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"new_seat_grace_days":342}'
await 30 bash -c "jq -e '.rule.new_seat_grace_days == 342' '$one'"
test "$(stat -c '%s %.9Z' "$one")" != "$(cat seen)" || fail "nothing moved"

step "nothing but that"
one=$(find "$business" -maxdepth 1 -name '*.json' -printf '%f\n' | head -n 1)
refuse "Operation not permitted" 1 mv "$business/$one" "$mnt/users/"
refuse "Operation not permitted" 1 mv "$business/$one" "$business/other.json"
refuse "Operation not permitted" 1 mv "$business/$one" "$business/approved/other.json"
refuse "Operation not permitted" 1 mv "$business/$one" "$reclaim/gotowebinar-pro/approved/"
refuse "Operation not permitted" 1 cp "$business/$one" "$business/approved/"
refuse "Operation not permitted" 1 cp "$business/$one" "$business/approved/none.json"
refuse "Operation not permitted" 1 ln -s "../../users/$one" "$business/approved/"
refuse "Operation not permitted" 1 mkdir "$business/approved/x"
refuse "ermi" 1 bash -c "echo >'$business/$one'"
refuse "Read-only file system" 1 rm -f "$business/$one"
refuse "Operation not permitted" 1 touch "$business/$one"
expect "$gotofs" journal verify "$mnt"
expect_calls
