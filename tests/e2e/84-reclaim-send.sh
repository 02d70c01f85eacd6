#!/bin/bash
# SPDX-License-Identifier: MIT
# Right before the call: who was active meanwhile keeps his seat, and so does
# everybody whose activity cannot be read; what is known by then decides.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_fault.sh"
. "$(dirname "$0")/functions_reclaim.sh"
start_sandbox
reclaim_mount settle=30
kim=kim.park@example.com
max=max+test@example.com
dan=dan.fox@example.com
mark

# kept NAME RESULT SAYS: the change was refused, and told everywhere
kept() {
	sync_fails 1
	said "reclaim/gotomeeting-business/$1.json: nothing was sent"
	error_record "reclaim/gotomeeting-business/$1.json" "nothing was sent.*$3"
	is "reclaim reclaim/gotomeeting-business/$1.json $2" "$(journal_last '"\(.verb) \(.object) \(.result)"')"
	has_seat "$1"
}

step "he was active meanwhile: nothing is sent, and he is no candidate"
mutate "{\"op\":\"add-use\",\"email\":\"$kim\",\"product\":\"gotomeeting\"}"
approve "$kim"
kept "$kim" EBUSY "he keeps the seat: he hosted a meeting on $(date -u +%F)"
is_none "$kim"
test -L "$mnt/licenses/gotomeeting-business/$kim.json" || fail "his link is gone"
expect_calls "$read_again=1"
field "$mnt/activity/gotomeeting/$kim.json" '.lastActivity[:10]' "$(date -u +%F)"
# and so it is after a remount
unmount_tenant
mount_tenant settle=30
is_none "$kim"
calls_clear

step "the source fails: nothing is sent, he stays a candidate"
switch '{"meeting":"500"}'
approve "$dan"
kept "$dan" EIO "his activity cannot be read now"
is_candidate "$dan"
switch '{"meeting":"403"}'
approve "$dan"
kept "$dan" EACCES "his activity cannot be read now"
is_candidate "$dan"
switch '{"meeting":"normal"}'
calls_clear
asked=$(questions "$dan")
approve "$dan"
sync_tenant
no_error_record "reclaim/gotomeeting-business/$dan.json"
has_no_seat "$dan"
expect_calls "$read_again=$asked" "$take=1"

step "cancelled while his activity is being read: nothing is sent"
asked=$(questions "$max")
hold "$read_again"
approve "$max"
in_background "$gotofs" sync --timeout 60 "$mnt"
wait_for_calls "$read_again" 1
is_approved "$max"
expect mv "$business/approved/$max.json" "$business/"
let_go
ended 0
is_candidate "$max"
expect_calls "$read_again=$asked"

step "exempted while his activity is being read: nothing is sent"
hold "$read_again"
approve "$max"
in_background "$gotofs" sync --timeout 60 "$mnt"
wait_for_calls "$read_again" 1
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"exemptions":[{"pattern":"max*","reason":"is on leave"}]}'
let_go
ended 1
error_record "reclaim/gotomeeting-business/$max.json" "no candidate any more: exempt by reclaim/rules.json: is on leave"
is_none "$max"
expect_calls "$read_again=$asked"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{}'
is_candidate "$max"

step "once the call has begun nothing takes it back"
hold "$take"
approve "$max"
in_background "$gotofs" sync --timeout 60 "$mnt"
wait_for_calls "$take" 1
refuse "busy" 1 mv "$business/approved/$max.json" "$business/"
refuse "busy" 1 rm "$business/approved/$max.json"
let_go
ended 0
has_no_seat "$max"
expect_calls "$read_again=$asked" "$take=1"

step "GoTo refuses: the name is back, and the seat"
mapfile -t more < <(find "$business" -maxdepth 1 -name '[a-z]*.[a-z]*@example.com.json' -printf '%f\n' | sort | head -n 5)
more=("${more[@]%.json}")
fault "{\"match\":\"$take\",\"kind\":\"status\",\"status\":403}"
approve "${more[0]}"
sync_fails 1
said "reclaim/gotomeeting-business/${more[0]}.json"
is_candidate "${more[0]}"
has_seat "${more[0]}"
calls_clear

step "an answer that is lost: the call is made again, as for any removal"
asked=$(questions "${more[0]}")
fault "{\"match\":\"$take\",\"kind\":\"reset-after\"}"
approve "${more[0]}"
sync_tenant
has_no_seat "${more[0]}"
expect_calls "$read_again=$asked" "$take=2"

step "with another unassignment of the same person: two calls"
both=$(comm -12 <(cd "$reclaim/gotoconnect-standard" && ls) <(cd "$business" && ls) | grep json | head -n 1)
if test -z "$both"; then
	both=${more[1]}.json
	mutate "{\"op\":\"assign\",\"email\":\"${both%.json}\",\"license\":\"GoToConnect Standard\"}"
	refresh_tenant
	calls_clear
fi
expect rm "$mnt/licenses/gotoconnect-standard/$both"
asked=$(questions "${both%.json}")
approve "${both%.json}"
sync_tenant
expect_calls "$read_again=$asked" "$take=2"

step "a seat that is needed: the reclaimed one goes first"
seats=$(tenant_license "GoToMeeting Business" .userCount)
mutate "{\"op\":\"update-license\",\"license\":\"GoToMeeting Business\",\"seats\":$seats}"
refresh_tenant
free=$(comm -23 <(cd "$users" && ls) <(cd "$mnt/licenses/gotomeeting-business" && ls) | grep -v '[^a-z.@]' | head -n 1)
refuse "No space left" 1 ln -s "../../users/$free" "$mnt/licenses/gotomeeting-business/"
asked=$(questions "${more[2]}")
approve "${more[2]}"
calls_clear
expect ln -s "../../users/$free" "$mnt/licenses/gotomeeting-business/"
sync_tenant
has_seat "${free%.json}"
has_no_seat "${more[2]}"
expect_calls "$read_again=$asked" "$take=1" "POST /licenses/{}/users/{}=1"

# of_use FILTER: candidates whose file says so
of_use() { jq -r "select(.activity[0].lastActivity $1).email" "$business"/*.json | grep -v '[^a-z.@]' | sort; }
step "no use of him was ever seen: what the source tells of another is the sign"
mapfile -t never < <(of_use "== null")
test ${#never[@]} -ge 2 || fail "only ${#never[@]} without any use"
approve "${never[0]}"
sync_tenant
has_no_seat "${never[0]}"
expect_calls "$read_again=2" "$take=1"

step "that other is no organizer any more: the next one is, up to three of them"
test ${#never[@]} -ge 3 || fail "only ${#never[@]} without any use"
others='{"match":"GET /G2M/organizers/{}/historicalMeetings","kind":"status","skip":1'
fault "$others,\"status\":404,\"count\":3}"
approve "${never[1]}"
kept "${never[1]}" ENOENT "his activity cannot be read now"
is_candidate "${never[1]}"
expect_calls "$read_again=4"
fault_clear
fault "$others,\"status\":404}"
fault "$others,\"status\":403}"
approve "${never[2]}"
sync_tenant
has_no_seat "${never[2]}"
expect_calls "$read_again=4" "$take=1"
is 4 "$(sandbox GET log | jq -r 'select(.route == "GET /G2M/organizers/{}/historicalMeetings").path' | sed 's/?.*//' | tail -n 4 | sort -u | wc -l)"
fault_clear

step "the source has fallen silent, and he hosted a meeting a second ago: he keeps the seat"
mapfile -t seen < <(of_use "!= null")
test ${#seen[@]} -ge 2 || fail "only ${#seen[@]} with a use"
silent="GoToMeeting tells of no use now"
asked=$(questions "${seen[0]}")
mutate "{\"op\":\"add-use\",\"email\":\"${seen[0]}\",\"product\":\"gotomeeting\"}"
switch '{"meeting":"empty"}'
approve "${seen[0]}"
kept "${seen[0]}" EIO "$silent"
expect_calls "$read_again=$asked"
is_none "${seen[0]}"
await 30 bash -c "! compgen -G '$business/*.json'"

step "so it is for who was never seen, after another question"
expect "$gotofs" journal verify "$mnt"
unmount_tenant
rm -rf "${XDG_STATE_HOME:?}/gotofs"
switch '{"meeting":"normal"}'
reclaim_mount settle=30
is_candidate "${never[1]}"
switch '{"meeting":"empty"}'
approve "${never[1]}"
kept "${never[1]}" EIO "$silent"
is_none "${never[1]}"
expect_calls "$read_again=2"
expect "$gotofs" journal verify "$mnt"
