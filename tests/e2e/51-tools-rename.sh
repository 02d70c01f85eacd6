#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, tools that rename a new file over the old one (file-tools.md
# 1 and 2): the table's rows "rename". They have ended when the tenant answers.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"

mv_write() { cp text "$users/.new" && mv "$users/.new" "$1"; }
# the last name of ./text, and what it has beyond, in the place of the old one
edit() {
	local fields
	fields=$(sed 's/.*"New",//; s/}$//' text)
	echo "s/\"lastName\": ?\"[^\"]*\"/$fields/"
}
sed_write() { sed -Ei "$(edit)" "$1"; }
sed_bak_write() { sed -E -i.bak "$(edit)" "$1"; }
perl_write() { perl -pi -e "$(edit)" "$1"; }
jq_mv_write() { jq . text >"$1.tmp" && mv "$1.tmp" "$1"; }
replace_write() {
	python3 -c 'import os, sys, tempfile
f, name = tempfile.mkstemp(dir=os.path.dirname(sys.argv[1]))
os.write(f, open("text", "rb").read())
os.close(f)
os.replace(name, sys.argv[1])' "$1"
}

# Texts of the same length within the same second are the same to rsync.
last_write=$(date -d '1 day ago' +%s)

# rsync_from FILE OPTION...: a copy of users/ with ./text as FILE goes back;
# rsync_without: one without FILE
rsync_from() {
	local file=$1
	shift
	rsync -a --delete "$users/" list && cp text "list/${file##*/}" &&
		touch -d "@$((++last_write))" "list/${file##*/}" &&
		rsync -a "$@" list/ "$users/"
}
rsync_without() {
	local file=$1
	shift
	rsync -a --delete "$users/" list && rm "list/${file##*/}" &&
		rsync -a "$@" list/ "$users/"
}
rsync_write() { rsync_from "$1" --delete; }
rsync_remove() { rsync_without "$1" --delete; }
rsync_delay_write() { rsync_from "$1" --delay-updates; }
rsync_delay_remove() { rsync_without "$1" --delay-updates --delete; }
rsync_before_write() { rsync_from "$1" --delete-before; }
rsync_before_remove() { rsync_without "$1" --delete-before; }
rsync_after_write() { rsync_from "$1" --delete-after; }
rsync_after_remove() { rsync_without "$1" --delete-after; }
rsync_c_write() { rsync_from "$1" -c; }
rsync_c_remove() { rsync_without "$1" -c --delete; }
rsync_link_write() { rsync_from "$1" --link-dest="$PWD/before.d"; }
rsync_link_remove() { rsync_without "$1" --link-dest="$PWD/before.d" --delete; }

start_sandbox
mount_tenant
mkdir before.d
play_files rename
