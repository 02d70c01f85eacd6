#!/bin/bash
# SPDX-License-Identifier: MIT
# What was asked for behind a change that does not come to its end: the last
# word counts, over a crash too, and nothing waits for ever.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

log_allowed=' waits: '
start_sandbox
dan=dan.fox@example.com
business=$mnt/licenses/gotomeeting-business

put_off() { jq -e '.changes.sending == 0' "$mnt/.gotofs/status.json"; }

step "a removal without an answer, made again, and kill -9: it was made again"
mount_tenant
fault '{"match":"DELETE /licenses/{}/users/{}","kind":"reset-before","count":-1}'
calls_clear
expect rm "$business/$dan.json"
wait_for_calls "DELETE /licenses/{}/users/{}" 1
expect ln -s "../../users/$dan.json" "$business/"
await 30 put_off # between two tries
crash_clear
mount_tenant
sync_tenant
refresh_tenant
expect test -L "$business/$dan.json"
is 1 "$(tenant_user $dan '.licenseKeys | length')"

step "a group's name that is refused, with the next one behind it"
key=$(tenant_group Support .key)
fault '{"match":"PUT /groups/{}","kind":"status","status":503,"count":3}'
fault '{"match":"PUT /groups/{}","kind":"status","status":403}'
calls_clear
expect mv "$mnt/groups/Support" "$mnt/groups/Helpers"
wait_for_calls "PUT /groups/{}" 3
await 30 put_off
expect mv "$mnt/groups/Helpers" "$mnt/groups/Relief"
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
error_record groups/Helpers EACCES
expect test -d "$mnt/groups/Relief" -a ! -e "$mnt/groups/Support"
is "$key" "$(tenant_group Relief .key)"
acknowledge

step "an update of somebody whom the tenant does not make ends with him"
mutate '{"op":"create-user","email":"bob.stone@example.com","fields":{"firstName":"B","lastName":"S"}}'
fault '{"match":"POST /users","kind":"hold"}'
calls_clear
for name in Stone Steen; do
	printf '{"firstName":"Bob","lastName":"%s"}' $name >"$users/.bob"
	expect mv "$users/.bob" "$bob"
	wait_for_calls "POST /users" 1
done
fault_clear
refuse "2 changes were refused" 1 "$gotofs" sync --timeout 60 "$mnt"
error_record users/bob.stone@example.com.json EEXIST
refresh_tenant
field "$bob" .lastName S
acknowledge

step "who is written anew behind his removal, which is refused, is changed"
key=$(tenant_user $dan .key)
fault '{"match":"DELETE /users/{}","kind":"reset-before","count":4}'
fault '{"match":"DELETE /users/{}","kind":"status","status":409}'
fault '{"match":"POST /users","kind":"reset-before"}'
calls_clear
expect rm "$users/$dan.json"
wait_for_calls "DELETE /users/{}" 3
expect printf_to "$users/$dan.json" '{"firstName":"Dan","lastName":"Again"}'
sync_tells "users/$dan.json"
fault_clear
expect_writes "DELETE /users/{}=5" "PUT /users/{}=1"
is "$key Again" "$(tenant_user $dan '"\(.key) \(.lastName)"')"
field "$users/$dan.json" .lastName Again

step "... as he is: nothing is sent"
fault '{"match":"DELETE /users/{}","kind":"reset-before","count":4}'
fault '{"match":"DELETE /users/{}","kind":"status","status":409}'
expect rm "$users/$dan.json"
wait_for_calls "DELETE /users/{}" 3
expect printf_to "$users/$dan.json" '{"firstName":"Dan","lastName":"Again"}'
sync_tells "users/$dan.json"
fault_clear
expect_writes "DELETE /users/{}=5"
acknowledge

step "who has an address until his next one is sent is not whom a POST has made"
fault '{"match":"PUT /users/{}","kind":"hold"}'
fault '{"match":"POST /users","kind":"reset-before"}'
expect mv "$users/$dan.json" "$users/d.fox@example.com.json"
wait_for_calls "PUT /users/{}" 1
in_background printf_to "$users/$dan.json" '{"firstName":"New","lastName":"Fox"}'
await 60 grep -q "users/$dan.json waits: this address belongs" "$daemon_log"
fault_clear
ended 0
sync_tenant
is "New" "$(tenant_user $dan .firstName)"
is "$key Again" "$(tenant_user d.fox@example.com '"\(.key) \(.lastName)"')"
field "$users/d.fox@example.com.json" .lastName Again
acknowledge

step "the removal is refused after kill -9, and the change is killed as well"
kim=kim.park@example.com
conf=$XDG_CONFIG_HOME/gotofs/$profile.conf
key=$(tenant_user $kim .key)
fault '{"match":"DELETE /users/{}","kind":"hang"}'
calls_clear
expect rm "$users/$kim.json"
wait_for_calls "DELETE /users/{}" 1
in_background printf_to "$users/$kim.json" '{"firstName":"Kim","lastName":"Again"}'
await 30 jq -e '.changes.pending == 2' "$mnt/.gotofs/status.json"
crash_clear
fault '{"match":"PUT /users/{}","kind":"hang","count":-1}'
sed -i '/^\[guard\]/,/^$/d' "$conf"
printf '\n[guard]\nprotect = kim*\n' >>"$conf"
mount_tenant
wait_for_calls "PUT /users/{}" 1
expect_writes "PUT /users/{}=1"
crash_clear
mount_tenant
sync_tenant
is EPERM "$(jq -r 'select(.verb == "remove") | .result' "$mnt/.gotofs/journal.jsonl" | tail -n 1)"
expect_writes "PUT /users/{}=1"
is "$key Again" "$(tenant_user $kim '"\(.key) \(.lastName)"')"
field "$users/$kim.json" .lastName Again
acknowledge
expect "$gotofs" journal verify "$mnt"
