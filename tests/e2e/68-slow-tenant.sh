#!/bin/bash
# SPDX-License-Identifier: MIT
# While the tenant thinks: everybody else goes on, and a writer who is killed is
# dead (DESIGN P4, 4.3). The calls are held at the sandbox, so what is seen
# here happens while they are on their way, however slow this machine is.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"

start_sandbox
mount_tenant settle=30,deadline=600
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
webinar=licenses/gotowebinar-pro
calls_clear
log_clear
mark

# now CMD...: it ends, though what is held is held. (A hang would be for ever.)
now() {
	expect timeout 60 "$@"
}

# readers: all who look, at all but ann's file
readers() {
	now ls -lR "$users" "$mnt/licenses" "$mnt/groups"
	now find "$users" -name '*.json' ! -name "$ann.json" -exec cat {} +
	now grep -rlF --exclude "$ann.json" example.com "$users"
	now tar -C "$mnt" -cf /dev/null --exclude "$ann.json" users licenses groups
	now cat "$mnt/.gotofs/status.json" "$mnt/.gotofs/journal.jsonl" "$mnt/.gotofs/HELP"
	now jq -r .lastName "$mnt/.gotofs/records/$ann.json"
	now stat "$users/$ann.json"
	now df -i "$mnt/$webinar"
}

# writer EMAIL NAME: in the background
writer() {
	in_background bash -c "exec cp /dev/stdin '$users/$1.json' <<<'{\"lastName\":\"$2\"}'"
}

step "one write is on its way: who reads does not wait"
expect cp -r "$users" "$WORK/warm"
hold "PUT /users/{}"
writer $ann Slow
wait_for_calls "PUT /users/{}" 1
readers
shown=$(timeout 60 cat "$users/$ann.json") || fail "the waiting file cannot be read"
test -z "$shown" || is '{"lastName":"Slow"}' "$shown"

step "nor does who changes something else, in the same folder too"
now bash -c "echo '{\"lastName\":\"Quick\"}' >'$users/$dan.json'"
is Quick "$(tenant_user $dan .lastName)"
now touch "$users/.scratch"
now mv "$users/.scratch" "$users/.other"
now rm "$users/.other" "$users/$kim.json"
now ln -s ../../users/$dan.json "$mnt/$webinar/"
now mkdir "$mnt/groups/Quick"
now mv "$mnt/groups/Sales/$dan.json" "$mnt/groups/Quick/"
now "$gotofs" sync --timeout 60 "$mnt/licenses"
now "$gotofs" sync --timeout 60 "$mnt/groups"
expect_verdicts "assign $webinar/$dan.json ok" "group-create groups/Quick ok" \
	"move groups/Quick/$dan.json ok" "update users/$dan.json ok"
waits
finished "PUT /users/{}" 1 # dan's
let_go
ended 0
expect_verdicts "update users/$ann.json ok"
expect_writes "PUT /users/{}=2" "POST /groups=1" "PUT /groups/{}/users/{}=1" \
	"POST /licenses/{}/users/{}=1"
now cp "$WORK/warm/$kim.json" "$users/" # who was held, and stays
sync_tenant
expect_writes

step "a writer who is killed is dead while his call is on its way; it goes on"
log_clear
mark
hold "PUT /users/{}"
writer $ann Killed
wait_for_calls "PUT /users/{}" 1
kill -KILL "$waiting"
ended 137
finished "PUT /users/{}" 0
expect_verdicts
let_go
sync_tenant
expect_verdicts "update users/$ann.json ok"
is Killed "$(tenant_user $ann .lastName)"
expect_out Killed jq -r .lastName "$users/$ann.json"
expect_writes "PUT /users/{}=1"

step "twelve writers, more than there are calls at a time: all killed, none lost"
mapfile -t name < <(find "$users" -name '[b-c]*.json' -printf '%f\n' | sort | head -n 12)
is 12 ${#name[@]}
log_clear
hold "PUT /users/{}" -1
writers=()
for n in "${name[@]}"; do
	writer "${n%.json}" Crowd
	writers+=("$waiting")
done
wait_for_calls "PUT /users/{}" 2
await 60 jq -e '.changes.pending == 12' "$mnt/.gotofs/status.json"
readers
kill -KILL "${writers[@]}"
for waiting in "${writers[@]}"; do
	ended 137
done
finished "PUT /users/{}" 0
expect_verdicts
let_go
sync_tenant
expect_writes "PUT /users/{}=12"
mapfile -t want < <(printf 'update users/%s ok\n' "${name[@]}")
expect_verdicts "${want[@]}"

step "nobody is there to hear a refusal: the journal, errors/ and sync have it"
hold "PUT /users/{}"
writer $ann Unheard
wait_for_calls "PUT /users/{}" 1
kill -KILL "$waiting"
ended 137
mutate "{\"op\":\"delete-user\",\"email\":\"$ann\"}"
let_go
sync_fails 1
expect_verdicts "update users/$ann.json ENOENT"
error_record users/$ann.json Unheard
calls_clear

step "a refresh that takes its time holds up nobody, and undoes nothing"
hold "GET /users"
in_background "$gotofs" refresh "$mnt"
wait_for_calls "GET /users" 1
readers
now bash -c "echo '{\"lastName\":\"Meanwhile\"}' >'$users/$dan.json'"
now ln -s ../../users/$kim.json "$mnt/$webinar/"
now "$gotofs" sync --timeout 60 "$mnt"
waits
let_go
ended 0
expect_out Meanwhile jq -r .lastName "$users/$dan.json"
expect readlink "$mnt/$webinar/$kim.json"
expect_verdicts "assign $webinar/$kim.json ok" "update users/$dan.json ok"
expect_truth
test ! -e "$users/$ann.json" || fail "who was deleted is shown"
