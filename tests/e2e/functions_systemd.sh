# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# SPDX-License-Identifier: MIT
# A real systemd, sourced after functions.sh: a manager of our own, in namespaces
# and a control group that end with the test.
#
#	test -n "${IN_NAMESPACE-}" || under_manager
#
# is the start of a test that goes on beside process 1, root's: it knows the units
# in $WORK/units and what the generators in $WORK/generators make of them.

systemctl=(systemctl) # of the manager that is asked
unit=gotofs@sandbox

# in_namespaces SCRIPT: bash runs it, with control groups, a /run and a
# /usr/local/bin of its own; "$1" is the test. Its status.
in_namespaces() {
	trap - EXIT
	mkdir cgroup bin
	install -m 755 "$gotofs" bin/gotofs
	unshare --mount bash -c '
		mount -t cgroup2 none "$WORK/cgroup" || exit
		ours=$WORK/cgroup/gotofs-test-$$
		mkdir "$ours" && echo $$ >"$ours/cgroup.procs" || exit
		unshare --mount --cgroup --uts --ipc --pid --fork --kill-child --mount-proc \
			bash -c "$1" - "$2"
		status=$?
		echo $$ >"$WORK/cgroup/cgroup.procs"
		find "$ours" -depth -type d -exec rmdir {} \;
		exit $status' - '
		umount "$WORK/cgroup" && # the whole machine
		mount -t cgroup2 none /sys/fs/cgroup &&
		mount -t tmpfs tmpfs /run &&
		mount --bind "$WORK/bin" /usr/local/bin || exit
		'"$1" "$(readlink -f "$0")"
}

# under_manager: the test, once more, in there; does not return
under_manager() {
	local name
	mkdir -p units generators helpers over
	for name in sysinit basic shutdown multi-user remote-fs exit; do
		printf '[Unit]\nDefaultDependencies=no\n' >"units/$name.target"
	done
	in_namespaces '
		mount -t tmpfs tmpfs /srv &&
		mount -t tmpfs tmpfs /var/lib &&
		mount -t tmpfs tmpfs "$WORK/over" && mkdir "$WORK"/over/{upper,work} &&
		mount -t overlay -o "lowerdir=/etc,upperdir=$WORK/over/upper,workdir=$WORK/over/work" overlay /etc &&
		mount -t overlay -o "lowerdir=$WORK/helpers:/usr/sbin" overlay /usr/sbin || exit
		(IN_NAMESPACE=1 bash "$1" >"$WORK/said" 2>&1
			echo $? >"$WORK/status"
			systemctl --force --force exit) &
		exec env container=gotofs-test \
			"SYSTEMD_UNIT_PATH=$WORK/units:/run/systemd/generator" \
			"SYSTEMD_GENERATOR_PATH=$WORK/generators" \
			/lib/systemd/systemd --system --unit=basic.target \
			--log-target=console' >manager.log 2>&1
	cat said || cat manager.log
	exec test "$(cat status)" = 0
}

# manager_is_up: and the profile is where root's mounts look for it
manager_is_up() {
	await 60 systemctl is-system-running --wait
	gotofs=/usr/local/bin/gotofs
	start_sandbox
	unset XDG_CONFIG_HOME XDG_STATE_HOME
	expect cp -r config/gotofs /etc/gotofs
}

# of_unit PROPERTY [UNIT]
of_unit() {
	"${systemctl[@]}" show --property "$1" --value "${2-$unit}"
}

# The unit has another daemon than $pid, and its mount answers.
is_anew() {
	local now
	now=$(of_unit MainPID)
	test "$now" -ne 0 && test "$now" != "$pid" &&
		test "$(of_unit ActiveState)" = active && test -d "$mnt/users"
}

stop_while_busy() {
	step "stopped while somebody is in it: it goes all the same, with status 0"
	exec 9<"$mnt/users"
	expect "${systemctl[@]}" stop "$unit"
	exec 9<&-
	! mountpoint -q "$mnt" || fail "still mounted"
	is "inactive success 0" \
		"$(of_unit ActiveState) $(of_unit Result) $(of_unit ExecMainStatus)"
}
