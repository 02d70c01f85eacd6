#!/bin/bash
# SPDX-License-Identifier: MIT
# .gotofs/snapshots/: mkdir freezes the tenant, at no cost; the whole of it is
# read as it was, by whatever tool, over pulls, remounts and kill -9; rmdir
# drops it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
control=$mnt/.gotofs
snapshots=$control/snapshots
kim=kim.park@example.com
dan=dan.fox@example.com
eve=eve.stone@example.com
a=$snapshots/before-merger

# tree DIR: every name, kind, size, time, target and text below it
tree() {
	(cd "$1" && find . -printf '%P %y %s %T@ %l\n' | sort &&
		find . -type f -exec sha256sum {} + | sort)
}

# numbers DIR: the inode numbers of all that is below it
numbers() {
	(cd "$1" && find . -mindepth 1 -printf '%P %i\n' | sort)
}

step "mkdir: no call, and the whole tree is there, as it is now"
calls_clear
expect mkdir "$a"
expect_calls
is "MANIFEST.sha256 groups licenses reclaim users" "$(cd "$a" && echo *)"
expect diff -r "$a/users" "$control/records"
expect diff -r "$a/users" "$users"
expect cmp "$a/reclaim/rules.json" "$mnt/reclaim/rules.json"
for d in users licenses groups; do
	is "$(cd "$mnt/$d" && find . -printf '%P %y %m %l\n' | sort)" \
		"$(cd "$a/$d" && find . -printf '%P %y %m %l\n' | sort)"
done
expect test "$(find "$a" -xtype l | wc -l)" -eq 0
expect_out "$(readlink -f "$a/users/$kim.json")" \
	readlink -f "$a/licenses/gotomeeting-business/$kim.json"
is "$(jq -r '.snapshots[] | "\(.name) \(.created[0:19])"' "$control/status.json")" \
	"before-merger $(date -u -d "@$(stat -c %Y "$a")" +%FT%T)"
expect_out "  $(jq -r '.snapshots[] | "\(.name), \(.created), \(.generation)"' "$control/status.json")" \
	sh -c "'$gotofs' status '$mnt' | sed -n '/^snapshots\$/{n;p}'"
is snapshot "$(journal_last .verb)"
is .gotofs/snapshots/before-merger "$(journal_last .object)"
expect_calls

step "its numbers are its own, and nothing has the same in the live tree"
(numbers "$mnt"; numbers "$snapshots") | awk '{print $NF}' | sort | uniq -d >twice
is "" "$(cat twice)"
is before-merger "$(ls "$snapshots")"

step "MANIFEST.sha256 says what is in it, files and links"
expect sh -c "cd '$a' && sha256sum -c --strict --quiet MANIFEST.sha256"
is "$(cd "$a" && find . -mindepth 2 ! -type d -printf '%P\n' | sort)" \
	"$(cut -c 67- "$a/MANIFEST.sha256" | sort)"
is "$(stat -c %s "$a/MANIFEST.sha256")" "$(wc -c <"$a/MANIFEST.sha256")"
expect cp -a "$a" copy
echo x >>copy/users/$kim.json
rm copy/licenses/gotomeeting-business/$dan.json
refuse "" 1 sh -c "cd copy && sha256sum -c --quiet MANIFEST.sha256"
is "$(find "$a" -name "$kim.json" -printf '%P: FAILED\n' | sort)" \
	"$(grep ': FAILED$' out | sort)"
said "licenses/gotomeeting-business/$dan.json: FAILED open or read"
rm -rf copy

step "names: no dot in front, not too long, one of each"
calls_clear
refuse "Invalid argument" 1 mkdir "$snapshots/.hidden"
error_record snapshots/.hidden "begin with a dot"
refuse "Invalid argument" 1 mkdir "$snapshots/$(printf '%0201d' 0)"
refuse "Invalid argument" 1 mkdir "$snapshots/"$'a\nb'
refuse "Invalid argument" 1 mkdir "$snapshots/"$'\xff'
refuse "File exists" 1 mkdir "$a"
refuse "Operation not permitted" 1 touch "$snapshots/file"
is before-merger "$(ls -A "$snapshots")"
expect mkdir "$snapshots/vor dem Umzug, März" "$snapshots/$(printf '%0200d' 0)"
expect rmdir "$snapshots/vor dem Umzug, März" "$snapshots/$(printf '%0200d' 0)"
expect_calls
acknowledge

tree "$a" >was
numbers "$a" >numbers_was
step "nothing is asked for twice"
# (the kernel's caches may be dropped for somebody else)
warm() {
	local before
	tree "$a" >/dev/null
	before=$(requests)
	tree "$a" >/dev/null
	test "$before" = "$(requests)"
}
await 60 warm

step "nothing in it can be changed, and rm -rf is harmless"
for command in "rm -f $a/users/$kim.json" "touch $a/users/x@example.com.json" \
	"touch $a/users/$kim.json" "chmod 600 $a/users/$kim.json" \
	"mkdir $a/groups/new" "rmdir $a/groups/Berlin" \
	"ln -s ../../users/$kim.json $a/licenses/gotowebinar-pro/" \
	"rm $a/licenses/gotomeeting-business/$kim.json" \
	"truncate -s 0 $a/users/$kim.json" "mv $a/users/$kim.json $mnt/users/k@example.com.json" \
	"mv $mnt/users/$kim.json $a/users/k@example.com.json" "ln $a/users/$kim.json $a/users/k" \
	"cp $a/users/$dan.json $a/users/$kim.json"; do
	# shellcheck disable=SC2086 # words
	refuse "Read-only file system" 1 $command
done
refuse "Read-only file system" 1 rm -rf "$a"
expect mkdir "$snapshots/other"
# every call that would change something, by names that are there and
# not, into, out of and inside a snapshot; what is answered to it
expect python3 - "$mnt" "$a" "$snapshots/other" "$kim.json" <<'END'
import errno, os, sys
mnt, a, b, kim = sys.argv[1:]
user, link = f"{a}/users/{kim}", f"{a}/licenses/gotomeeting-business/{kim}"
live = f"{mnt}/users/{kim}"

def write(path):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, b"{}")
    finally:
        os.close(fd)

def create(path, flags=0):
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | flags, 0o644))

tried = [
    (errno.EROFS, os.rename, (a, f"{b}/a")),
    (errno.EROFS, os.rename, (a, f"{b}/users")),
    (errno.EROFS, os.rename, (user, f"{mnt}/users/new@example.com.json")),
    (errno.EROFS, os.rename, (live, f"{a}/users/new@example.com.json")),
    (errno.EROFS, os.rename, (live, user)),
    (errno.EROFS, os.rename, (user, live)),
    (errno.EROFS, os.rename, (user, f"{b}/users/{kim}")),
    (errno.EROFS, os.rename, (user, f"{a}/users/new")),
    (errno.EROFS, os.rename, (f"{a}/groups/Berlin", f"{mnt}/groups/New")),
    (errno.EROFS, os.rename, (f"{a}/groups/Berlin", f"{a}/groups/New")),
    (errno.EROFS, os.rename, (f"{mnt}/groups/Berlin", f"{a}/groups/New")),
    (errno.EROFS, os.rename, (f"{a}/users", f"{a}/../new")),
    (errno.ENOENT, os.rename, (f"{a}/users/nobody", f"{a}/users/new")),
    (errno.EROFS, os.mkdir, (f"{a}/new",)),
    (errno.EROFS, os.mkdir, (f"{a}/groups/Berlin/new",)),
    (errno.EEXIST, os.mkdir, (f"{a}/users",)),
    (errno.EROFS, os.rmdir, (f"{a}/users",)),
    (errno.EROFS, os.rmdir, (f"{a}/groups/Berlin",)),
    (errno.ENOENT, os.rmdir, (f"{a}/groups/new",)),
    (errno.ENOTDIR, os.rmdir, (user,)),
    (errno.EROFS, os.unlink, (user,)),
    (errno.EROFS, os.unlink, (link,)),
    (errno.EROFS, os.unlink, (f"{a}/MANIFEST.sha256",)),
    (errno.EISDIR, os.unlink, (f"{a}/users",)),
    (errno.ENOENT, os.unlink, (f"{a}/users/nobody",)),
    (errno.EROFS, os.symlink, ("../../users/" + kim, f"{a}/licenses/gotowebinar-pro/new")),
    (errno.EEXIST, os.symlink, ("x", link)),
    (errno.EROFS, os.link, (user, f"{a}/users/new")),
    (errno.EROFS, os.link, (live, f"{a}/users/new")),
    (errno.EPERM, os.link, (user, f"{mnt}/users/new@example.com.json")),
    (errno.EROFS, create, (f"{a}/users/new@example.com.json",)),
    (errno.EROFS, create, (f"{a}/new",)),
    (errno.EROFS, create, (user, os.O_TRUNC)),
    (errno.EEXIST, create, (user, os.O_EXCL)),
    (errno.EROFS, write, (user,)),
    (errno.EROFS, write, (f"{a}/MANIFEST.sha256",)),
    (errno.EROFS, os.truncate, (user, 0)),
    (errno.EROFS, os.truncate, (f"{a}/reclaim/rules.json", 10)),
    (errno.EROFS, os.utime, (user,)),
    (errno.EROFS, os.chmod, (user, 0o600)),
    (errno.EROFS, os.chmod, (a, 0o700)),
    (errno.EROFS, os.chown, (f"{a}/users", 0, 0)),
    (errno.EROFS, lambda: os.chown(link, 0, 0, follow_symlinks=False), ()),
    (errno.EROFS, os.mkfifo, (f"{a}/users/pipe",)),
    # the kernel asks for none of them, wherever it is
    (errno.EOPNOTSUPP, os.setxattr, (user, "user.x", b"y")),
    (errno.EOPNOTSUPP, os.removexattr, (user, "user.x")),
]
bad = 0
for want, call, args in tried:
    got = 0
    try:
        call(*args)
    except OSError as e:
        got = e.errno
    if got != want:
        bad = 1
        print(call.__name__, args, errno.errorcode.get(got, "0"), "not", errno.errorcode[want])
sys.exit(bad)
END
error_record users/new@example.com.json "no hard links"
acknowledge
expect rmdir "$snapshots/other"
is before-merger "$(ls "$snapshots")"
tree "$a" | cmp - was || fail "something has changed"
is "" "$(find "$control/errors" -type f)"
expect_calls

step "the tenant goes on; the snapshot does not"
mutate '{"op":"update-user","email":"'$kim'","fields":{"lastName":"Married"}}'
mutate '{"op":"create-user","email":"'$eve'","fields":{"firstName":"Eve"},"license":"GoToWebinar Pro","group":"Berlin"}'
mutate '{"op":"delete-user","email":"'$dan'"}'
refresh_tenant
expect test -e "$users/$eve.json"
expect test ! -e "$users/$dan.json"
tree "$a" | cmp - was || fail "something has changed"
expect mkdir "$snapshots/after"
b=$snapshots/after
diff -rq "$a/users" "$b/users" >differ
is "$(sort differ)" "$(sort <<END
Files $a/users/$kim.json and $b/users/$kim.json differ
Only in $a/users: $dan.json
Only in $b/users: $eve.json
END
)"
expect diff -r "$b/users" "$users"

step "what was never sent is in no snapshot; what was is"
expect ln -s ../../users/$eve.json "$mnt/licenses/gotomeeting-business/"
expect mkdir "$snapshots/unsent"
expect rm "$mnt/users/$eve.json"
expect test ! -e "$mnt/users/$eve.json"
expect mkdir "$snapshots/held"
expect test -e "$snapshots/held/users/$eve.json"
expect sync_tenant
expect mkdir "$snapshots/sent"
expect test ! -e "$snapshots/sent/users/$eve.json"
expect rmdir "$snapshots/unsent" "$snapshots/held" "$snapshots/sent"

step "names of groups and licenses are those of then"
expect mv "$mnt/groups/Berlin" "$mnt/groups/Potsdam"
sync_tenant
expect test -d "$a/groups/Berlin" -a ! -e "$a/groups/Potsdam"
expect mkdir "$snapshots/moved"
expect test -d "$snapshots/moved/groups/Potsdam" -a ! -e "$snapshots/moved/groups/Berlin"
expect rmdir "$snapshots/moved"
tree "$a" | cmp - was || fail "something has changed"

step "rsync and tar: the second time nothing is copied, also from the next snapshot"
expect rsync -a "$a/" backup/
is "" "$(rsync -ai "$a/" backup/)"
expect diff -r --no-dereference "$a" backup
rsync -ain --delete "$b/" backup/ | grep -v '^\.d' >plan
is "$(sort plan | awk '{print $2}' | grep users | sort)" "$(printf 'users/%s\n' \
	$dan.json $eve.json $kim.json | sort)"
expect tar cf a.tar -C "$a" .
mkdir untarred
expect tar xpf a.tar -C untarred
expect diff -r --no-dereference "$a" untarred
expect sh -c 'cd untarred && sha256sum -c --strict --quiet MANIFEST.sha256'
rm -rf untarred

step "mv gives it another name; over another it does not"
refuse "" 1 mv -T "$b" "$a"
expect mv -T "$b" "$snapshots/after-merger"
is "after-merger, before-merger" "$(ls -m "$snapshots")"
refuse "Operation not permitted" 1 mv "$a" "$mnt/groups/"
refuse "Bad message" 1 mv -T "$a" "$snapshots/.x"
acknowledge

step "over a remount and a kill -9 all is as it was"
remount
is "after-merger, before-merger" "$(ls -m "$snapshots")"
tree "$a" | cmp - was || fail "something has changed"
numbers "$a" | cmp - numbers_was || fail "other numbers"
kill_and_mount
tree "$a" | cmp - was || fail "something has changed"
numbers "$a" | cmp - numbers_was || fail "other numbers"

step "an unchanged person has one number and one time in all of them"
expect mkdir "$snapshots/third"
is "$(stat -c '%i %y %z' "$a/users/max+test@example.com.json")" \
	"$(stat -c '%i %y %z' "$snapshots/third/users/max+test@example.com.json")"
test "$(stat -c %i "$a/users/$kim.json")" != "$(stat -c %i "$snapshots/third/users/$kim.json")" ||
	fail "a changed one has the same number"

step "rmdir drops it, of whoever is inside"
exec {inside}<"$snapshots/third/users"
cd "$snapshots/third/users" || fail "cannot go there"
expect rmdir "$snapshots/third"
ls >"$WORK/out" 2>"$WORK/err" && fail "it is listed" "$(head "$WORK/out")"
cat "$kim.json" >"$WORK/out" 2>"$WORK/err" && fail "it is read"
cd "$WORK" || fail "lost"
exec {inside}<&-
is "after-merger, before-merger" "$(ls -m "$snapshots")"
refuse "No such file" 1 rmdir "$snapshots/third"
is drop-snapshot "$(journal_last .verb)"
expect mkdir "$snapshots/third"
expect diff -r "$snapshots/third/users" "$users"
expect find "$snapshots/third" -maxdepth 0 -exec rmdir {} +

step "readers see one state while pulls publish others"
in_background sh -c "
	i=0
	while test \$i -lt 20 && test ! -e stop; do
		tar cf - -C '$a' . | cmp - a.tar || exit 1
		i=\$((i + 1))
	done"
for i in 1 2 3 4 5; do
	mutate '{"op":"update-user","email":"'$kim'","fields":{"lastName":"Nr'$i'"}}'
	refresh_tenant
done
touch stop
ended 0

step "the account is away: all of it is read"
stop_sandbox
tree "$a" | cmp - was || fail "something has changed"
expect mkdir "$snapshots/offline"
expect diff -r "$snapshots/offline/users" "$users"

step "read-only: they are read, none is made or dropped; a dry run likewise"
unmount_tenant
log_allowed='refresh: '
mount_tenant ro
tree "$a" | cmp - was || fail "something has changed"
refuse "Read-only file system" 1 mkdir "$snapshots/x"
refuse "Read-only file system" 1 rmdir "$a"
