#!/bin/bash
# SPDX-License-Identifier: MIT
# activity/ follows the seats: who gets one is looked at soon, who loses it has
# no file, who is renamed is there under his new name.
activity_products=gotomeeting
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

ann=ann.lee@example.com.json
license=$mnt/licenses/gotomeeting-business
meeting=$activity/gotomeeting
ask="GET /G2M/organizers/{}/historicalMeetings"

start_sandbox
mount_tenant
await 120 all_known gotomeeting
free=$(find "$mnt/users" -name '*.json' -printf '%f\n' | sort | while read -r f; do
	test -e "$meeting/$f" || { echo "$f"; break; }
done)
state() { jq -r .state "$meeting/$1"; }
# (whoever was pushed to lately is read again by a pull: so many as time allows)
nothing_asked() {
	is "GET /groups=1 GET /licenses=1 GET /users=1" \
		"$(calls | grep -v '^GET /users/{}=' | xargs)"
	calls_clear
}
is_known() { test "$(state "$1")" = known; }

step "a new seat: a file at once, and one question about him alone"
test -n "$free" || fail "nobody is without a seat"
test ! -e "$meeting/$free" || fail "he is there"
calls_clear
expect ln -s "../../users/$free" "$license/$free"
await 30 test -e "$meeting/$free"
await 60 is_known "$free"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "$ask=1"
is null "$(jq .lastActivity "$meeting/$free")"
is true "$(jq '.counts.meetings == 0' "$meeting/$free")"

step "given elsewhere: after the pull"
expect rm "$license/$free"
await 30 test ! -e "$meeting/$free"
sync_tenant
calls_clear
mutate "{\"op\":\"assign\",\"email\":\"${free%.json}\",\"license\":\"GoToMeeting Business\"}"
refresh_tenant
await 30 test -e "$meeting/$free"
# what was known of him is known again, and not old
is known "$(state "$free")"
nothing_asked

step "a removal that is taken back"
expect rm "$license/$ann"
await 30 test ! -e "$meeting/$ann"
expect ln -s "../../users/$ann" "$license/$ann"
is known "$(state "$ann")"
is ann.lee@example.com "$(jq -r .email "$meeting/$ann")"
sync_tenant
expect_calls

step "a new address: the same file under the new name"
before=$(stat -c '%i %Y' "$meeting/$ann")
expect mv "$mnt/users/$ann" "$mnt/users/ann.fox@example.com.json"
await 30 test ! -e "$meeting/$ann"
is "$before" "$(stat -c '%i %Y' "$meeting/ann.fox@example.com.json")"
is ann.fox@example.com "$(jq -r .email "$meeting/ann.fox@example.com.json")"
sync_tenant
is known "$(state ann.fox@example.com.json)"
expect_calls "PUT /users/{}=1"

step "a license that is found to be for something else"
test ! -e "$activity/gototraining/ann.fox@example.com.json" || fail "too early"
mutate "{\"op\":\"create-license\",\"description\":\"Bundle\",\"seats\":5,\"products\":\"G2T,OPENVOICE\"}"
mutate '{"op":"assign","email":"ann.fox@example.com","license":"Bundle"}'
refresh_tenant
is unknown "$(jq -r .state "$activity/gototraining/ann.fox@example.com.json")"
is true "$(jq '.reason | test("profile leaves it out")' \
	"$activity/gototraining/ann.fox@example.com.json")"
is true "$(jq '.reason | test("no source")' \
	"$activity/openvoice/ann.fox@example.com.json")"

step "who is gone has no file"
gone=$(find "$meeting" -name '*.json' -printf '%f\n' | sort | sed -n 30p)
calls_clear
mutate "{\"op\":\"delete-user\",\"email\":\"${gone%.json}\"}"
refresh_tenant
is "" "$(find "$activity" -name "$gone")"
nothing_asked
