#!/bin/bash
# SPDX-License-Identifier: MIT
# -o dry_run: every change is accepted and none is sent; gotofs plan tells what
# would be, discard forgets it, and a crash does not.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_plan.sh
. "$(dirname "$0")/functions_plan.sh"

start_sandbox
users=$plan/users
ann=ann.lee@example.com.json
dan=dan.fox@example.com.json
kim=kim.park@example.com.json
bob=bob.stone@example.com.json
carla=carla.upper@example.com.json
lists=$WORK/lists
pull=("GET /groups=1" "GET /licenses=1" "GET /users=1")

# everything PATH: names, links, texts
everything() {
	(cd "$1" && find . -printf '%p %l\n' | sort && cat users/*.json)
}

step "without a mount beside it: it reads the account itself"
mount_plan
expect_calls "GET /me=1" "${pull[@]}"
plan_is
expect_out true jq .dryRun "$plan/.gotofs/status.json"
unmount_plan

step "beside the mount: it begins with what that knows"
mount_tenant
calls_clear
mount_plan
expect_calls
plan_is
everything "$plan" >before
is "$(everything "$mnt")" "$(cat before)"
refuse "no dry run" 1 "$gotofs" plan "$mnt"
refuse "no dry run" 1 "$gotofs" apply "$mnt"
refuse "no dry run" 1 "$gotofs" discard "$mnt"
test ! -e "$mnt/.gotofs/plan" || fail "a plan in a mount that sends"

step "rsync of a list: what would be done, and nothing is"
mkdir lists
expect cp -a "$mnt/users" "$lists/users"
rm "$lists/users/$ann" "$lists/users/$carla"
jq '.lastName = "Fix" | .locale = "de_DE"' "$mnt/users/$dan" >"$lists/users/$dan"
touch -d 2026-01-01 "$lists/users/$dan" # as long as before: rsync goes by the time
echo '{"firstName":"Bob","lastName":"Stone"}' >"$lists/users/$bob"
expect rsync -a --delete "$lists/users/" "$users/"
lines=("- users/$ann" "+ users/$bob" "- users/$carla"
	"~ users/$dan lastName: \"Fox\" -> \"Fix\", locale: \"en_US\" -> \"de_DE\"")
plan_is "${lines[@]}"
said "1 to add, 1 to change, 2 to remove"
said "guard: within the limits"
said "4 calls to send"
is "$(cat "$WORK/out")" "$(cat "$plan/.gotofs/plan")"
test ! -e "$users/$ann" || fail "removed, and there"
expect_out Fix jq -r .lastName "$users/$dan"
expect_out Stone jq -r .lastName "$users/$bob"
expect_out Fox jq -r .lastName "$plan/.gotofs/records/$dan"
expect rsync -a --delete "$lists/users/" "$users/"
plan_is "${lines[@]}"
expect "$gotofs" sync "$plan"
expect_calls
is "$(cat before)" "$(everything "$mnt")"

step "for programs"
expect_out "2 change users/$dan Fix true 4" bash -c "'$gotofs' plan --json '$plan' | jq -r '
	[.remove, (.changes[3] | .op, .path, .fields.lastName.to), .guard.within, .calls] |
	join(\" \")'"

step "links and groups"
expect mkdir "$plan/groups/New"
expect mv "$plan/groups/Interns" "$plan/groups/Trainees"
expect ln -s "../../users/$bob" "$plan/groups/New/"
expect ln -s "../../users/$bob" "$plan/licenses/gotowebinar-pro/"
expect rm "$plan/licenses/gotomeeting-business/$dan"
expect mv "$plan/groups/Sales/$dan" "$plan/groups/New/"
expect mv "$users/$kim" "$users/kim.parker@example.com.json"
links=("~ groups/Interns -> groups/Trainees" "+ groups/New" "+ groups/New/$bob"
	"~ groups/Sales/$dan -> groups/New/$dan" "- licenses/gotomeeting-business/$dan"
	"+ licenses/gotowebinar-pro/$bob")
mv_kim="~ users/$kim -> users/kim.parker@example.com.json"
plan_is "${links[@]}" "${lines[@]}" "$mv_kim"

step "what is refused is refused here, too"
refuse "Invalid argument" 1 bash -c "echo '{\"firstName\":7}' >'$users/$kim'"
refuse "Operation not permitted" 1 rm "$users/admin@example.com.json"
refuse "File exists" 1 mv "$users/$dan" "$users/$bob"
refuse "No space left" 1 ln -s "../../users/$dan" "$plan/licenses/gotomeeting-starter/"
plan_is "${links[@]}" "${lines[@]}" "$mv_kim"

step "undone by hand: nothing is left of it"
expect mv "$users/kim.parker@example.com.json" "$users/$kim"
expect mv "$plan/groups/Trainees" "$plan/groups/Interns"
expect cp "$mnt/users/$carla" "$users/$carla"
links=("${links[@]:1}")
lines=("${lines[@]:0:2}" "${lines[3]}")
plan_is "${links[@]}" "${lines[@]}"

step "kill -9, an unmount: the plan stays"
crash_plan
mount_plan
plan_is "${links[@]}" "${lines[@]}"
unmount_plan
mount_plan
plan_is "${links[@]}" "${lines[@]}"
expect_out Fix jq -r .lastName "$users/$dan"
expect_calls

step "it is against the account as it is now"
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Fuchs"}}'
mutate '{"op":"update-user","email":"kim.park@example.com","fields":{"lastName":"Parker"}}'
expect "$gotofs" refresh "$plan"
lines[2]="~ users/$dan lastName: \"Fuchs\" -> \"Fix\", locale: \"en_US\" -> \"de_DE\""
plan_is "${links[@]}" "${lines[@]}"
expect_out Parker jq -r .lastName "$users/$kim"
expect_out Fix jq -r .lastName "$users/$dan"
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Fix","locale":"de_DE"}}'
expect "$gotofs" refresh "$plan"
plan_is "${links[@]}" "${lines[@]:0:2}"
expect_calls "GET /groups=2" "GET /licenses=2" "GET /users=2" "GET /me=1"

step "discard: as it was, and as the account is"
expect "$gotofs" discard "$plan"
plan_is
refresh_tenant
is "$(everything "$mnt")" "$(everything "$plan")"
expect "$gotofs" discard "$plan"
unmount_plan
mount_plan
plan_is
calls_clear

step "beyond the limit: the plan says so, and is not refused"
unmount_plan
mount_plan max_removals=2
expect rm "$users/$dan" "$users/$kim"
plan_is "- users/$dan" "- users/$kim"
said "guard: within the limits"
expect rm "$users/$carla" "$plan/licenses/gotomeeting-business/$ann"
expect_out "false users 3 2" bash -c "'$gotofs' plan --json '$plan' | jq -r '
	[.guard.within, (.guard.beyond[] | .collection, .removals, .limit)] | join(\" \")'"
expect grep -qx "guard: beyond the limit: users: 3 removals, at most 2" "$plan/.gotofs/plan"
expect cp "$mnt/users/$kim" "$users/$kim"
expect grep -qx "guard: within the limits" "$plan/.gotofs/plan"
expect "$gotofs" discard "$plan"
plan_is
expect_calls

step "two dry runs of one profile"
mkdir other
refuse "has this state folder" 5 "$gotofs" mount -o dry_run sandbox "$WORK/other"
unmount_plan
expect_calls
