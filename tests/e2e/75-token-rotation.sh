#!/bin/bash
# SPDX-License-Identifier: MIT
# A tenant that replaces the refresh token at each use and ends the old one at
# once: the daemon is killed at each step, two daemons share one login, and what
# is left when the new token is lost.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"

log_allowed='token|login|refresh: '
start_sandbox --set refresh_percent=0
conf=$XDG_CONFIG_HOME/gotofs
sed '/^pat_file/d' "$conf/sandbox.conf" >"$conf/acme.conf"
profile=acme
users=$mnt/users
ann=ann.lee@example.com

grants() {
	sandbox GET counters | jq '.byRoute["POST /oauth/token"]'
}
# let_end: the access token is taken back: the next call asks for another
let_end() {
	expect sandbox POST revoke-tokens -d '{}'
	calls_clear
}
write() {
	bash -c "echo '{\"lastName\":\"$1\"}' >'$users/$ann.json'"
}
# dies POINT: at that, over a renewal; it is mounted again
dies() {
	let_end
	crash_at "$1" "$gotofs" refresh "$mnt"
	is 1 "$(grants)"
	calls_clear
	mount_tenant
}

step "each token is used once, and all goes on"
log_in acme
mount_tenant
for name in One Two Three; do
	let_end
	expect write $name
	is 1 "$(grants)"
	is $name "$(tenant_user $ann .lastName)"
done

step "killed when the new one is kept: it is the one that is used"
dies token-after-save
is 0 "$(grants)" # the access token is kept, too
expect write After
is After "$(tenant_user $ann .lastName)"
let_end
expect write Later
is "1 Later" "$(grants) $(tenant_user $ann .lastName)"

step "killed before: GoTo has ended the old one, so somebody must log in"
dies token-before-save
refuse "revoked or is too old" 3 "$gotofs" refresh "$mnt"
is "token refused" "$(jq -r .state "$mnt/.gotofs/status.json")"
expect_out Later jq -r .lastName "$users/$ann.json"
refuse "Read-only file system" 1 write Lost
is Later "$(tenant_user $ann .lastName)"

step "a new login revives it without a remount"
log_in acme
revived() {
	"$gotofs" refresh "$mnt" 2>/dev/null
}
await 60 revived
expect write Found
is Found "$(tenant_user $ann .lastName)"

step "two daemons of one login: one asks"
mkdir other
start_second() {
	"$gotofs" mount -f -o "refresh=0,state_dir=$WORK/second" acme other 2>"$WORK/second.log" &
	other_pids=$!
	await 120 test -e other/.gotofs/status.json
}
start_second
let_end
fault '{"match":"POST /oauth/token","kind":"slow","delay_ms":1500}'
"$gotofs" refresh "$mnt" >"$WORK/first" 2>&1 &
first=$!
expect "$gotofs" refresh other
wait $first
is 0 $?
is 1 "$(grants)"
expect "$gotofs" umount other
wait "$other_pids"
is 0 $?
other_pids=

step "how long it lasts is said; below ten days the log says it, too"
until_s() {
	jq -r '.api.tokenUntil | fromdate' "$mnt/.gotofs/status.json"
}
days=$((($(until_s) - $(date +%s)) / 86400))
test $days -ge 28 -a $days -le 30 || fail "$days days"
expect_out "$days" jq .api.tokenDaysLeft "$mnt/.gotofs/status.json"
unmount_tenant
