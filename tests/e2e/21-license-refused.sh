#!/bin/bash
# SPDX-License-Identifier: MIT
# What the tenant refuses after ln or rm was answered: the name goes back,
# errors/ has the reason, and gotofs sync exits 1.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
assist=licenses/gotoassist-remote-support # disabled
openvoice=licenses/openvoice              # externally managed
webinar=licenses/gotowebinar-pro
ann=ann.lee@example.com
dan=dan.fox@example.com
calls_clear

step "a disabled license: the link goes again"
expect ln -s ../../users/$ann.json "$mnt/$assist/"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
grep -q "^$assist/$ann.json: " "$WORK/out" || fail "not named" "$(cat "$WORK/out")"
test ! -L "$mnt/$assist/$ann.json" || fail "still shown"
error_record $assist/$ann.json ENOSPC
expect_calls "POST /licenses/{}/users/{}=1"
expect_out "" "$gotofs" sync "$mnt" # each failure is told once

step "an externally managed one"
expect ln -s ../../users/$ann.json "$mnt/$openvoice/"
expect ln -s ../../users/$dan.json "$mnt/$webinar/"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
test ! -L "$mnt/$openvoice/$ann.json" || fail "still shown"
test -L "$mnt/$webinar/$dan.json" || fail "a refusal took another's link"
error_record $openvoice/$ann.json EACCES
expect_calls "POST /licenses/{}/users/{}=2"

step "sync of a part tells the failures of that part"
expect ln -s ../../users/$ann.json "$mnt/$openvoice/"
expect_out "" "$gotofs" sync "$mnt/users"
expect_out "" "$gotofs" sync "$mnt/$webinar"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt/$openvoice"
calls_clear

step "the journal has a line for each"
is 2 "$(jq -r 'select(.verb == "assign" and .result == "EACCES") | .object' \
	"$mnt/.gotofs/journal.jsonl" | grep -cx "$openvoice/$ann.json")"
is 403 "$(jq -r 'select(.result == "EACCES") | .http' \
	"$mnt/.gotofs/journal.jsonl" | sort -u)"

step "rm of the record acknowledges it; the folder goes with the last one"
expect rm "$mnt/.gotofs/errors/$openvoice/$ann.json.txt"
is "${assist##*/}" "$(ls "$mnt/.gotofs/errors/licenses")"
await 30 test ! -e "$mnt/.gotofs/errors/$openvoice" # rm -r may come for it
expect rm "$mnt/.gotofs/errors/$assist/$ann.json.txt"
is "" "$(ls "$mnt/.gotofs/errors")"

step "a refused removal: the link comes back"
fault '{"match":"DELETE /licenses/{}/users/{}","kind":"status","status":403}'
expect rm "$mnt/$webinar/$dan.json"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
expect_out "../../users/$dan.json" readlink "$mnt/$webinar/$dan.json"
error_record $webinar/$dan.json EACCES
expect_calls "DELETE /licenses/{}/users/{}=1"

step "a good change later clears the record"
expect rm "$mnt/$webinar/$dan.json"
sync_tenant
no_error_record $webinar/$dan.json
expect_calls "DELETE /licenses/{}/users/{}=1"

step "mv to where it is refused: he keeps the seat that he has"
expect ln -s ../../users/$dan.json "$mnt/$webinar/"
sync_tenant
calls_clear
expect mv "$mnt/$webinar/$dan.json" "$mnt/$openvoice/"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
test ! -L "$mnt/$openvoice/$dan.json" || fail "still shown"
error_record $openvoice/$dan.json EACCES
expect_calls "POST /licenses/{}/users/{}=1"
expect readlink "$mnt/$webinar/$dan.json"
is "unassign ECANCELED the license that it was to be moved to was refused" \
	"$(tail -n 1 "$mnt/.gotofs/journal.jsonl" | jq -r '"\(.verb) \(.result) \(.reason)"')"
expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"

step "two moved to where he is refused: he keeps both"
connect=licenses/gotoconnect-standard
expect ln -s ../../users/$dan.json "$mnt/$connect/"
sync_tenant
calls_clear
fault '{"match":"POST /licenses/{}/users/{}","kind":"hold"}'
expect mv "$mnt/$webinar/$dan.json" "$mnt/$openvoice/"
wait_for_calls "POST /licenses/{}/users/{}" 1
expect mv -f "$mnt/$connect/$dan.json" "$mnt/$openvoice/"
fault_clear
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
expect_calls "POST /licenses/{}/users/{}=1"
expect readlink "$mnt/$webinar/$dan.json" "$mnt/$connect/$dan.json"

step "moved on before he was there, and refused: he keeps what he had"
fault '{"match":"PUT /users/{}","kind":"hold"}'
in_background sh -c "echo '{\"lastName\":\"Fuchs\"}' >'$mnt/users/$dan.json'"
wait_for_calls "PUT /users/{}" 1
expect mv "$mnt/$webinar/$dan.json" "$mnt/licenses/gototraining/"
expect mv "$mnt/licenses/gototraining/$dan.json" "$mnt/$openvoice/"
fault_clear
ended 0
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
expect_calls "PUT /users/{}=1" "POST /licenses/{}/users/{}=1"
expect readlink "$mnt/$webinar/$dan.json"
expect_out 0 jq .changes.pending "$mnt/.gotofs/status.json"

step "moved, and another removed: that one goes, and it alone"
none_is_held() { test "$(jq .changes.held "$mnt/.gotofs/status.json")" = 0; }
fault '{"match":"PUT /users/{}","kind":"hold"}'
in_background sh -c "echo '{\"lastName\":\"Fox\"}' >'$mnt/users/$dan.json'"
wait_for_calls "PUT /users/{}" 1
expect rm "$mnt/$connect/$dan.json"
expect mv "$mnt/$webinar/$dan.json" "$mnt/$openvoice/"
writing=$waiting
in_background "$gotofs" sync "$mnt"
await 30 none_is_held
fault_clear
ended 1
waiting=$writing
ended 0
expect_calls "PUT /users/{}=1" "POST /licenses/{}/users/{}=1" \
	"DELETE /licenses/{}/users/{}=1"
expect readlink "$mnt/$webinar/$dan.json"
test ! -L "$mnt/$connect/$dan.json" || fail "still shown"

step "the last seat goes to somebody else behind our back"
license=$(jq -r .key "$mnt/.gotofs/$webinar.json")
free=$(df --output=iavail "$mnt/$webinar" | tail -n 1)
for ((i = 0; i < free; i++)); do
	mutate "{\"op\":\"create-user\",\"email\":\"late$i@example.com\",\"license\":\"$license\"}"
done
expect ln -s ../../users/$ann.json "$mnt/$webinar/"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
error_record $webinar/$ann.json ENOSPC
test ! -L "$mnt/$webinar/$ann.json" || fail "still shown"
refresh_tenant
refuse "No space left" 1 ln -s ../../users/$ann.json "$mnt/$webinar/"

step "a failure outlives the daemon: its record"
unmount_tenant
mount_tenant
error_record $webinar/$ann.json ENOSPC
error_record $openvoice/$dan.json EACCES
