#!/bin/bash
# SPDX-License-Identifier: MIT
# The system's unit, with all that hardens it, under a real systemd: what it is
# allowed suffices for a mount that everybody sees.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_systemd.sh
. "$(dirname "$0")/functions_systemd.sh"

test "$(id -u)" -eq 0 || fail "the system's manager is root's"
test -n "${IN_NAMESPACE-}" || under_manager
manager_is_up
mnt=/srv/gotofs/sandbox
cp "$BUILD/contrib/gotofs@.service" units/
mkdir units/gotofs@.service.d
cat >units/gotofs@.service.d/times.conf <<'END'
[Service]
Environment="GOTOFS_OPTIONS=-o refresh=0,rate=100,allow_other,umask=022"
RestartSec=0
END

step "started: everybody sees it, and it can be written"
expect systemctl daemon-reload
expect systemctl start "$unit"
expect_out 200 setpriv --reuid=65534 --regid=65534 --clear-groups \
	bash -c "ls '$mnt/users' | wc -l"
calls_clear
expect bash -c "echo '{\"lastName\":\"Leigh\"}' >'$mnt/users/ann.lee@example.com.json'"
expect_calls "PUT /users/{}=1"
is 700 "$(stat -c %a /var/lib/gotofs/sandbox)"

step "it is held as tight as the unit says"
pid=$(of_unit MainPID)
is "NoNewPrivs: 1" "$(grep NoNewPrivs "/proc/$pid/status" | xargs)"
is "Seccomp: 2" "$(grep '^Seccomp:' "/proc/$pid/status" | xargs)"
is "CapBnd: 0000000000200000" "$(grep CapBnd "/proc/$pid/status" | xargs)"
is "$(readlink /proc/self/ns/mnt)" "$(readlink "/proc/$pid/ns/mnt")"

step "killed: the mount is back"
kill -9 "$pid"
await 60 is_anew

stop_while_busy
