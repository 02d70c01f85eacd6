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
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
expect "$gotofs" umount "$mnt"
fault_clear
mount_tenant
sync_tenant
refresh_tenant
expect test -L "$business/$dan.json"
is 1 "$(tenant_user $dan '.licenseKeys | length')"

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
expect "$gotofs" journal verify "$mnt"
