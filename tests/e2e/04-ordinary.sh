#!/bin/bash
# SPDX-License-Identifier: MIT
# An ordinary user mounts, works, lets others in and unmounts: through
# fusermount3, with a profile and a state of his own. Root becomes somebody else
# for that, in a mount namespace where /dev/fuse is as it is on every machine
# with udev, and fuse.conf allows allow_other (or, once, does not).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

if test "$(id -u)" -eq 0; then
	trap - EXIT
	mkdir dev
	echo user_allow_other >fuse.conf
	: >fuse.conf.none
	chmod 644 fuse.conf fuse.conf.none
	install -m 755 "$gotofs" "$sandbox_program" .
	cp "$0" "$(dirname "$0")/functions.sh" .
	chown -R 65534:65534 "$WORK"
	# shellcheck disable=SC2016 # for that shell
	exec unshare --mount --propagation slave bash -c '
		mount -t tmpfs -o mode=755 none "$WORK/dev" && # (/tmp may be nodev)
		mknod -m 666 "$WORK/dev/fuse" c 10 229 &&
		mount --bind "$WORK/dev/fuse" /dev/fuse &&
		mount --bind "$WORK/fuse.conf" /etc/fuse.conf &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups \
			env HOME="$WORK" USER=nobody bash "$1"' - "$WORK/${0##*/}"
fi
if test -x "$WORK/gotofs"; then
	gotofs=$WORK/gotofs sandbox_program=$WORK/gotofs-sandbox
fi
export HOME=$WORK
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
mkdir -p .config/gotofs
export XDG_CONFIG_HOME=$WORK/.config

step "the profile in ~/.config, the state in ~/.local/state"
start_sandbox
unset XDG_CONFIG_HOME
mount_tenant
expect_out 201 bash -c "find '$mnt/users' | wc -l"
expect_out "$(id -u) 700" stat -c '%u %a' .local/state/gotofs/sandbox
for flag in nosuid nodev noexec; do
	findmnt -n -o OPTIONS "$mnt" | grep -qw $flag || fail "not $flag"
done

step "a change, a link, a removal; the daemon tells"
calls_clear
printf '{"firstName":"Bob","lastName":"Stone"}' \
	>"$mnt/users/bob.stone@example.com.json" || fail "not created"
expect ln -s ../../users/bob.stone@example.com.json \
	"$mnt/licenses/gotomeeting-business/"
sync_tenant
expect rm "$mnt/users/bob.stone@example.com.json"
sync_tenant
expect_calls "POST /users=1" "GET /users/{}=1" "POST /licenses/{}/users/{}=1" \
	"DELETE /users/{}=1"
expect bash -c "'$gotofs' status --json '$mnt' | jq -e '.profile == \"sandbox\"'"

step "unmount: busy, done; killed and cleared away"
exec 9<"$mnt/users"
refuse "fusermount3 -u failed" 1 "$gotofs" umount "$mnt"
expect "$gotofs" umount --lazy "$mnt"
daemon_ended 0
exec 9<&-
mount_tenant
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
expect "$gotofs" umount --dead "$mnt"
! mountpoint -q "$mnt" || fail "still mounted"
expect "$gotofs" mount -o refresh=0 sandbox "$mnt"
expect fusermount3 -u "$mnt"
await 30 flock --nonblock .local/state/gotofs/sandbox/lock true

step "what he may not ask for is told"
if test -e "$WORK/fuse.conf"; then
	mount_tenant allow_other,umask=022
	expect_out "$(id -u) 644" \
		stat -c '%u %a' "$mnt/users/ann.lee@example.com.json"
	unmount_tenant
fi
refuse "mount option dev: only root may ask for it" 2 \
	"$gotofs" mount -o dev sandbox "$mnt"
refuse "mount option suid: only root may ask for it" 2 \
	"$gotofs" mount -o suid sandbox "$mnt"
mount_tenant exec
! findmnt -n -o OPTIONS "$mnt" | grep -qw noexec || fail "noexec"
