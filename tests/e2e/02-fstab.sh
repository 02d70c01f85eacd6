#!/bin/bash
# SPDX-License-Identifier: MIT
# mount -t fuse.gotofs and a line in fstab, through libfuse's mount.fuse and
# through our own helper. mount(8) forgets PATH, so the program has to be in a
# standard place: a mount namespace of our own has it in /usr/local/bin, and the
# helper in /usr/sbin, and nobody else sees it.
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

# ------------------------------------------------------------- our own helper

mkdir sbin usr-sbin
expect mount --bind /usr/sbin usr-sbin
for file in usr-sbin/*; do
	ln -s "$WORK/$file" sbin/
done
ln -s /usr/local/bin/gotofs sbin/mount.fuse.gotofs
expect mount --bind sbin /usr/sbin

step "the helper: mount(8)'s words, and its own"
expect mount -v -t fuse.gotofs -o refresh=0,rate=100,ro sandbox "$mnt"
expect_out "sandbox fuse.gotofs" findmnt -n -o SOURCE,FSTYPE "$mnt"
for flag in ro nosuid nodev noexec; do
	findmnt -n -o OPTIONS "$mnt" | grep -qw $flag || fail "not $flag"
done
refuse "a mount cannot be changed" 2 mount -o remount,rw "$mnt"
take_down umount "$mnt"

step "its failures"
refuse 'no profile "none"' 3 mount -t fuse.gotofs none "$mnt"
refuse 'did you mean "settle"' 2 mount -t fuse.gotofs -o setle=3 sandbox "$mnt"
refuse "expected a profile and a folder" 2 sbin/mount.fuse.gotofs sandbox
refuse "cannot mount in another namespace" 2 \
	sbin/mount.fuse.gotofs sandbox "$mnt" -N /proc/self/ns/mnt
refuse "unknown option" 2 sbin/mount.fuse.gotofs sandbox "$mnt" -q

step "mount -f looks and leaves it, mount -s takes unknown words"
expect mount -f -t fuse.gotofs sandbox "$mnt"
! mountpoint -q "$mnt" || fail "mounted"
refuse 'no profile "none"' 3 mount -f -t fuse.gotofs none "$mnt"
expect sbin/mount.fuse.gotofs sandbox "$mnt" -o refresh=0,setle=3 -s
take_down umount "$mnt"

step "fstab: user and exec as mount(8) has them, for somebody else"
cat >fstab <<END
sandbox $mnt fuse.gotofs user,exec,noauto,allow_other,uid=65534,gid=65534,umask=027,rate=100,refresh=0 0 0
END
expect mount -T fstab "$mnt"
options=$(findmnt -n -o OPTIONS "$mnt")
grep -qw nosuid <<<"$options" || fail "not nosuid: $options"
! grep -qw noexec <<<"$options" || fail "noexec: $options"
expect_out "65534 65534 640" stat -c '%u %g %a' "$mnt/users/ann.lee@example.com.json"
chmod 711 "$WORK"
expect setpriv --reuid=65534 --regid=65534 --clear-groups \
	test -r "$mnt/users/ann.lee@example.com.json"
expect setpriv --reuid=12345 --regid=65534 --clear-groups \
	test -r "$mnt/users/ann.lee@example.com.json"
refuse "Permission denied" 1 setpriv --reuid=12345 --regid=12345 \
	--clear-groups cat "$mnt/users/ann.lee@example.com.json"

step "... who has no way to the daemon but the files"
as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
install -m 755 "$gotofs" program
refuse "only root and whoever mounted can ask the daemon" 1 \
	as_user "$WORK/program" sync "$mnt"
expect as_user bash -c "echo refresh >'$mnt/.gotofs/ctl'"
expect_out ok as_user jq -r .state "$mnt/.gotofs/status.json"
take_down umount "$mnt"
