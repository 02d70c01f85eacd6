#!/bin/bash
# SPDX-License-Identifier: MIT
# A state folder is of one account of one API: what is pending in it is never
# sent to another, and nobody else's people are shown as what became of ours.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed=' waits: |refresh: '
start_sandbox
a_url=$sandbox_url a_pid=$sandbox_pid
profile=other
start_sandbox
b_url=$sandbox_url other_pids=$sandbox_pid
profile=sandbox sandbox_url=$a_url sandbox_pid=$a_pid
conf=$XDG_CONFIG_HOME/gotofs
state=$XDG_STATE_HOME/gotofs/sandbox
cp -p "$conf/sandbox.conf" a.conf
dan=dan.fox@example.com
new=new.person@example.com

# b COMMAND...: of the other tenant
b() {
	local sandbox_url=$b_url
	"$@"
}
# meta SQL: of the mirror's named values
meta() {
	python3 - "$state/mirror.db" "$1" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(*(row[0] for row in db.execute(sys.argv[2])))
db.commit()
END
}
# noted WHAT
noted() {
	meta "SELECT value FROM meta WHERE name = '$1'"
}
# refused [OPT]: to mount, and it says which folder
refused() {
	refuse "$state${2-} is the state folder of account 9000000000000000001 at $a_url, and" 3 \
		"$gotofs" mount -o "refresh=0${1:+,$1}" sandbox "$mnt"
	said "or remove the folder if nothing in it is pending"
}

step "a first mount notes whose it is"
mount_tenant async
is 9000000000000000001 "$(noted account)"
is "$a_url" "$(noted api_url)"

step "work is left while nobody answers"
fault '{"match":"*","kind":"reset-before","count":-1}'
expect mkdir "$mnt/groups/NewGroup"
expect bash -c "echo '{\"firstName\":\"New\",\"lastName\":\"Person\"}' >'$mnt/users/$new.json'"
expect rm "$mnt/users/$dan.json"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
expect "$gotofs" umount "$mnt"
fault_clear

step "another tenant, with an account of the same key: refused, and nothing is asked of it"
b calls_clear
calls_clear
cp -p "$conf/other.conf" "$conf/sandbox.conf"
refused
refused dry_run /dry-run
sed -i /^account_key/d "$conf/sandbox.conf"
refused
b expect_calls

step "another account, of which a token alone tells"
sed /^account_key/d a.conf >"$conf/sandbox.conf"
meta "UPDATE meta SET value = '111' WHERE name = 'account'"
mount_tenant
refuse "is the state folder of account 111 at $a_url, and" 3 "$gotofs" refresh "$mnt"
refuse "leads to account 9000000000000000001" 3 "$gotofs" sync --timeout 30 "$mnt"
! mkdir "$mnt/groups/Another" 2>err || fail "accepted"
grep -q "Read-only file system" err || fail "$(cat err)"
expect_out Lee jq -r .lastName "$mnt/users/ann.lee@example.com.json"
jq -r '.. | strings' "$mnt/.gotofs/status.json" | grep -q "of account 111 at" ||
	fail "status.json does not say so"
unmount_tenant
calls | grep -v '^GET /me=' >out
is "" "$(cat out)"
calls_clear

step "its own again: what was pending is sent, once it is known whose it is"
meta "UPDATE meta SET value = '9000000000000000001' WHERE name = 'account'"
mount_tenant
sync_tenant
expect_writes "POST /groups=1" "POST /users=1" "DELETE /users/{}=1"
unmount_tenant

step "... which is asked again and again while nobody answers"
fault '{"match":"*","kind":"reset-before","count":-1}'
mount_tenant async
expect bash -c "echo '{\"lastName\":\"Later\"}' >'$mnt/users/ann.lee@example.com.json'"
fault_clear
sync_tenant
is Later "$(tenant_user ann.lee@example.com .lastName)"
unmount_tenant

step "... and while it refuses to tell: said once, and nobody waits for ever"
me='"match":"GET /me","kind":"status","status":403,"count":-1'
fault "{$me}"
calls_clear
mount_tenant async
wait_for_calls "GET /me" 1
await 30 jq -e '.mirror.error | test("whose account it is.*HTTP 403")' "$mnt/.gotofs/status.json"
refuse "Read-only file system" 1 mkdir "$mnt/groups/Refused"
fault_clear
fault '{"match":"*","kind":"reset-before","count":-1}'
await 30 jq -e '.mirror.error | test("403") | not' "$mnt/.gotofs/status.json"
expect bash -c "echo '{\"lastName\":\"Latest\"}' >'$mnt/users/ann.lee@example.com.json'"
fault_clear
fault "{$me}"
calls_clear
refuse "HTTP 403" 3 "$gotofs" sync --timeout 120 "$mnt"
said "GoTo does not say whose account it is (account_key in the profile would): "
wait_for_calls "GET /me" 4
expect_writes
is "2 3" "$(grep -c "refresh: .*403" "$daemon_log") $(grep -c "refresh: " "$daemon_log")"
fault_clear
expect "$gotofs" refresh "$mnt"
sync_tenant
expect_writes "PUT /users/{}=1"
is Latest "$(tenant_user ann.lee@example.com .lastName)"
unmount_tenant

step "a folder that does not note it is taken over"
meta "DELETE FROM meta WHERE name IN ('account', 'api_url')"
cp -p a.conf "$conf/sandbox.conf"
mount_tenant
is "9000000000000000001 $a_url" "$(noted account) $(noted api_url)"
unmount_tenant
stop_sandbox
sandbox_pid=$other_pids other_pids=
stop_sandbox
