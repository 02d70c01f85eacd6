#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs mount and its end: ready means ready, each failure has its sentence
# and its exit status, and nothing stays behind.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

conf=$XDG_CONFIG_HOME/gotofs

# edit_profile NEW SED-EXPRESSION: another profile made from the sandbox's
edit_profile() {
	sed "$2" "$conf/sandbox.conf" >"$conf/$1.conf"
}

no_mount() {
	! mountpoint -q "$mnt"
}

step "a sandbox and its tree"
start_sandbox
calls_clear
mount_tenant
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1" "GET /me=1"
expect_out "activity groups licenses reclaim reports users" bash -c "ls '$mnt' | xargs"
is 200 "$(find "$mnt/users" -name '*.json' | wc -l)"
expect_out ann.lee@example.com jq -r .email "$mnt/users/ann.lee@example.com.json"
expect cat "$mnt/.gotofs/HELP"
expect jq -e .socket "$mnt/.gotofs/status.json"
expect_calls

step "gotofs status tells the same to a person and to a script"
expect_out sandbox bash -c "'$gotofs' status --json '$mnt' | jq -r .profile"
expect bash -c "'$gotofs' status --json '$mnt' | jq -e '.requests.lookup > 0'"
expect bash -c "'$gotofs' status '$mnt/users' | grep -q '^profile  *sandbox$'"
expect_calls

step "a second daemon is refused, here and elsewhere"
mkdir other
refuse "gotofs is mounted there already" 5 "$gotofs" mount sandbox "$mnt"
refuse "$XDG_STATE_HOME/gotofs/sandbox" 5 "$gotofs" mount sandbox other
expect_out "" ls other

step "refresh reads the account anew, sync has nothing to send"
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"lastName":"Leigh"}}'
refresh_tenant
expect_out Leigh jq -r .lastName "$mnt/users/ann.lee@example.com.json"
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1"
expect_out "" "$gotofs" sync "$mnt/users"
expect_calls

step "umount: busy, not the root, then done, and the daemon's status is 0"
exec 9<"$mnt/users"
refuse busy 5 "$gotofs" umount "$mnt"
exec 9<&-
refuse "not a mount point" 1 "$gotofs" umount "$mnt/users"
unmount_tenant
no_mount || fail "still mounted"
test ! -e "$XDG_STATE_HOME/gotofs/sandbox/control.sock" || fail "socket left"
refuse "not in a gotofs mount" 6 "$gotofs" umount "$mnt"
refuse "not in a gotofs mount" 6 "$gotofs" status "$mnt"
refuse "not in a gotofs mount" 6 "$gotofs" sync "$mnt"
refuse "not in a gotofs mount" 6 "$gotofs" refresh "$mnt"

step "a mirror that is there is served at once, refresh=0 asks nothing of users"
mount_tenant
expect_out Leigh jq -r .lastName "$mnt/users/ann.lee@example.com.json"
unmount_tenant
calls_clear

step "SIGTERM, SIGINT and SIGHUP unmount cleanly"
for signal in TERM INT HUP; do
	mount_tenant
	kill -s $signal "$daemon_pid"
	daemon_ended 0
	no_mount || fail "still mounted after SIG$signal"
done

step "umount(8) ends the daemon as well"
mount_tenant
expect umount "$mnt"
daemon_ended 0

step "in the background: back when it is ready, quiet in a pipe"
background=$("$gotofs" mount -o refresh=0 sandbox "$mnt" 2>&1) ||
	fail "background mount: $background"
is "" "$background"
expect test -e "$mnt/users/ann.lee@example.com.json"
refuse "gotofs is mounted there already" 5 "$gotofs" mount sandbox "$mnt"
expect "$gotofs" umount "$mnt"
no_mount || fail "still mounted"

step "until it is ready it stays in its group: an automount lets in no other"
fault '{"match":"GET /users","kind":"hold"}'
calls_clear
"$gotofs" mount -o "refresh=0,state_dir=$WORK/group" sandbox "$mnt" &
waiting=$!
wait_for_calls "GET /users" 1
read -r _ _ _ _ group _ <"/proc/$waiting/stat"
child=$(pgrep -P $waiting)
read -r _ _ _ _ pgid _ <"/proc/$child/stat"
is "$group" "$pgid"
fault_clear
wait $waiting
is 0 $?
expect_out "$child" bash -c "ps -o sid= -p $child | xargs"
expect "$gotofs" umount "$mnt"

step "one that a signal ends before that: the waiting parent says so"
fault '{"match":"GET /users","kind":"hold"}'
calls_clear
in_background "$gotofs" mount -o "refresh=0,state_dir=$WORK/dead" sandbox "$mnt"
wait_for_calls "GET /users" 1
kill -ABRT "$(pgrep -P "$waiting")"
ended 1 "gotofs: the daemon ended before it was ready: Aborted"
no_mount || fail "mounted"
fault_clear

step "the kernel's flags: off, unless asked for"
for flags in nosuid,nodev,noexec: "":dev,suid,exec; do
	mount_tenant "${flags#*:}"
	for flag in nosuid nodev noexec; do
		is "$(grep -c $flag <<<"${flags%:*}")" \
			"$(findmnt -n -o OPTIONS "$mnt" | grep -cw $flag)"
	done
	unmount_tenant
done

step "log levels: quiet, and told where it is and how it ends"
log_allowed='^gotofs: (sandbox is mounted on|'$mnt': unmounted)'
: >"$daemon_log"
"$gotofs" mount -f -v -o refresh=0 sandbox "$mnt" 2>"$daemon_log" &
daemon_pid=$!
await 30 grep -qF "gotofs: sandbox is mounted on $mnt" "$daemon_log"
expect "$gotofs" umount "$mnt"
daemon_ended 0
grep -qF "gotofs: $mnt: unmounted" "$daemon_log" || fail "not told"
log_allowed='^$'
refuse '"loud" is not a level' 2 "$gotofs" mount -l loud sandbox "$mnt"
refuse '"loud" is not a level' 2 "$gotofs" mount -o log_level=loud sandbox "$mnt"

step "the state folder is private and can be elsewhere"
expect_out 700 stat -c %a "$XDG_STATE_HOME/gotofs/sandbox"
mount_tenant "state_dir=$WORK/elsewhere"
expect test -s elsewhere/mirror.db
unmount_tenant
chmod 755 elsewhere
refuse "chmod 700" 1 "$gotofs" mount -o "state_dir=$WORK/elsewhere" sandbox "$mnt"
refuse "below the mount point" 1 "$gotofs" mount -o "state_dir=$mnt/s" sandbox "$mnt"

step "a daemon that was killed: told, cleared away, mounted again"
mount_tenant
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
refuse "its daemon is gone" 6 "$gotofs" status "$mnt"
refuse "gotofs umount" 5 "$gotofs" mount sandbox "$mnt"
expect "$gotofs" umount "$mnt"
mount_tenant
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
expect "$gotofs" umount --dead "$mnt"
no_mount || fail "still mounted"
mount_tenant
expect "$gotofs" umount --dead "$mnt"
expect test -e "$mnt/users/ann.lee@example.com.json"
unmount_tenant
expect "$gotofs" umount --dead "$mnt"
expect "$gotofs" umount --dead "$WORK/none"

step "a daemon that is stopped: nobody waits for it for ever"
mount_tenant
kill -STOP "$daemon_pid"
start=$SECONDS
refuse "$mnt: its daemon does not answer" 7 "$gotofs" umount "$mnt"
said "gotofs umount --lazy $mnt unmounts all the same"
is 1 "$(wc -l <"$WORK/err")"
test $((SECONDS - start)) -lt 60 || fail "late"
expect mountpoint -q "$mnt"
in_background "$gotofs" mount sandbox "$mnt"
mounts=$waiting
refuse "does not answer" 7 "$gotofs" status "$mnt"
waiting=$mounts
ended 5 "is mounted there already"
refuse "unmounted, but its daemon does not answer" 7 "$gotofs" umount --lazy "$mnt"
no_mount || fail "still mounted"
kill -CONT "$daemon_pid"
daemon_ended 0
mount_tenant
kill -STOP "$daemon_pid"
in_background "$gotofs" status "$mnt"
kill -CONT "$daemon_pid"
ended 0
unmount_tenant

step "busy: lazily it goes all the same, and so it does when told to end"
mount_tenant
exec 9<"$mnt/users"
refuse busy 5 "$gotofs" umount "$mnt"
expect "$gotofs" umount --lazy "$mnt"
daemon_ended 0
no_mount || fail "still mounted"
exec 9<&-
mount_tenant
exec 9<"$mnt/users"
kill -TERM "$daemon_pid"
daemon_ended 0
no_mount || fail "still mounted"
exec 9<&-

step "mount points that will not do"
refuse "No such file" 1 "$gotofs" mount sandbox "$WORK/none"
mkdir full
touch full/x
refuse "not empty (x)" 1 "$gotofs" mount sandbox full
refuse "Not a directory" 1 "$gotofs" mount sandbox full/x

step "wrong usage"
refuse "did you mean \"mount\"" 2 "$gotofs" mont sandbox "$mnt"
refuse "expected 2 operands" 2 "$gotofs" mount sandbox
refuse "unrecognized option" 2 "$gotofs" mount --nonsense sandbox "$mnt"
refuse "did you mean \"settle\"" 2 "$gotofs" mount -o setle=3 sandbox "$mnt"
refuse "\"3h\" is not a number of seconds" 2 "$gotofs" mount -o settle=3h sandbox "$mnt"
refuse "async takes no value" 2 "$gotofs" mount -o async=yes sandbox "$mnt"
refuse "\"x\" is not a number of seconds" 2 "$gotofs" sync --timeout x "$mnt"

step "wrong profiles"
refuse 'no profile "none"' 3 "$gotofs" mount none "$mnt"
refuse "cannot be a profile's name" 3 "$gotofs" mount "a b" "$mnt"
edit_profile typo 's/client_id/clientid/'
refuse 'typo.conf:8: unknown key "clientid" in [auth]; known are client_id' 3 \
	"$gotofs" mount typo "$mnt"
edit_profile http 's|^api_url.*|api_url = http://example.com|'
refuse "http.conf:3: api_url" 3 "$gotofs" mount http "$mnt"
edit_profile nofile 's|^pat_file.*|pat_file = nothing|'
refuse "$conf/nothing: No such file" 3 "$gotofs" mount nofile "$mnt"
edit_profile public 's|^pat_file.*|pat_file = public|'
echo sandbox-pat >"$conf/public"
chmod 644 "$conf/public"
refuse "chmod 600" 3 "$gotofs" mount public "$mnt"

refuse "neither a number of removals nor" 2 "$gotofs" mount -o max_removals=some sandbox "$mnt"
edit_profile brake '$a [guard]\nmax_removals = 500%'
refuse "max_removals" 3 "$gotofs" mount brake "$mnt"

step "a token that GoTo refuses"
edit_profile refused 's|^pat_file.*|pat_file = refused|'
(umask 077 && echo wrong >"$conf/refused")
refuse "gotofs: " 3 "$gotofs" mount refused "$mnt"
no_mount || fail "mounted all the same"
refuse "gotofs: " 3 "$gotofs" mount -f refused "$mnt"

step "a tenant that cannot be reached"
edit_profile away 's#^\(api\|auth\|connect\)_url.*#\1_url = http://127.0.0.1:1#'
refuse "127.0.0.1" 4 "$gotofs" mount away "$mnt"
no_mount || fail "mounted all the same"

step "who stops waiting stops the daemon"
fault '{"match":"GET /users","kind":"hang","count":-1}'
calls_clear
"$gotofs" mount -o "state_dir=$WORK/slow" sandbox "$mnt" 2>"$WORK/err" &
waiting=$!
wait_for_calls "GET /users" 1
kill -INT $waiting
wait $waiting
is 1 $?
no_mount || fail "mounted all the same"
await 30 flock --nonblock slow/lock true
fault_clear

step "systemd is told"
python3 - "$WORK/notify" >notified <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(60)
print(s.recv(4096).decode().split("\n")[0], flush=True)
print(s.recv(4096).decode().split("\n")[0], flush=True)
END
listener=$!
await 30 test -S notify
export NOTIFY_SOCKET=$WORK/notify
mount_tenant
unset NOTIFY_SOCKET
await 30 grep -qx READY=1 notified
unmount_tenant
wait $listener
is 0 $?
expect_out STOPPING=1 tail -n 1 notified

step "on a terminal the first pull has a bar"
bar=$(script -qec "'$gotofs' mount -o refresh=0,state_dir=$WORK/bar sandbox '$mnt'" /dev/null)
grep -q '%' <<<"$bar" || fail "no bar: $bar"
expect "$gotofs" umount "$mnt"

step "umount ends the daemon though another mount namespace keeps a copy"
mount_tenant
mkfifo held release
unshare --mount --propagation private bash -c 'echo >held; read -r <release' &
holder=$!
read -r <held
unmount_tenant
no_mount || fail "still mounted"
echo >release
wait $holder
is 0 $?
