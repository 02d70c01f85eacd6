#!/bin/bash
# SPDX-License-Identifier: MIT
# The user unit under a real systemd, as an ordinary user has it: enabled,
# started, killed, hanging, busy when stopped, with a profile that is wrong.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_systemd.sh
. "$(dirname "$0")/functions_systemd.sh"

if test "$(id -u)" -eq 0; then
	mkdir dev
	install -m 755 "$sandbox_program" .
	cp "$0" "$(dirname "$0")"/functions{,_systemd}.sh .
	cp "$BUILD/contrib/systemd/user/gotofs@.service" .
	chown -R 65534:65534 "$WORK"
	# shellcheck disable=SC2016 # for that shell
	in_namespaces '
		chown -R 65534:65534 /sys/fs/cgroup &&
		mkdir -p /run/systemd/system &&
		mount -t tmpfs -o mode=755 none "$WORK/dev" && # (/tmp may be nodev)
		mknod -m 666 "$WORK/dev/fuse" c 10 229 &&
		mount --bind "$WORK/dev/fuse" /dev/fuse || exit
		install -d -m 700 -o 65534 -g 65534 /run/user/65534
		setpriv --reuid=65534 --regid=65534 --clear-groups \
			env HOME="$WORK" USER=nobody bash "$WORK/${1##*/}"'
	exit
fi
gotofs=/usr/local/bin/gotofs sandbox_program=$WORK/gotofs-sandbox
export HOME=$WORK XDG_RUNTIME_DIR=/run/user/65534
unset XDG_CONFIG_HOME XDG_STATE_HOME DBUS_SESSION_BUS_ADDRESS
export XDG_CONFIG_HOME=$HOME/.config
units=$HOME/.config/systemd/user
mkdir -p "$HOME/.config/gotofs" "$units/gotofs@.service.d"
cp "gotofs@.service" "$units/"
# As it is, but for times that a test does not wait for.
cat >"$units/gotofs@.service.d/times.conf" <<'END'
[Service]
Environment="GOTOFS_OPTIONS=-o refresh=0,rate=100"
RestartSec=0
WatchdogSec=10
TimeoutAbortSec=1
END
start_sandbox
unset XDG_CONFIG_HOME
/lib/systemd/systemd --user --log-target=console >manager.log 2>&1 &
other_pids=$!
await 60 systemctl --user is-system-running --wait
mnt=$HOME/goto/sandbox
systemctl=(systemctl --user)

step "enabled and started: it is mounted when the command returns"
expect systemctl --user enable --now "$unit"
expect test -e "$mnt/users/ann.lee@example.com.json"
expect test -L "$units/default.target.wants/$unit.service"
is "active running" "$(of_unit ActiveState) $(of_unit SubState)"
is 700 "$(stat -c %a "$HOME/.local/state/gotofs/sandbox")"

step "killed: the mount is back"
pid=$(of_unit MainPID)
kill -9 "$pid"
await 60 is_anew

step "it hangs: the watchdog has it killed, the mount is back"
pid=$(of_unit MainPID)
kill -STOP "$pid"
await 60 is_anew
is 2 "$(of_unit NRestarts)"

stop_while_busy

step "a profile that is not there is not tried again and again"
unit=gotofs@none
refuse "failed" 1 systemctl --user start "$unit"
is "failed 3 0" "$(of_unit ActiveState) $(of_unit ExecMainStatus) $(of_unit NRestarts)"

expect systemctl --user disable gotofs@sandbox
kill "$other_pids"
wait "$other_pids"
