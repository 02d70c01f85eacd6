#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody who is not root mounts for himself, through fusermount3; what is his
# is nobody else's.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

test "$(id -u)" -eq 0 || fail "becoming somebody else needs root"

# In a container /dev/fuse may be root's alone; elsewhere it is everybody's. A
# mount namespace of our own has one like that.
if test -z "${IN_NAMESPACE-}"; then
	trap - EXIT
	IN_NAMESPACE=1 exec unshare --mount --propagation slave bash "$0"
fi
mkdir dev
expect mount -t tmpfs -o mode=755 none dev
expect mknod -m 666 dev/fuse c 10 229
expect mount --bind dev/fuse /dev/fuse

# as_user UID CMD...
as_user() {
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

ours=$(id -u nobody) # fusermount3 wants a name
other=$(id -u daemon)
start_sandbox
chmod 755 "$WORK"
chown -R "$ours:$ours" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$mnt"
cp "$gotofs" "$WORK/gotofs" # the build may be where only root may look
gotofs=$WORK/gotofs

step "mount, look, change"
expect as_user "$ours" "$gotofs" mount -o refresh=0,settle=0.5,rate=100 \
	sandbox "$mnt"
expect_out "$ours $ours 600" as_user "$ours" \
	stat -c '%u %g %a' "$mnt/users/ann.lee@example.com.json"
expect as_user "$ours" bash -c \
	"echo '{\"lastName\":\"Leigh\"}' >'$mnt/users/ann.lee@example.com.json'"
is Leigh "$(tenant_user ann.lee@example.com .lastName)"

step "others see nothing, and command nothing"
refuse "Permission denied" 2 as_user "$other" ls "$mnt"
refuse "Permission denied" 1 as_user "$other" "$gotofs" status "$mnt"
socket=$XDG_STATE_HOME/gotofs/sandbox/control.sock
expect_out "$ours 600" stat -c '%u %a' "$socket"
refuse "fusermount3 -u failed" 1 as_user "$other" "$gotofs" umount "$mnt"

step "another mount of the same account is refused"
mkdir other
chown "$ours" other
refuse "another" 5 as_user "$ours" "$gotofs" mount sandbox other

step "umount waits for the end"
is sandbox "$(as_user "$ours" "$gotofs" status --json "$mnt" | jq -r .profile)"
expect as_user "$ours" "$gotofs" umount "$mnt"
expect flock --nonblock "$XDG_STATE_HOME/gotofs/sandbox/lock" true
! mountpoint -q "$mnt" || fail "still mounted"

step "a mount point that is not his"
mkdir theirs
refuse "gotofs: " 1 as_user "$ours" "$gotofs" mount sandbox theirs
expect flock --nonblock "$XDG_STATE_HOME/gotofs/sandbox/lock" true
