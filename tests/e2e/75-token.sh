#!/bin/bash
# SPDX-License-Identifier: MIT
# The token ends while calls are on their way: an access token is renewed once
# for all of them; a dead personal access token loses nothing that was accepted.
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
mapfile -t names < <(find "$users" -name '[b-c]*.json' -printf '%f\n' | sort | head -n 12)
is 12 ${#names[@]}

oauth_calls() {
	sandbox GET counters | jq '.byRoute["POST /oauth/token"]'
}

# rename_all LASTNAME: of twelve people, each by a rename, which does not wait
rename_all() {
	local name
	for name in "${names[@]}"; do
		echo "{\"lastName\":\"$1\"}" >"$users/.scratch" &&
			mv "$users/.scratch" "$users/$name" || return
	done
}
all_updated() {
	printf 'update users/%s ok\n' "${names[@]}"
}

step "taken back in the middle of a batch: one new token, each call once more"
log_clear
calls_clear
mark
hold "PUT /users/{}" -1
expect rename_all Renewed
wait_for_calls "PUT /users/{}" 2
expect sandbox POST revoke-tokens -d '{}'
let_go
sync_tenant
is 1 "$(oauth_calls)"
sandbox GET log | jq -r 'select(.method == "PUT") | "\(.status) \(.path)"' | sort >puts
is 12 "$(grep -c '^204 ' puts)"
refused=$(grep -c '^401 ' puts)
test "$refused" -ge 2 || fail "nothing was on its way" "$(cat puts)"
is "" "$(uniq -d puts)"
expect_writes "PUT /users/{}=$((12 + refused))"
mapfile -t want < <(all_updated)
expect_verdicts "${want[@]}"

step "the new token takes its time: who reads goes on"
expect sandbox POST revoke-tokens -d '{}'
hold "POST /oauth/token"
in_background bash -c "echo '{\"lastName\":\"Later\"}' >'$users/$ann.json'"
wait_for_calls "POST /oauth/token" 1
expect timeout 60 ls -lR "$users" "$mnt/licenses"
expect timeout 60 cat "$users/$dan.json" "$mnt/.gotofs/status.json"
waits
let_go
ended 0
expect_writes "PUT /users/{}=2"
expect_verdicts "update users/$ann.json ok"

step "the personal access token ends in the middle: the writer hears EROFS"
: >"$WORK/background"
hold "PUT /users/{}" -1
hold "POST /licenses/{}/users/{}" -1
in_background bash -c "cp /dev/stdin '$users/$ann.json' <<<'{\"lastName\":\"Lost\"}'"
expect ln -s ../../users/$dan.json "$mnt/$webinar/"
expect bash -c "echo '{\"lastName\":\"Kept\"}' >'$users/.k' && mv '$users/.k' '$users/$kim.json'"
wait_for_calls "PUT /users/{}" 2
wait_for_calls "POST /licenses/{}/users/{}" 1
expect mkdir "$mnt/groups/Before"
sync_tenant groups
expect rm "$mnt/groups/Sales/$dan.json"
expect sandbox POST revoke-tokens -d '{"refresh":true,"pat":true}'
let_go
ended 1
grep -q "Read-only file system" "$WORK/background" || fail "$(cat "$WORK/background")"
error_record users/$ann.json "token"
expect_out Later jq -r .lastName "$users/$ann.json"
await 30 jq -e '.state == "token refused"' "$mnt/.gotofs/status.json"

step "what was accepted is kept and shown, sync says why it waits"
refuse "token" 3 "$gotofs" sync --timeout 60 "$mnt"
expect_out Kept jq -r .lastName "$users/$kim.json"
expect readlink "$mnt/$webinar/$dan.json"
test ! -L "$mnt/groups/Sales/$dan.json" || fail "a removed link is back"
expect_verdicts "group-create groups/Before ok" "update users/$ann.json EROFS"
expect_out 3 jq .changes.pending "$mnt/.gotofs/status.json"

step "reading goes on, and nothing new is taken"
expect bash -c "cat '$users'/*.json >/dev/null"
expect ls -lR "$mnt/licenses" "$mnt/groups"
for cmd in "rm $users/$kim.json" "ln -s ../../users/$ann.json $mnt/$webinar/" \
	"mkdir $mnt/groups/After" "cp /etc/hostname $users/$dan.json"; do
	# shellcheck disable=SC2086 # words
	refuse "Read-only file system" 1 $cmd
done
mark
log_allowed='token|waits'
unmount_tenant

step "a mount with a better token sends it, once"
expect sandbox POST token -d '{"pat":"better-pat"}'
printf better-pat >"$XDG_CONFIG_HOME/gotofs/$profile.conf.pat"
calls_clear
mount_tenant
sync_tenant
expect_writes "PUT /users/{}=1" "POST /licenses/{}/users/{}=1" "DELETE /users/{}/groups=1"
expect_verdicts "assign $webinar/$dan.json ok" "take-out groups/Sales/$dan.json ok" \
	"update users/$kim.json ok"
is "Kept null" "$(tenant_user $kim .lastName) $(tenant_user $dan .groupName)"
expect_truth
