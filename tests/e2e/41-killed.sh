#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 while a write waits and the tenant has news of the very file: nobody
# may stay behind in the kernel, neither the writer nor the daemon.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
ann=ann.lee@example.com
file=$mnt/users/$ann.json
webinar=$mnt/licenses/gotowebinar-pro

# write_behind LASTNAME: while his license is assigned, which is news of the
# file once it is done; the write waits behind it
write_behind() {
	fault '{"match":"POST /licenses/{}/users/{}","kind":"slow","delay_ms":500}'
	calls_clear
	expect ln -s "../../users/$ann.json" "$webinar/"
	wait_for_calls "POST /licenses/{}/users/{}" 1
	bash -c 'printf "%s" "$1" >"$2"' - "{\"lastName\":\"$1\"}" "$file" \
		2>"$WORK/background" &
	writer=$!
	wait_for_calls "PUT /users/{}" 1
}

step "the news waits until the writer has his answer, and then comes"
fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":700}'
write_behind Waited
wait $writer
is 0 $?
expect_out Waited jq -r .lastName "$file"
expect_out 2 jq -r '.licenseKeys | length' "$file"
expect rm "$webinar/$ann.json"
sync_tenant
fault_clear

step "a daemon that is killed meanwhile is gone, and so is the writer"
fault '{"match":"PUT /users/{}","kind":"hang","apply":true,"count":-1}'
write_behind Killed
kill -KILL "$daemon_pid"
await 30 has_ended "$writer"
wait $writer
is 1 $?
grep -q "write error" "$WORK/background" || fail "$(cat "$WORK/background")"
wait "$daemon_pid"
expect "$gotofs" umount "$mnt"
fault_clear

step "nothing is lost"
mount_tenant
sync_tenant
refresh_tenant
expect_out Killed jq -r .lastName "$file"
is "Killed 2" "$(tenant_user $ann '"\(.lastName) \(.licenseKeys | length)"')"
