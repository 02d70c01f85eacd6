#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs apply: the plan of a dry run, accepted as a whole and sent, through the
# daemon of the mount or in its place.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_plan.sh
. "$(dirname "$0")/functions_plan.sh"

start_sandbox
users=$plan/users
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
bob=bob.stone@example.com
carla=carla.upper@example.com
olga=olga.open@example.com
stan=stan.still@example.com
pull=("GET /groups=1" "GET /licenses=1" "GET /users=1")

# everything PATH: names, links, texts
everything() {
	(cd "$1" && find . -printf '%p %l\n' | sort && cat users/*.json)
}
apply() {
	expect "$gotofs" apply "$plan"
	plan_is
}

step "through the mount: one call each, and both show it"
mount_tenant settle=60
mount_plan
calls_clear
expect "$gotofs" apply "$plan"
expect_calls
expect rm "$users/$ann.json" "$plan/licenses/gotowebinar-pro/$carla.json"
expect mkdir "$plan/groups/New" "$plan/groups/New/Below"
expect bash -c "echo '{\"lastName\":\"Fix\"}' >'$users/$dan.json'"
expect bash -c "echo '{\"lastName\":\"Final\",\"locale\":\"de_DE\"}' >'$users/$dan.json'"
expect bash -c "echo '{\"firstName\":\"Bob\",\"lastName\":\"Stone\"}' >'$users/$bob.json'"
expect ln -s "../../users/$bob.json" "$plan/licenses/gotowebinar-pro/"
expect ln -s "../../users/$bob.json" "$plan/groups/Berlin/"
expect ln -s "../../../users/$carla.json" "$plan/groups/New/Below/"
expect mv "$users/$kim.json" "$users/kim.parker@example.com.json"
expect bash -c "echo '{\"lastName\":\"Parker\"}' >'$users/kim.parker@example.com.json'"
expect mv "$plan/groups/Interns" "$plan/groups/Trainees"
expect mv "$plan/groups/Sales/$dan.json" "$plan/groups/Trainees/"
expect_calls
apply
expect_writes "DELETE /licenses/{}/users/{}=1" "DELETE /users/{}=1" "POST /groups=2" \
	"POST /users=1" "PUT /groups/{}=1" "PUT /groups/{}/users/{}=2" "PUT /users/{}=3"
is "" "$(tenant_user $ann)"
is "Final de_DE Trainees" "$(tenant_user $dan '"\(.lastName) \(.locale) \(.groupName)"')"
is Below "$(tenant_user $carla .groupName)"
is "Berlin 1" "$(tenant_user $bob '"\(.groupName) \(.licenseKeys | length)"')"
is Parker "$(tenant_user kim.parker@example.com .lastName)"
test ! -e "$mnt/users/$ann.json" || fail "removed, and there"
expect_out Final jq -r .lastName "$mnt/users/$dan.json"
expect readlink "$mnt/groups/New/Below/$carla.json" "$mnt/groups/Trainees/$dan.json"
refresh_tenant
is "$(everything "$mnt")" "$(everything "$plan")"
is "" "$(find "$mnt/.gotofs/errors" -type f)"
is "gotofs" "$(tail -n 1 "$mnt/.gotofs/journal.jsonl" | jq -r .command)"

step "somebody new who gets another address is made with the last one"
expect bash -c "echo '{\"firstName\":\"Ty\",\"lastName\":\"Pos\"}' >'$users/ty.po@exmaple.com.json'"
expect ln -s ../../users/ty.po@exmaple.com.json "$plan/groups/Berlin/"
expect mv "$users/ty.po@exmaple.com.json" "$users/ty.pos@exmaple.com.json"
expect bash -c "echo '{\"lastName\":\"Po\"}' >'$users/ty.pos@exmaple.com.json'"
expect mv "$users/ty.pos@exmaple.com.json" "$users/ty.po@example.com.json"
plan_is "+ groups/Berlin/ty.po@example.com.json" "+ users/ty.po@example.com.json"
grep -q "1 call to send" "$WORK/out" || fail "how many calls?" "$(cat "$WORK/out")"
apply
expect_writes "POST /users=1"
is "Po Berlin" "$(tenant_user ty.po@example.com '"\(.lastName) \(.groupName)"')"
is "" "$(tenant_user ty.po@exmaple.com)$(tenant_user ty.pos@exmaple.com)"

step "while it is being sent the plan cannot be changed"
expect bash -c "echo '{\"lastName\":\"Slow\"}' >'$users/$dan.json'"
fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":30000,"apply":true}'
calls_clear
"$gotofs" apply "$plan" >"$WORK/apply" 2>&1 &
applying=$!
wait_for_calls "PUT /users/{}" 1
refuse "Device or resource busy" 1 mkdir "$plan/groups/Late"
refuse "on its way already" 5 "$gotofs" apply "$plan"
fault_clear
wait $applying
is 0 $?
plan_is
expect_out Slow jq -r .lastName "$users/$dan.json"
expect_calls "PUT /users/{}=1" "${pull[@]}"

step "what the account became meanwhile: told line by line, the rest is sent"
expect bash -c "echo '{\"lastName\":\"Gone\"}' >'$users/$stan.json'"
expect bash -c "echo '{\"firstName\":\"New\",\"lastName\":\"One\"}' >'$users/new.one@example.com.json'"
expect bash -c "echo '{\"lastName\":\"Stays\"}' >'$users/$dan.json'"
expect rm "$users/$olga.json"
mutate '{"op":"delete-user","email":"'$stan'"}'
mutate '{"op":"delete-user","email":"'$olga'"}'
mutate '{"op":"create-user","email":"new.one@example.com"}'
refresh_tenant
calls_clear
refuse "2 changes were refused" 1 "$gotofs" apply "$plan"
is "users/new.one@example.com.json: the address belongs to another account by now
users/$stan.json: the account is no longer there" "$(sort "$WORK/out")"
error_record "users/new.one@example.com.json" '"lastName":"One"'
error_record "users/$stan.json" ENOENT
plan_is
is Stays "$(tenant_user $dan .lastName)"
expect_writes "PUT /users/{}=1"
expect find "$mnt/.gotofs/errors" -type f -delete

step "the same, when the tenant alone knows"
expect bash -c "echo '{\"lastName\":\"Again\"}' >'$users/$dan.json'"
expect bash -c "echo '{\"firstName\":\"New\",\"lastName\":\"Two\"}' >'$users/new.two@example.com.json'"
mutate '{"op":"create-user","email":"new.two@example.com"}'
refuse "1 change was refused" 1 "$gotofs" apply "$plan"
said "users/new.two@example.com.json: "
error_record "users/new.two@example.com.json" EEXIST
is Again "$(tenant_user $dan .lastName)"
plan_is
expect rm "$mnt/.gotofs/errors/users/new.two@example.com.json.txt"

# kept VERDICT...: the last lines of the journal; all of the plan is over
kept() {
	plan_is
	is "$(printf '%s\n' "$@")" "$(tail -n $# "$mnt/.gotofs/journal.jsonl" |
		jq -r '"\(.verb) \(.object) \(.result)"')"
	expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"
	expect find "$mnt/.gotofs/errors" -type f -delete
	refresh_tenant
}
webinar=licenses/gotowebinar-pro
starter=licenses/gotomeeting-starter # full
connect=licenses/gotoconnect-standard
openvoice=licenses/openvoice # refuses everybody
seats_of() { tenant_user "$1" '.licenseKeys | length'; }
# room LICENSE FOLDER N: so many seats of it are free
room() {
	local holders
	holders=$(find "$mnt/$2" -name '*.json' | wc -l)
	mutate "{\"op\":\"update-license\",\"license\":\"$1\",\"seats\":$((holders + $3))}"
}

step "moved to a license that refuses him: he keeps the seat that he has"
expect ln -s "../../users/$dan.json" "$mnt/$webinar/"
expect ln -s "../../users/$dan.json" "$mnt/$connect/"
sync_tenant
seats=$(seats_of $dan)
expect "$gotofs" refresh "$plan"
expect mv "$plan/$webinar/$dan.json" "$plan/licenses/gototraining/"
crash_plan
mount_plan
expect mv "$plan/licenses/gototraining/$dan.json" "$plan/$openvoice/" # moved on
crash_plan
mount_plan
expect rm "$plan/$connect/$dan.json" # that one goes
plan_is "- $connect/$dan.json" "- $webinar/$dan.json" "+ $openvoice/$dan.json"
calls_clear
refuse "1 change was refused" 1 "$gotofs" apply "$plan"
said "$openvoice/$dan.json: "
expect_writes "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
error_record "$openvoice/$dan.json" EACCES
expect readlink "$mnt/$webinar/$dan.json"
is $((seats - 1)) "$(seats_of $dan)"
kept "unassign $connect/$dan.json ok" "assign $openvoice/$dan.json EACCES" \
	"unassign $webinar/$dan.json ECANCELED"

step "to one that is full by now: the same, before anything is sent"
room "GoToMeeting Starter" $starter 1
expect "$gotofs" refresh "$plan"
expect mv "$plan/$webinar/$dan.json" "$plan/$starter/"
room "GoToMeeting Starter" $starter 0
refresh_tenant
calls_clear
refuse "1 change was refused" 1 "$gotofs" apply "$plan"
said "no free seat"
expect_writes
expect readlink "$mnt/$webinar/$dan.json"
kept "link $starter/$dan.json ENOSPC" "unassign $webinar/$dan.json ECANCELED"

step "his seat was promised to somebody else: he keeps it, who is told"
who=$(find "$mnt/$starter" -name '*.json' -printf '%f\n' | sort | head -n 1)
expect "$gotofs" refresh "$plan"
expect mv "$plan/$starter/$who" "$plan/licenses/gototraining/"
expect ln -s "../../users/$dan.json" "$plan/$starter/"
expect mv "$plan/licenses/gototraining/$who" "$plan/$openvoice/"
calls_clear
refuse "2 changes were refused" 1 "$gotofs" apply "$plan"
expect_writes "POST /licenses/{}/users/{}=2"
error_record "$openvoice/$who" EACCES
error_record "$starter/$dan.json" ENOSPC
expect readlink "$mnt/$starter/$who"
kept "assign $openvoice/$who EACCES" "unassign $starter/$who ECANCELED" \
	"assign $starter/$dan.json ENOSPC"

step "two people exchange the seats of full licenses"
other=$(find "$mnt/$webinar" -name '*.json' ! -name "$bob.json" -printf '%f\n' | sort | head -n 1)
room "GoToWebinar Pro" $webinar 0
refresh_tenant
expect "$gotofs" refresh "$plan"
expect mv "$plan/$starter/$who" "$plan/licenses/gototraining/"
expect mv "$plan/$webinar/$other" "$plan/$starter/"
expect mv "$plan/licenses/gototraining/$who" "$plan/$webinar/"
calls_clear
apply
expect_writes "POST /licenses/{}/users/{}=2" "DELETE /licenses/{}/users/{}=2"
expect readlink "$mnt/$starter/$other" "$mnt/$webinar/$who"
refresh_tenant
is "$(everything "$mnt")" "$(everything "$plan")"

step "the daemon dies before it has accepted all: it has not happened"
armed=$WORK/armed
# dies POINT: at that, when it is handed the plan; then it is mounted again
dies() {
	echo "$1" >"$armed"
	calls_clear
	refuse "daemon ended before it had answered" 6 "$gotofs" apply "$plan"
	wait "$daemon_pid" 2>/dev/null
	rm "$armed"
	expect_calls
	clear_away
	GOTOFS_CRASH_AT=@$armed mount_tenant
}
unmount_tenant
GOTOFS_CRASH_AT=@$armed mount_tenant
expect bash -c "echo '{\"lastName\":\"Half\"}' >'$users/$dan.json'"
expect bash -c "echo '{\"firstName\":\"A\",\"lastName\":\"B\"}' >'$users/$ann.json'"
expect mkdir "$plan/groups/Half"
expect ln -s "../../users/$ann.json" "$plan/groups/Berlin/"
half=("+ groups/Berlin/$ann.json" "+ groups/Half" "+ users/$ann.json"
	"~ users/$dan.json lastName: \"Again\" -> \"Half\"")
for point in accept-after-commit apply-before-seal; do
	dies $point
	expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"
	expect_out Again jq -r .lastName "$mnt/users/$dan.json"
	test ! -e "$mnt/groups/Half" || fail "a group that was not accepted"
	sync_tenant
	expect_calls
	plan_is "${half[@]}"
done

step "the daemon dies afterwards: it has, and is done once"
dies apply-after-seal
sync_tenant
expect_writes "POST /groups=1" "POST /users=1" "PUT /users/{}=1"
is "Half Berlin" "$(tenant_user $dan .lastName) $(tenant_user $ann .groupName)"
expect "$gotofs" refresh "$plan"
expect "$gotofs" discard "$plan"
plan_is
await 60 test -e "$users/$ann.json"
expect_out Berlin jq -r .groupName "$users/$ann.json"
calls_clear

step "without a mount: in its place"
unmount_tenant
expect bash -c "echo '{\"lastName\":\"Whole\"}' >'$users/$dan.json'"
expect rm "$plan/licenses/gotowebinar-pro/$bob.json"
calls_clear
apply
expect_calls "PUT /users/{}=1" "DELETE /licenses/{}/users/{}=1" "${pull[@]}"
is Whole "$(tenant_user $dan .lastName)"
mount_tenant
expect_out Whole jq -r .lastName "$mnt/users/$dan.json"
test ! -L "$mnt/licenses/gotowebinar-pro/$bob.json" || fail "the seat is there"

step "beyond the limit: none of it is sent, until it is allowed"
unmount_tenant
mount_tenant max_removals=2
expect rm "$users/$ann.json" "$users/$dan.json" "$users/kim.parker@example.com.json"
expect rm "$plan/groups/New/Below/$carla.json"
expect rmdir "$plan/groups/New/Below"
expect bash -c "echo '{\"lastName\":\"With\"}' >'$users/$bob.json'"
beyond=("- groups/New/Below" "- groups/New/Below/$carla.json" "- users/$ann.json" "~ users/$bob.json lastName: \"Stone\" -> \"With\""
	"- users/$dan.json" "- users/kim.parker@example.com.json")
plan_is "${beyond[@]}"
calls_clear
refuse "the plan takes 3 from users" 1 "$gotofs" apply "$plan"
said "gotofs allow"
plan_is "${beyond[@]}"
expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"
sync_tenant
expect_calls
expect "$gotofs" allow "$mnt" --removals 5 --for 10m --reason "site closed"
apply
expect_writes "DELETE /users/{}=3" "DELETE /users/{}/groups=1" "DELETE /groups/{}=1" "PUT /users/{}=1"
is "" "$(tenant_user $ann)$(tenant_user $dan)$(tenant_user kim.parker@example.com)"
is With "$(tenant_user $bob .lastName)"

step "a mount that refuses every change: the plan stays"
unmount_tenant
mount_tenant ro
expect rm "$users/$bob.json"
refuse "read-only" 3 "$gotofs" apply "$plan"
plan_is "- users/$bob.json"
unmount_plan
