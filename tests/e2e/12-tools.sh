#!/bin/bash
# SPDX-License-Identifier: MIT
# The tools that write a file (file-tools.md 1 and 2): what each costs on an
# account, on a new name, on the same text, and who hears a refusal how.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear
mkdir tree archive

# The text to be written is in ./text; each tool has TARGET to write it to.
by_echo() { echo "$(<text)" >"$1"; }
# shellcheck disable=SC2016 # the inner shell expands it
by_dash() { dash -c 'read -r text; echo "$text" >"$1"' dash "$1" <text; }
by_cat() { cat text >"$1"; }
by_tee() { tee "$1" <text >tee.out; }
by_tee_pipe() { { head -c 5 text; tail -c +6 text; } | tee "$1" >tee.out; }
by_cp() { cp text "$1"; }
by_cp_a() { cp -a text "$1"; }
by_cp_f() { cp -f text "$1"; }
by_cp_remove() { cp --remove-destination text "$1"; }
by_install() { install -m 600 -p text "$1"; }
by_mv() { cp text moved && mv moved "$1"; }
by_dd() { dd if=text of="$1" conv=fsync status=none; }
by_dd_1() { dd if=text of="$1" bs=1 status=none; }
by_dd_sync() { dd if=text of="$1" oflag=sync status=none; }
by_jq() { jq . text >"$1"; }
by_sponge() { sponge "$1" <text; }
by_python() {
	python3 -c 'import sys
with open(sys.argv[1], "w") as f:
    f.write(open("text").read())' "$1"
}
by_shutil() {
	python3 -c 'import sys, shutil
shutil.copyfile("text", sys.argv[1])' "$1"
}
by_replace() {
	python3 -c 'import os, sys, tempfile
f, name = tempfile.mkstemp(dir=os.path.dirname(sys.argv[1]))
os.write(f, open("text", "rb").read())
os.close(f)
os.replace(name, sys.argv[1])' "$1"
}
by_curl() { curl -sS -o "$1" "file://$PWD/text"; }
by_rsync() { rsync -a text "$1"; }
by_rsync_inplace() { rsync -a --inplace text "$1"; }
by_rsync_delay() {
	cp -p text "tree/${1##*/}"
	rsync -a --delay-updates "tree/${1##*/}" "${1%/*}/"
}
by_tar() {
	cp -p text "tree/${1##*/}"
	tar -C tree -cf - "${1##*/}" | tar -C "${1%/*}" -xf -
}
by_tar_overwrite() {
	cp -p text "tree/${1##*/}"
	tar -C tree -cf - "${1##*/}" | tar -C "${1%/*}" --overwrite -xf -
}
by_cpio() {
	cp -p text "tree/${1##*/}"
	tar -C tree --format=ustar -cf - "${1##*/}" |
		python3 -c 'import sys, tarfile
tarfile.open(fileobj=sys.stdin.buffer, mode="r|").extractall(sys.argv[1])' "${1%/*}"
}
by_vim() {
	vim -es -u NONE -c 'set nomodeline' -c '%d' -c 'r text' \
		-c wq "$1" </dev/null
}
by_vim_copy() {
	vim -es -u NONE -c 'set backupcopy=yes' -c '%d' -c 'r text' \
		-c wq "$1" </dev/null
}
tools=(by_echo by_dash by_cat by_tee by_tee_pipe by_cp by_cp_a by_cp_f
	by_cp_remove by_install by_mv by_dd by_dd_1 by_dd_sync by_jq by_sponge
	by_python by_shutil by_replace by_curl by_rsync by_rsync_inplace
	by_rsync_delay by_tar by_tar_overwrite by_cpio by_vim by_vim_copy)

step "an account: one call; the same again: none"
n=0
for tool in "${tools[@]}"; do
	n=$((n + 1))
	printf '{"lastName":"By%d"}\n' $n >text
	expect "$tool" "$ann"
	field "$ann" .lastName By$n
	expect_calls "PUT /users/{}=1"
	expect "$tool" "$ann"
	field "$ann" .lastName By$n
	expect_calls
	no_error_record users/ann.lee@example.com.json
	test -z "$(find "$users" -mindepth 1 ! -name '*.json')" ||
		fail "$tool left $(find "$users" ! -name '*.json')"
done
is By$n "$(tenant_user ann.lee@example.com .lastName)"
sync_tenant
expect_calls

step "a new person: one call, and the record is read"
n=0
for tool in "${tools[@]}"; do
	n=$((n + 1))
	printf '{"firstName":"New","lastName":"By%d"}\n' $n >text
	expect "$tool" "$users/new$n@example.com.json"
	sync_tenant # what is renamed is not waited for, and may gather
	field "$users/new$n@example.com.json" '.lastName + (.key | type)' By${n}string
	is By$n "$(tenant_user new$n@example.com .lastName)"
	expect_calls "POST /users=1" "GET /users/{}=1"
done

# how_refused TOOL: its exit status and what it says
how_refused() {
	case $1 in
	by_dash) echo "1 I/O error" ;;
	by_jq) echo "2 Invalid argument" ;;
	by_curl) echo "23 " ;;
	by_rsync) echo "23 Bad message" ;;
	by_rsync_delay) echo "23 Bad message" ;;
	by_rsync_inplace) echo "11 Invalid argument" ;;
	by_replace) echo "1 Bad message" ;;
	by_tar | by_tar_overwrite) echo "2 Invalid argument" ;;
	by_vim | by_vim_copy) echo "1 " ;;
	*) echo "1 Invalid argument" ;;
	esac
}

# vim and rsync --delay-updates leave files of theirs
leave_nothing() {
	find "$users" -mindepth 1 -maxdepth 1 ! -name '*.json' -exec rm -r {} +
}

# hears WORDS STATUS CMD...: as refuse, where WORDS may be empty
hears() {
	local words=$1 want=$2
	shift 2
	if test -n "$words"; then
		refuse "$words" "$want" "$@"
	else
		"$@" >out 2>&1
		test $? -eq "$want" || fail "not $want: $*" "$(cat out)"
	fi
}

step "a refusal is heard by every tool, and changes nothing"
printf '{"lastName":"By","color":"red"}\n' >text
for tool in "${tools[@]}"; do
	cat "$ann" >before
	read -r status words < <(how_refused "$tool")
	hears "$words" "$status" "$tool" "$ann"
	error_record users/ann.lee@example.com.json 'no field "color"'
	await 10 test -e "$ann"
	expect cmp before "$ann"
	rm "$mnt/.gotofs/errors/users/ann.lee@example.com.json.txt"
	leave_nothing
	hears "$words" "$status" "$tool" "$bob"
	gone "$bob"
	error_record users/bob.stone@example.com.json 'no field "color"'
	rm "$mnt/.gotofs/errors/users/bob.stone@example.com.json.txt"
	leave_nothing
	expect_calls
done
sync_tenant
expect_calls
is ACTIVE "$(tenant_user ann.lee@example.com .status)"
