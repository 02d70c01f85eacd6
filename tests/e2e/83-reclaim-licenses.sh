#!/bin/bash
# SPDX-License-Identifier: MIT
# Rules name licenses, and GoTo calls one otherwise: nobody loses his exemption
# by that, and status.json says what names nothing.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_reclaim.sh"
start_sandbox
reclaim_mount settle=30
rules=$reclaim/rules.json
status=$mnt/.gotofs/status.json
candidates >all
n=$(grep -c ^gotomeeting-business/ all)
test "$n" -ge 5 || fail "only $n"

# there_are N FOLDER: candidates
there_are() {
	await 30 found "$@"
}
found() {
	test "$1" = "$(find "$reclaim/$2" -maxdepth 1 -name '*.json' | wc -l)"
}

warnings() {
	expect_out "$1" jq -r '.reclaim.warnings[]' "$status"
}

step "exempt in one license; all is in order"
expect cp /dev/stdin "$rules" <<'END'
{"licenses": {"gotoconnect-standard": {"inactive_days": 76}},
 "exemptions": [{"pattern": "*", "license": "gotomeeting-business", "reason": "a pilot", "until": "2999-12-31"}]}
END
there_are 0 gotomeeting-business
candidates | grep -v ^gotoconnect >others
diff <(grep -v -e ^gotomeeting-business/ -e ^gotoconnect all) others >"$WORK/out" || fail "others" "$(cat out)"
warnings ""

step "a second license of that title: both have the end of their keys in their names"
key=$(tenant_license "GoToMeeting Business" .key)
mutate '{"op":"create-license","description":"GoToMeeting Business","products":"G2M","seats":5}'
twin=$(sandbox GET state | jq -r --arg k "$key" '.licenses[] |
	select(.description == "GoToMeeting Business" and .key != $k).key')
refresh_tenant
first=gotomeeting-business-${key: -4}
test -d "$reclaim/$first" -a -d "$reclaim/gotomeeting-business-${twin: -4}" ||
	fail "no second license" "$(ls "$reclaim")"
there_are 0 "$first"
warnings ""
expect cp /dev/stdin "$rules" <<<"{\"exemptions\":[{\"pattern\":\"*\",\"license\":\"$first\",\"reason\":\"by its name\"}]}"
there_are 0 "$first"
warnings ""

step "another title at GoTo: nobody knows which it was, so it holds for all of them"
# is_called KEY TITLE
is_called() { mutate "{\"op\":\"update-license\",\"license\":\"$1\",\"description\":\"$2\"}"; }
is_called "$twin" "GoToMeeting Trial"
is_called "$key" Meetings
refresh_tenant
test -d "$reclaim/meetings" || fail "no other name" "$(ls "$reclaim")"
is "" "$(candidates)"
warnings "exemptions[0]: $first names no license: until it does, * is exempt for all"
"$gotofs" status "$mnt" | grep -qF "$first names no license" || fail "status" "$("$gotofs" status "$mnt")"
unmount_tenant
mount_tenant settle=30
is "" "$(candidates)"

step "and back: the others are candidates again"
is_called "$twin" "GoToMeeting Business"
is_called "$key" "GoToMeeting Business"
refresh_tenant
there_are 0 "$first"
await 30 bash -c "cd '$reclaim' && find . -mindepth 2 -name '*.json' -printf '%P\n' | sort | cmp -s - <(grep -v ^gotomeeting-business/ '$PWD/all')"
warnings ""

step "a name that is none, and an end that is past: told"
expect cp /dev/stdin "$rules" <<'END'
{"licenses": {"gotoconect-*": {}, "goto*": {}},
 "exemptions": [{"pattern": "kim@example.com", "reason": "is over", "until": "2026-01-31"},
                {"pattern": "max@example.com", "license": "gotometing-*", "reason": "mistyped"}]}
END
warnings "licenses.gotoconect-* names no license
exemptions[0] of kim@example.com has ended
exemptions[1]: gotometing-* names no license: until it does, max@example.com is exempt for all"
