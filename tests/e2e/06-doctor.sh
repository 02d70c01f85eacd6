#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs doctor: a line for each thing a mount needs, and a status; it changes
# nothing.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

conf=$XDG_CONFIG_HOME/gotofs

# finds VERDICT CHECK TEXT: the last run's output has such a line
finds() {
	grep -E "^$1 +$2 " "$WORK/out" | grep -qF -- "$3" ||
		fail "no \"$1 $2 ... $3\"" "$(cat "$WORK/out")"
}

# doctor STATUS [OPTION...] PROFILE
doctor() {
	local want=$1 status
	shift
	"$gotofs" doctor "$@" >"$WORK/out" 2>"$WORK/err"
	status=$?
	test $status -eq "$want" ||
		fail "exit $status, not $want" "$(cat "$WORK/out" "$WORK/err")"
	test ! -s "$WORK/err" || fail "stderr" "$(cat "$WORK/err")"
}

edit_profile() {
	sed "$2" "$conf/sandbox.conf" >"$conf/$1.conf"
}

start_sandbox
calls_clear

step "all is well"
doctor 0 sandbox
! grep -vE '^ok ' "$WORK/out" || fail "not all ok"
finds ok profile "$conf/sandbox.conf"
finds ok "state folder" "the first mount will make it"
finds ok clock "GoTo's"
finds ok token "of admin@example.com, account 9000000000000000001"
finds ok rights SUPER_USER
finds ok lists "200 users, 9 licenses, 14 groups"
finds ok gotoconnect "tells who uses it"
finds ok openvoice "tells nothing of its use"
test ! -e "$XDG_STATE_HOME/gotofs" || fail "it has made the state folder"
calls_clear

step "as JSON"
doctor 0 --json sandbox
expect_out 200 bash -c "jq -r '.[] | select(.check == \"lists\") | .text' '$WORK/out' |
	sed 's/ .*//'"
is ok "$(jq -r '[.[].verdict] | unique | .[]' "$WORK/out")"

step "profiles and secrets"
doctor 3 none
finds bad profile 'no profile "none"'
edit_profile typo 's/client_id/clientid/'
doctor 3 typo
finds bad profile 'typo.conf:8: unknown key "clientid" in [auth]; known are client_id'
edit_profile public 's|^pat_file.*|pat_file = public|'
echo sandbox-pat >"$conf/public"
chmod 644 "$conf/public"
doctor 3 public
finds bad secrets "chmod 600"
finds ok api_url answers
! grep -q '^[a-z]* *token ' "$WORK/out" || fail "a token all the same"

step "a machine without FUSE"
unshare --mount bash -c 'mount -t tmpfs tmpfs /dev && mknod /dev/null c 1 3 &&
	"$1" doctor sandbox' - "$gotofs" >"$WORK/out"
is 1 $?
finds bad /dev/fuse "modprobe fuse"

step "the state folder: in use, open to others"
mount_tenant
doctor 0 sandbox
finds ok "state in use" "a daemon of this profile runs"
finds ok "state space" "MiB free"
unmount_tenant
chmod 755 "$XDG_STATE_HOME/gotofs/sandbox"
doctor 1 sandbox
finds bad "state folder" "chmod 700"
chmod 700 "$XDG_STATE_HOME/gotofs/sandbox"

step "the state folder of another account, or of another API"
meta() {
	python3 - "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" "$1" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute(sys.argv[2])
db.commit()
END
}
foreign="is the state folder of account 111 at $sandbox_url, and the profile now leads to"
files=$(ls "$XDG_STATE_HOME/gotofs/sandbox")
meta "UPDATE meta SET value = '111' WHERE name = 'account'"
doctor 3 sandbox
finds bad "state folder" "$foreign account 9000000000000000001 at $sandbox_url"
finds bad "state folder" "a profile of its own"
is 1 "$(grep -c '^bad' "$WORK/out")"
edit_profile asked '/^account_key/d'
echo "state_dir = $XDG_STATE_HOME/gotofs/sandbox" | sed -i '/^\[tenant\]/r /dev/stdin' "$conf/asked.conf"
doctor 3 asked
finds bad "state folder" "$foreign account 9000000000000000001"
finds ok "token" "account 9000000000000000001"
meta "UPDATE meta SET value = 'https://elsewhere.example.com' WHERE name = 'api_url'"
edit_profile asked '/^account_key/d; s#^\(api\|auth\|connect\)_url.*#\1_url = http://127.0.0.1:1#'
echo "state_dir = $XDG_STATE_HOME/gotofs/sandbox" | sed -i '/^\[tenant\]/r /dev/stdin' "$conf/asked.conf"
doctor 3 asked
finds bad "state folder" "at https://elsewhere.example.com, and the profile now leads to one at http://127.0.0.1:1"
is "$files" "$(ls "$XDG_STATE_HOME/gotofs/sandbox")"
meta "UPDATE meta SET value = '9000000000000000001' WHERE name = 'account'"
meta "UPDATE meta SET value = '${sandbox_url/http/HTTP}//' WHERE name = 'api_url'"
doctor 0 sandbox
finds ok "state folder" "$XDG_STATE_HOME"

step "a token that is refused, and one that may little"
edit_profile refused 's|^pat_file.*|pat_file = refused|'
(umask 077 && echo wrong >"$conf/refused")
doctor 3 refused
finds bad token "make a new personal access token"
switch '{"token_user":"reporter@example.com"}'
doctor 0 sandbox
finds warning rights "may not create people: that takes the role ADD_USERS"
finds warning rights "may not assign licenses"
switch '{"token_user":"manager@example.com"}'
doctor 0 sandbox
finds ok rights "may change groups (MANAGE_GROUPS)"

step "gotofs status: whose token a mount works with, and what it may"
switch '{"token_user":"reporter@example.com"}'
mount_tenant
expect "$gotofs" refresh "$mnt"
shows() {
	"$gotofs" status "$mnt" | sed 's/^ *//; s/  */ /' >"$WORK/out"
	grep -qFx -- "$1" "$WORK/out" || fail "no \"$1\": $(cat "$WORK/out")"
}
shows "account 9000000000000000001"
shows "user reporter@example.com"
shows "roles RUN_REPORTS"
shows "mayNot create people, change and remove people, assign licenses, change groups"
shows "generation 1"
shows "pending 0"
switch '{"token_user":"admin@example.com"}'
unmount_tenant
mount_tenant
expect "$gotofs" refresh "$mnt"
shows "user admin@example.com"
shows "roles SUPER_USER"
shows "may create people, change and remove people, assign licenses, change groups"
unmount_tenant
switch '{"token_user":"admin@example.com","scopes":"identity: collab:"}'
doctor 0 sandbox
finds warning gotoconnect "its use stays unknown"
finds ok gotomeeting "tells who uses it"

step "nobody there"
edit_profile away 's#^\(api\|auth\|connect\)_url.*#\1_url = http://127.0.0.1:1#'
doctor 4 away
finds bad api_url "127.0.0.1"
! grep -q '^[a-z]* *token ' "$WORK/out" || fail "asked all the same"

step "a clock that is wrong"
python3 -u - >late <<'END' &
import http.server
class Late(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def date_time_string(self, timestamp=None):
        return "Sat, 01 Jan 2022 00:00:00 GMT"
    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_GET
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Late)
print(server.server_port)
server.serve_forever()
END
other_pids=$!
await 30 test -s late
edit_profile late "s#^api_url.*#api_url = http://127.0.0.1:$(cat late)#"
"$gotofs" doctor late >"$WORK/out"
finds bad clock "timedatectl set-ntp true"
kill "$other_pids"
wait "$other_pids"
other_pids=
