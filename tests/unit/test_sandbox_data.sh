# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: the seeded account, many people.

# ------------------------------------------------------------------------ data

start --users 500 --seed 7
sandbox GET state | md5sum >"$dir/first"
sandbox GET state >"$dir/state"
stop "seed 7"
start --users 500 --seed 7
is "the same seed gives the same account" "$(cat "$dir/first")" "$(sandbox GET state | md5sum)"
stop "seed 7 again"
start --users 500 --seed 8
is "another seed another" no "$(test "$(cat "$dir/first")" = "$(sandbox GET state | md5sum)" && echo yes || echo no)"
stop "seed 8"

state() {
	jq -r "$1" "$dir/state"
}
is "data: 500 people" 500 "$(state '.users | length')"
is "data: addresses are unique" 500 "$(state '[.users[].email | ascii_downcase] | unique | length')"
is "data: all at example.com" 0 "$(state '[.users[].email | select(ascii_downcase | endswith("@example.com") | not)] | length')"
is "data: two super admins" "admin@example.com second.admin@example.com" \
	"$(state '[.users[] | select(.adminRoles // [] | index("SUPER_USER")).email] | sort | join(" ")')"
is "data: bob.stone is nobody" 0 "$(state '[.users[] | select(.email == "bob.stone@example.com")] | length')"
is "data: all three states" "ACTIVE INVITED SUSPENDED" "$(state '[.users[].status] | unique | join(" ")')"
is "data: plus, apostrophe, capitals" "true true true" \
	"$(state '[.users[].email] | "\(any(contains("+"))) \(any(contains("\u0027"))) \(any(. != ascii_downcase))"')"
is "data: names outside ASCII" true "$(state '[.users[] | .firstName + .lastName | select(test("[^\u0000-\u024f]"))] | length > 20')"
is "data: names of at most 32 characters" true "$(state '[.users[] | .firstName, .lastName | length] | max <= 32')"
is "data: no lower-case berlin" 0 "$(state '[.groups[] | select(.name == "berlin")] | length')"
is "data: groups in two levels" "1 2" "$(state '[.groups[].namePath | length] | unique | map(tostring) | join(" ")')"
is "data: seats" "GoToMeeting Business:true GoToMeeting Starter:false GoToWebinar Pro:true GoToTraining:true GoToConnect Standard:true GoToAssist Remote Support:true OpenVoice:true GoToMeeting Professional:true GoToMeeting Professional:true" \
	"$(state '[.licenses[] | "\(.description):\(.seats > .userCount)"] | join(" ")')"
is "data: disabled and external" "GoToAssist Remote Support OpenVoice" \
	"$(state '[.licenses[] | select((.enabled | not) or .externallyManaged).description] | join(" ")')"
is "data: the predictable ones" "ann.lee:Berlin dan.fox:Sales kim.park:Platform" \
	"$(state '[.users[] | select(.email | test("^(ann.lee|dan.fox|kim.park)@")) | "\(.email[:-12]):\(.groupName)"] | sort | join(" ")')"
start --users 1
is "one person is the admin" "1 admin@example.com" "$(sandbox GET state | jq -r '"\(.users | length) \(.users[0].email)"')"
stop "one person"

# ----------------------------------------------------------------------- scale

start --users 100000
is "100,000 people" 100000 "$(api GET '/users?pageSize=1' | jq .total)"
is "a page of 1000" 1000 "$(api GET '/users?pageSize=1000&offset=50000' | jq '.results | length')"
seq 0 1000 99000 | sed "s|.*|url = \"$base/users?pageSize=1000\&offset=&\"|" >"$dir/urls"
is "all pages: every address once" 100000 \
	"$(curl -s -K "$dir/urls" -H "Authorization: Bearer $token" |
		grep -o '"key":"[0-9]*","email":"[^"]*"' | sort -u | wc -l)"
stop "100,000 people"
