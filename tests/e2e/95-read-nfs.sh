#!/bin/bash
# SPDX-License-Identifier: MIT
# The mount exported read-only over NFS (nfs-ganesha; a client of our own that
# shows its handles, and libnfs's): what NFS shows is the mount, the handles of
# its clients are good after daemon and server were started anew.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
e2e=$(dirname "$(readlink -f "$0")")

start_sandbox
mount_tenant
dan=$users/dan.fox@example.com.json
port=$(free_port)
url="nfs://127.0.0.1/goto"
query="version=4&nfsport=$port"
server_pid=

# As the README has it, but for where things are and who may wait for whom. The
# number of the device is another one at each mount: Major64 leaves it out.
cat >ganesha.conf <<END
NFS_CORE_PARAM {
	Protocols = 4;
	NFS_Port = $port;
	Bind_addr = 127.0.0.1;
	Enable_RQUOTA = false;
	Enable_NLM = false;
}
NFSv4 {
	Graceless = true;
	RecoveryBackend = fs;
	RecoveryRoot = $WORK/recovery;
}
EXPORT {
	Export_Id = 77;
	Path = $mnt;
	Pseudo = /goto;
	Protocols = 4;
	Access_Type = RO;
	Squash = No_Root_Squash;
	SecType = sys;
	Attr_Expiration_Time = 0;
	FSAL { Name = VFS; fsid_type = Major64; }
}
END
mkdir -p recovery

start_server() {
	ganesha.nfsd -F -N NIV_EVENT -L "$WORK/ganesha.log" -p "$WORK/ganesha.pid" \
		-f "$WORK/ganesha.conf" >"$WORK/ganesha.out" 2>&1 &
	server_pid=$!
	other_pids=$server_pid
	await 60 server_answers
	! has_ended "$server_pid" || fail "no server" "$(cat ganesha.log ganesha.out)"
}
server_answers() {
	"$e2e/nfs4" "$port" get goto || has_ended "$server_pid"
}
stop_server() {
	kill "$server_pid"
	wait "$server_pid"
	server_pid='' other_pids=''
}
handles() {
	"$e2e/nfs4" "$port" get "$@" || fail "no handle: $*"
}
now_is() {
	"$e2e/nfs4" "$port" open <"$1" || fail "not opened"
}
# What a local reader finds there, as nfs4 says it.
local_is() {
	local path
	while read -r path; do
		path=$mnt${path#goto}
		printf 'ino %s ' "$(stat -c %i "$path")"
		if test -L "$path"; then
			readlink "$path"
		elif test -d "$path"; then
			(cd "$path" && find . -mindepth 1 -maxdepth 1 ! -name .gotofs \
				-printf '%P\n') | sort | paste -sd ' '
		else
			sha256sum "$path" | cut -d' ' -f1
		fi
	done <"$1"
}
nfs_cat() {
	nfs-cat "$url/$1?$query"
}

step "everything is there: names, numbers, links, bytes"
start_server
(cd "$mnt" && find . -mindepth 1 ! -path './reports/*') | sed 's|^\.|goto|' >paths
echo goto >>paths
mapfile -t paths <paths
calls_clear
handles "${paths[@]}" >all
is "$(wc -l <paths)" "$(sort -u all | wc -l)"
now_is all >before
local_is paths | diff - before >"$WORK/diff" || fail "$(head "$WORK/diff")"
is "$(find "$mnt" -mindepth 1 ! -name .gotofs | wc -l)" \
	"$(nfs-ls -R "$url?$query" 2>"$WORK/err" | wc -l)"
nfs_cat "users/${ann##*/}" | cmp - "$ann" || fail "libnfs reads otherwise"
expect_calls

step "read-only"
echo '{"lastName":"No"}' >no
! nfs-cp no "$url/users/${ann##*/}?$query" >"$WORK/out" 2>&1 || fail "written"
is Lee "$(tenant_user ann.lee@example.com .lastName)"
expect_calls

step "what a pull publishes, and what is written here, is read there"
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Fuchs"}}'
refresh_tenant
is Fuchs "$(nfs_cat "users/${dan##*/}" | jq -r .lastName)"
echo '{"lastName":"Lie"}' >"$ann"
is Lie "$(nfs_cat "users/${ann##*/}" | jq -r .lastName)"
handles "${paths[@]}" | diff all - || fail "another handle"
now_is all >before

step "the server holds the mount: unmounting says so"
refuse busy 5 "$gotofs" umount "$mnt"

step "daemon and server anew: the clients' handles are good"
stop_server
unmount_tenant
mount_tenant
start_server
now_is all | diff before - >"$WORK/diff" || fail "$(head "$WORK/diff")"

step "the daemon dies under the server: an error, or as before, and never less"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
now_is all >after
# (what server and kernel hold of it can still be read)
is "$(wc -l <all)" "$(wc -l <after)"
is "" "$(diff before after | grep '^>' | grep -v '^> NFS4ERR')"
stop_server
expect "$gotofs" umount "$mnt"
mount_tenant
start_server
now_is all | diff before - >"$WORK/diff" || fail "$(head "$WORK/diff")"

step "replaced, and removed: stale is who is gone, and nobody else"
handles "goto/users/${ann##*/}" "goto/users/${dan##*/}" >old
expect sed -i 's/"lastName": .*/"lastName": "New",/' "$ann"
expect rm "$dan"
sync_tenant
handles "goto/users/${ann##*/}" >new
now_is new >before
stop_server
unmount_tenant
mount_tenant
start_server
is "$(<before)" "$(now_is new)"
is "$(printf 'NFS4ERR_STALE\nNFS4ERR_STALE')" "$(now_is old)"
stop_server
