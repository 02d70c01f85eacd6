#!/bin/bash
# SPDX-License-Identifier: MIT
# users/: a removal is held, and a tool that replaces by unlinking never costs
# an account; who is protected stays; mv changes the address.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
conf=$XDG_CONFIG_HOME/gotofs/sandbox.conf
printf '\n[guard]\nprotect = dan@*, *.fox@example.com\n' >>"$conf"
users=$mnt/users
ann=ann.lee@example.com
kim=kim.park@example.com
stan=stan.still@example.com
key_of() {
	tenant_user "$1" .key
}

step "rm is held, then sent: one call"
mount_tenant settle=60
calls_clear
expect rm "$users/$stan.json"
test ! -e "$users/$stan.json" || fail "still shown"
expect_out 1 jq .changes.held "$mnt/.gotofs/status.json"
expect_calls

step "who writes to what he had open before: EIO, a record and a journal line"
expect cp "$users/$ann.json" before.json
for how in '<>' '>'; do # as it is, and truncated
	eval "exec 3$how\"$users/$ann.json\""
	expect rm "$users/$ann.json"
	refuse "Input/output error" 1 bash -c "echo '{\"lastName\":\"Late\"}' >&3"
	exec 3>&-
	error_record "users/$ann.json" "removed or replaced"
	error_record "users/$ann.json" '"Late"'
	expect_out "update users/$ann.json EIO" jq -r '"\(.verb) \(.object) \(.result)"' \
		<(tail -n 1 "$mnt/.gotofs/journal.jsonl")
	expect cp before.json "$users/$ann.json"
	no_error_record "users/$ann.json"
done
expect_calls
unmount_tenant
mount_tenant
wait_for_calls "DELETE /users/{}" 1
sync_tenant
is "" "$(tenant_user $stan)"
expect_calls "DELETE /users/{}=1"

step "his links stay until he goes, and go with him"
links=$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json" | sort)
is 2 "$(wc -l <<<"$links")"
unmount_tenant
mount_tenant settle=60
calls_clear
expect rm "$users/$kim.json"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$kim.json" | sort)"
sync_tenant
is "" "$(find "$mnt" -name "$kim.json")"
expect_calls "DELETE /users/{}=1"

step "held removals of his links are part of his: one call in all"
carla=carla.upper@example.com
expect rm "$mnt/licenses/gotowebinar-pro/$carla.json" "$mnt/groups/Berlin/$carla.json"
expect rm "$users/$carla.json"
is "" "$(find "$mnt" -name "$carla.json")"
sync_tenant
is "" "$(find "$mnt" -name "$carla.json")"
expect_calls "DELETE /users/{}=1"

step "the same when an assignment needs his seat, and while he is going"
full=full.house@example.com
fault '{"match":"DELETE /users/{}","kind":"slow","delay_ms":700,"apply":false}'
expect rm "$mnt/groups/Engineering/Apps/$full.json" "$users/$full.json"
expect ln -s ../../users/$ann.json "$mnt/licenses/gotomeeting-starter/"
wait_for_calls "DELETE /users/{}" 1
test ! -L "$mnt/groups/Engineering/Apps/$full.json" || fail "a removed link is back"
sync_tenant
is "" "$(find "$mnt" -name "$full.json")"
expect_calls "DELETE /users/{}=1" "POST /licenses/{}/users/{}=1"
expect rm "$mnt/licenses/gotomeeting-starter/$ann.json"
sync_tenant
calls_clear

step "a removal that is refused: all of him comes back"
links=$(find "$mnt" -name "$ann.json" | sort)
fault '{"match":"DELETE /users/{}","kind":"status","status":403}'
expect rm "$mnt/licenses/gotomeeting-business/$ann.json" "$users/$ann.json"
refuse "refused" 1 "$gotofs" sync "$mnt"
is "$links" "$(find "$mnt" -name "$ann.json" | sort)"
error_record users/$ann.json EACCES
expect_calls "DELETE /users/{}=1"
expect_out $ann jq -r .email "$users/$ann.json"

step "every tool that replaces by unlinking: the same account, no call"
key=$(key_of $ann)
ino=$(stat -c %i "$users/$ann.json")
cp "$users/$ann.json" here.json
still_there() {
	sync_tenant
	expect_calls "$@"
	is "$key" "$(key_of $ann)"
	is "$ino" "$(stat -c %i "$users/$ann.json")"
	no_error_record users/$ann.json
}
expect cp --remove-destination here.json "$users/$ann.json"
still_there
expect install -m 600 here.json "$users/$ann.json"
still_there
cp here.json there.json
expect mv -f there.json "$users/$ann.json" # from another file system
still_there
expect tar -C "$users" -cf ann.tar $ann.json
expect tar -C "$users" -xf ann.tar
still_there
expect tar -C "$users" -xpf ann.tar --unlink-first
still_there
expect bash -c "rm '$users/$ann.json' && cat here.json >'$users/$ann.json'"
still_there
expect python3 - "$users/$ann.json" <<'END'
import os, sys
text = open("here.json").read()
os.unlink(sys.argv[1])
open(sys.argv[1], "x").write(text)
END
still_there

step "the same with a change in it: one PUT"
jq '.lastName = "Leigh"' here.json >new.json
expect install -m 600 new.json "$users/$ann.json"
still_there "PUT /users/{}=1"
expect_out Leigh jq -r .lastName "$users/$ann.json"
expect tar -C "$users" -xf ann.tar
still_there "PUT /users/{}=1"

step "the same with a document that is refused: he stays as he was"
echo '{"firstName":' >bad.json
refuse "Invalid argument" 1 install -m 600 <(echo '{"lastName":7}') "$users/$ann.json"
error_record users/$ann.json lastName
sync_tenant
expect_out Lee jq -r .lastName "$users/$ann.json"
is "$key" "$(key_of $ann)"
expect_calls
expect rm "$mnt/.gotofs/errors/users/$ann.json.txt"

step "git checkout in a worktree here: no DELETE"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com
git_here() {
	git --git-dir="$WORK/git" --work-tree="$mnt" "$@"
}
expect git init -q --bare git
expect git --git-dir=git config core.bare false
expect git_here add users/ann* users/max*
expect git_here commit -qm one
expect cp new.json "$users/$ann.json"
expect git_here commit -qam two
calls_clear
expect git_here checkout -q HEAD~1
expect_out Lee jq -r .lastName "$users/$ann.json"
still_there "PUT /users/{}=1"
expect git_here reset -q --hard "HEAD@{1}"
still_there "PUT /users/{}=1"
expect_out Leigh jq -r .lastName "$users/$ann.json"
expect_out "" git_here status --porcelain -uno

step "who is protected: EPERM, a reason, and nothing held"
for name in dan.fox@example.com admin@example.com second.admin@example.com; do
	refuse "Operation not permitted" 1 rm -f "$users/$name.json"
	test -e "$users/$name.json" || fail "gone"
done
error_record users/dan.fox@example.com.json "protected by the profile"
error_record users/admin@example.com.json "whose token gotofs uses"
error_record users/second.admin@example.com.json "last two super administrators"
refuse "Operation not permitted" 1 bash -c \
	"jq '.adminRoles=[]' '$users/second.admin@example.com.json' >r.json && cp r.json '$users/second.admin@example.com.json'"
error_record users/second.admin@example.com.json "SUPER_USER cannot be taken"
expect_out '["SUPER_USER"]' jq -c .adminRoles "$users/second.admin@example.com.json"
expect_out "dan@* *.fox@example.com admin@example.com second.admin@example.com" jq -r '.protected | join(" ")' "$mnt/.gotofs/status.json"
sync_tenant
expect_calls

step "nobody leaves the protection by another address"
dan=$users/dan.fox@example.com.json
refuse "Operation not permitted" 1 mv "$dan" "$users/x.park@example.com.json"
error_record users/x.park@example.com.json "the new address would not be"
test -e "$dan" || fail "gone"
expect mv "$dan" "$users/d.fox@example.com.json"
refuse "Operation not permitted" 1 rm "$users/d.fox@example.com.json"
sync_tenant
expect_calls "PUT /users/{}=1"
expect mv "$users/d.fox@example.com.json" "$dan"
sync_tenant
expect_calls "PUT /users/{}=1"
acknowledge

step "with a third one, the second may go; then no further"
third=manager@example.com
expect bash -c "jq '.adminRoles=[\"SUPER_USER\"]' '$users/$third.json' >r.json && cp r.json '$users/$third.json'"
expect rm "$users/second.admin@example.com.json"
refuse "Operation not permitted" 1 rm "$users/$third.json"
refuse "Operation not permitted" 1 bash -c \
	"jq '.adminRoles=[]' '$users/$third.json' >r.json && cp r.json '$users/$third.json'"
sync_tenant
expect_calls "PUT /users/{}=1" "DELETE /users/{}=1"

step "the guard judges again when a removal is to be sent"
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"adminRoles":["SUPER_USER"]}}'
refresh_tenant
expect rm "$users/$third.json"
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"adminRoles":[]}}'
refresh_tenant
calls_clear
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
error_record "users/$third.json" "last two super administrators"
test -e "$users/$third.json" || fail "he did not come back"
expect_calls

step "also who became one of the last two while he was held"
alice=alice.baker@example.com
expect rm "$users/$alice.json"
mutate '{"op":"update-user","email":"'$alice'","fields":{"adminRoles":["SUPER_USER"]}}'
mutate '{"op":"update-user","email":"'$third'","fields":{"adminRoles":[]}}'
refresh_tenant
calls_clear
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
error_record "users/$alice.json" "last two super administrators"
test -e "$users/$alice.json" || fail "he did not come back"
expect_calls
mutate '{"op":"update-user","email":"'$third'","fields":{"adminRoles":["SUPER_USER"]}}'
mutate '{"op":"update-user","email":"'$alice'","fields":{"adminRoles":[]}}'
refresh_tenant

step "also when a seat of his is needed at once"
house=$(find "$mnt/licenses/gotomeeting-starter" -name "[a-z]*.json" -printf "%f\n" | sort | sed -n "1s/.json$//p")
taken=$(find "$mnt/licenses/gotomeeting-starter" -type l | wc -l)
mutate '{"op":"update-license","license":"GoToMeeting Starter","seats":'"$taken"'}'
mutate '{"op":"update-user","email":"'$house'","fields":{"adminRoles":["SUPER_USER"]}}'
refresh_tenant
expect rm "$users/$house.json"
mutate '{"op":"update-user","email":"'$third'","fields":{"adminRoles":[]}}'
refresh_tenant
calls_clear
refuse "No space left" 1 ln -s ../../users/ivy.invited@example.com.json "$mnt/licenses/gotomeeting-starter/"
test -e "$users/$house.json" || fail "he did not come back"
error_record "users/$house.json" "last two super administrators"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
expect_calls
mutate '{"op":"update-user","email":"'$third'","fields":{"adminRoles":["SUPER_USER"]}}'
mutate '{"op":"update-user","email":"'$house'","fields":{"adminRoles":[]}}'
refresh_tenant
calls_clear

step "a name that is not there is ENOENT, one that is never"
refuse "No such file" 1 rm "$users/nobody@example.com.json"
expect rm -f "$users/nobody@example.com.json"
refuse "Is a directory" 1 rm "$mnt/users"
refuse "Directory not empty" 1 rmdir "$mnt/users"
refuse "Operation not permitted" 1 rm -f "$mnt/.gotofs/status.json"
refuse "Operation not permitted" 1 rm -f "$mnt/.gotofs/HELP"
refuse "Operation not permitted" 1 rm -f "$mnt/.gotofs/records/$ann.json"
sync_tenant
expect_calls

step "mv changes the address: the account, its seats and its group stay"
max=max+test@example.com
new=max.moved@example.com
key=$(key_of $max)
before=$(tenant_user $max '[.licenseKeys, .groupKey]|tojson')
ino=$(stat -c %i "$users/$max.json")
links=$(find "$mnt/licenses" "$mnt/groups" -name "$max.json" -printf '%h\n' | sort)
expect mv "$users/$max.json" "$users/$new.json"
expect_out $new jq -r .email "$users/$new.json"
test ! -e "$users/$max.json" || fail "both are there"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$new.json" -printf '%h\n' | sort)"
is "" "$(find "$mnt/licenses" "$mnt/groups" -name "$max.json")"
sync_tenant
expect_calls "PUT /users/{}=1"
is "$key" "$(key_of $new)"
is "$before" "$(tenant_user $new '[.licenseKeys, .groupKey]|tojson')"
is "$ino" "$(stat -c %i "$users/$new.json")"
expect_out $new jq -r .email "$mnt/.gotofs/records/$new.json"
test ! -e "$mnt/.gotofs/records/$max.json" || fail "a record of the old address"

step "onto an account: EEXIST; back again; exchanged: EINVAL"
refuse "File exists" 1 mv "$users/$new.json" "$users/$ann.json"
error_record users/$ann.json "belongs to another account"
refuse "Invalid argument" 1 python3 - "$users/$new.json" "$users/$ann.json" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (p.encode() for p in sys.argv[1:])
if libc.renameat2(-100, a, -100, b, 2) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
END
refuse "Bad message" 1 mv "$users/$new.json" "$users/No.Upper@example.com.json"
test -e "$users/$new.json" || fail "gone"
expect mv "$users/$new.json" "$users/$max.json"
sync_tenant
expect_calls "PUT /users/{}=1"
is "$key" "$(key_of $max)"

step "an address that the tenant refuses: the name goes back"
fault '{"match":"PUT /users/{}","kind":"status","status":409}'
expect mv "$users/$max.json" "$users/$new.json"
refuse "refused" 1 "$gotofs" sync "$mnt"
expect_out $max jq -r .email "$users/$max.json"
test ! -e "$users/$new.json" || fail "both are there"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$max.json" -printf '%h\n' | sort)"
error_record users/$new.json EEXIST

step "mv onto the name of one who is being removed"
expect rm "$users/olga.open@example.com.json"
refuse "File exists" 1 mv "$users/$max.json" "$users/olga.open@example.com.json"
calls_clear
sync_tenant
expect_calls "DELETE /users/{}=1"
expect mv "$users/$max.json" "$users/olga.open@example.com.json"
sync_tenant
is "$key" "$(key_of olga.open@example.com)"
