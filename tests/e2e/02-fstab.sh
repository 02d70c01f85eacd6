#!/bin/bash
# SPDX-License-Identifier: MIT
# mount -t fuse.gotofs and a line in fstab. mount(8) forgets PATH, so the
# program has to be in a standard place: a mount namespace of our own has it in
# /usr/local/bin and nobody else sees it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

test "$(id -u)" -eq 0 || fail "mount(8) needs root"
if test -z "${IN_NAMESPACE-}"; then
	trap - EXIT
	IN_NAMESPACE=1 exec unshare --mount --propagation slave bash "$0"
fi

mkdir bin
cp "$gotofs" bin/gotofs
expect mount --bind bin /usr/local/bin
start_sandbox

# The daemon of a mount is not our child: its end is what umount waits for.
take_down() {
	! flock --nonblock "$XDG_STATE_HOME/gotofs/sandbox/lock" true ||
		fail "no daemon holds the lock"
	expect "$@"
	await 30 flock --nonblock "$XDG_STATE_HOME/gotofs/sandbox/lock" true
	! mountpoint -q "$mnt" || fail "still mounted"
}

step "mount -t fuse.gotofs PROFILE DIR"
expect mount -t fuse.gotofs -o refresh=0,rate=100 sandbox "$mnt"
expect test -e "$mnt/users/ann.lee@example.com.json"
expect_out "sandbox fuse.gotofs" findmnt -n -o SOURCE,FSTYPE "$mnt"
expect_out sandbox bash -c "bin/gotofs status --json '$mnt' | jq -r .profile"
take_down umount "$mnt"

step "its failures are heard"
refuse 'no profile "none"' 3 mount -t fuse.gotofs none "$mnt"
refuse 'did you mean "settle"' 2 mount -t fuse.gotofs -o setle=3 sandbox "$mnt"

step "a profile may be called like a command"
cp "$XDG_CONFIG_HOME/gotofs/sandbox.conf" "$XDG_CONFIG_HOME/gotofs/status.conf"
expect mount -t fuse.gotofs -o refresh=0,rate=100 status "$mnt"
expect_out status findmnt -n -o SOURCE "$mnt"
expect bin/gotofs umount "$mnt"

step "a line in fstab, with what fstab lines have"
cat >fstab <<END
sandbox $mnt fuse.gotofs ro,noauto,_netdev,nofail,user,x-systemd.automount,settle=1,rate=100,refresh=0 0 0
END
expect mount -T fstab "$mnt"
expect test -e "$mnt/users/ann.lee@example.com.json"
grep -q ro, <<<"$(findmnt -n -o OPTIONS "$mnt")," || fail "not read-only"
refuse "Read-only file system" 1 rm "$mnt/users/ann.lee@example.com.json"
take_down bin/gotofs umount "$mnt"
