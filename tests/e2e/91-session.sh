#!/bin/bash
# SPDX-License-Identifier: MIT
# What README.md shows under "Let cron, rsync and tar loose on it", as a person
# types it, with the exact calls.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant settle=30
dan=dan.fox@example.com
errors() { find "$mnt/.gotofs/errors" -type f | wc -l; }
apply_lists() {
	local dir
	for dir in groups licenses users; do
		rsync -a --delete "lists/$dir/" "$mnt/$dir/" || return
	done
}

step "lists that were copied from it are a plan of nothing, and cost nothing"
mkdir lists
expect cp -a "$mnt/users" "$mnt/licenses" "$mnt/groups" lists/
calls_clear
expect apply_lists
sync_tenant
expect_out "" rsync -ani --delete lists/users/ "$mnt/users/"
expect_calls

step "a change in the lists is one call"
expect sed -i 's/"Lee"/"Leigh"/' lists/users/ann.lee@example.com.json
expect_out 1 bash -c 'rsync -ani --delete "$1/" "$2/" | grep -c "^<f\|^>f"' - lists/users "$users"
expect apply_lists
sync_tenant
expect_calls "PUT /users/{}=1"
is Leigh "$(tenant_user ann.lee@example.com .lastName)"

step "rm of everybody: the quota, and nobody was removed"
n=$(find "$users" -type f | wc -l)
refuse "Disk quota exceeded" 1 rm "$users"/*@example.com.json
is "$n" "$(find "$users" -type f | wc -l)"
test "$(errors)" -gt 0 || fail "no records"
acknowledge
is 0 "$(errors)"
expect_calls

step "with leave, and back from the trash"
expect "$gotofs" allow "$mnt" --removals 40 --for 10m --reason 'site closed, CHG-88'
expect rm "$users/$dan.json"
sync_tenant
expect_calls "DELETE /users/{}=1"
is "" "$(tenant_user $dan)"
expect mv "$mnt/.gotofs/trash/$dan.json" "$users/"
sync_tenant
expect_calls "GET /users/{}=1" "POST /users=1"
is "Sales 1" "$(tenant_user $dan '"\(.groupName) \(.licenseKeys | length)"')"
is 0 "$(errors)"

step "a plan beside the mount, then the same for real"
expect mkdir plan
expect "$gotofs" mount -o dry_run,refresh=0 "$profile" plan
expect rm lists/users/ann.lee@example.com.json
printf '%s\n' "$bob_text" >"lists/users/${bob##*/}"
expect rsync -a --delete lists/users/ plan/users/
"$gotofs" plan plan >"$WORK/out"
is 2 $?
is "- users/ann.lee@example.com.json
+ users/bob.stone@example.com.json

1 to add, 0 to change, 1 to remove
guard: within the limits
2 calls to send" "$(cat "$WORK/out")"
is "" "$(tenant_user bob.stone@example.com)"
calls_clear
expect "$gotofs" apply plan
# (afterwards the plan's mount looks at what there is now)
expect_calls "GET /users/{}=1" "POST /users=1" "DELETE /users/{}=1" \
	"GET /groups=1" "GET /licenses=1" "GET /me=1" "GET /users=1"
is "Bob" "$(tenant_user bob.stone@example.com .firstName)"
is "" "$(tenant_user ann.lee@example.com)"
expect "$gotofs" plan plan
expect "$gotofs" umount plan

step "the journal: what was not well, and that it is whole"
is '"EDQUOT"' "$(jq -c 'select(.result!="ok") | .result' \
	"$mnt/.gotofs/journal.jsonl" | grep EDQUOT | sort -u)"
expect "$gotofs" journal verify "$mnt"
is "" "$(ls "$mnt/.gotofs/errors")"
