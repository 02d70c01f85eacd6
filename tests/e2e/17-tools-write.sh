#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, tools that write into the file itself (file-tools.md 1 and
# 2): the table's rows "write".
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"

echo_write() { echo "$(<text)" >"$1"; }
# shellcheck disable=SC2059 # as it is typed
printf_write() { printf "$(<text)" >"$1"; }
# shellcheck disable=SC2016 # the inner shell expands it
dash_write() { dash -c 'read -r text; echo "$text" >"$1"' dash "$1" <text; }
cat_write() { cat text >"$1"; }
tee_write() { { head -c 5 text; tail -c +6 text; } | tee "$1"; }
cp_write() { cp text "$1"; }
cp_a_write() { cp -a text "$1"; }
jq_write() { jq . text >"$1"; }
sponge_write() { jq . text | sponge "$1"; }
dd_write() { dd if=text of="$1" conv=fsync status=none; }
dd_1_write() { dd if=text of="$1" bs=1 status=none; }
rsync_inplace_write() { rsync -a --inplace text "$1"; }
tar_overwrite_write() { archive "$1" && tar -C "${1%/*}" --overwrite -xf archive; }
python_write() {
	python3 -c 'import sys
with open(sys.argv[1], "w") as f:
    f.write(open("text").read())' "$1"
}
shutil_write() {
	python3 -c 'import sys, shutil
shutil.copyfile("text", sys.argv[1])' "$1"
}
curl_write() { curl -sS -o "$1" "file://$PWD/text"; }

start_sandbox
mount_tenant

play_files write
