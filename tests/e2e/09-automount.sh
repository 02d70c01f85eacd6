#!/bin/bash
# SPDX-License-Identifier: MIT
# A line of fstab with x-systemd.automount, under a real systemd: mounted when
# somebody looks, with what the line says; gone when nobody does; and whoever
# looks while the last daemon still sends waits for it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_fault.sh
. "$(dirname "$0")/functions_fault.sh"
# shellcheck source=tests/e2e/functions_systemd.sh
. "$(dirname "$0")/functions_systemd.sh"

test "$(id -u)" -eq 0 || fail "the system's manager is root's"
if test -z "${IN_NAMESPACE-}"; then
	mkdir generators helpers
	ln -s /lib/systemd/system-generators/systemd-fstab-generator generators/
	ln -s /usr/local/bin/gotofs helpers/mount.fuse.gotofs
	under_manager
fi
manager_is_up
mnt=/srv/goto
unit=srv-goto.mount
cat >/etc/fstab <<END
sandbox $mnt fuse.gotofs noauto,x-systemd.automount,_netdev,allow_other,uid=1000,x-systemd.idle-timeout=1s,async_writes,rate=100,refresh=0 0 0
END

# Looking for it in there would keep it.
is_unmounted() {
	test "$(of_unit ActiveState)" = inactive
}

is_coming() {
	test "$(of_unit ActiveState)" = activating
}

step "at boot: it waits for somebody to look"
expect systemctl daemon-reload
expect systemctl start remote-fs.target
is "waiting" "$(of_unit SubState srv-goto.automount)"
is "inactive" "$(of_unit ActiveState)"

step "the first look mounts it, as the line says"
expect_out 200 setpriv --reuid=1000 --regid=1000 --clear-groups \
	bash -c "cat $mnt/users/*.json | jq .email | wc -l"
exec 9<"$mnt/users" # so it stays
is "active mounted" "$(of_unit ActiveState) $(of_unit SubState)"
expect_out "1000 0 600" stat -c '%u %g %a' "$mnt/users/ann.lee@example.com.json"
for option in rw nosuid nodev noexec allow_other; do
	findmnt -n -t fuse.gotofs -o OPTIONS "$mnt" | grep -qw "$option" ||
		fail "not $option"
done
exec 9<&-

step "nobody looks: it goes, and the daemon too"
await 60 is_unmounted
is success "$(of_unit Result)"
await 60 flock --nonblock /var/lib/gotofs/sandbox/lock true
expect test -e "$mnt/users/ann.lee@example.com.json"

step "stopped with a change on its way: who looks then waits for its end"
calls_clear
hold "PUT /users/{}"
expect bash -c "echo '{\"lastName\":\"Leigh\"}' >'$mnt/users/ann.lee@example.com.json'"
wait_for_calls "PUT /users/{}" 1
expect systemctl stop "$unit"
in_background jq -r .lastName "$mnt/users/ann.lee@example.com.json"
await 60 is_coming
waits
let_go
ended 0 Leigh
expect_calls "PUT /users/{}=1"

step "killed: what it leaves goes as well, and the next look mounts it anew"
kill -9 "$(head -n 1 /var/lib/gotofs/sandbox/lock)"
await 60 is_unmounted
expect_out Leigh jq -r .lastName "$mnt/users/ann.lee@example.com.json"

expect systemctl stop srv-goto.automount "$unit"
